// One question at a time. A key answers the question that it was pressed on, or nothing. What was
// answered waits in a queue until the server has it; only then is it forgotten here.
const AHEAD = 3; // pictures or videos that are fetched before they are asked about
const BEHIND = 2; // and kept, for Undo
const VERDICTS = { y: "yes", n: "no", u: "unclear" };
const PATIENCE = 30_000;
const $ = (id) => document.getElementById(id);

const { reviewer, forms, questions } = await (await fetch("/questions")).json();
const byId = new Map(questions.map((question) => [question.id, question]));
let answered = new Map(); // the answers that stand, by question, the latest last
const skipped = new Set(JSON.parse(sessionStorage.getItem("skipped") ?? "[]")); // in that order
const drafts = new Map(); // comments of questions that have no answer
const media = new Map();
const queue = [];
let shown = null; // the question on the screen
let seenAt = Infinity; // when it came onto the screen, as it is now
let back = null; // a question whose answer was taken back, to be shown again
let stale = true; // whether somebody else may have answered
let working = false;

// Pictures and videos ----------------------------------------------------------------------------

async function fetchMedium(question) {
  const response = await fetch(`/media/${question.medium}`);
  if (!response.ok) throw new Error(await reason(response));
  const url = URL.createObjectURL(await response.blob());
  if (question.form !== "video") {
    const image = new Image();
    image.src = url;
    image.alt = `Reference image of sample ${question.sample}`;
    await image.decode();
    return image;
  }
  const video = document.createElement("video");
  Object.assign(video, { muted: true, loop: true, playsInline: true, controls: true });
  video.preload = "auto";
  video.setAttribute("aria-label", `Video of sample ${question.sample}`);
  await new Promise((resolve, reject) => {
    video.onloadeddata = resolve;
    video.onerror = () => reject(new Error("This browser can't play the video."));
    video.src = url;
  });
  return video;
}

function medium(question) {
  if (!media.has(question.medium)) {
    const entry = { element: null, problem: "" };
    entry.ready = fetchMedium(question)
      .then((element) => { entry.element = element; })
      .catch((error) => { entry.problem = error.message || "can't be shown"; });
    media.set(question.medium, entry);
  }
  return media.get(question.medium);
}

function fetchAhead() {
  const coming = new Set([shown, ...left()].filter(Boolean).map((question) => question.medium));
  const wanted = [...coming].slice(0, AHEAD + 1);
  for (const name of wanted) medium(questions.find((question) => question.medium === name));
  const gone = new Set([...answered.keys()].reverse().map((id) => byId.get(id).medium));
  const kept = new Set([...wanted, ...[...gone].slice(0, BEHIND + 1)]);
  for (const [name, { element }] of media) {
    if (kept.has(name)) continue;
    if (element) URL.revokeObjectURL(element.src);
    media.delete(name);
  }
}

// What is on the screen --------------------------------------------------------------------------

function left() {
  const open = questions.filter(({ id }) => !answered.has(id));
  const later = [...skipped].filter((id) => byId.has(id) && !answered.has(id))
    .map((id) => byId.get(id));
  return [...open.filter(({ id }) => !skipped.has(id)), ...later];
}

function next() {
  return back && !answered.has(back) ? byId.get(back) : left()[0] ?? null;
}

function keepDraft() {
  if (shown) drafts.set(shown.id, $("note").value);
}

function show(question) {
  keepDraft();
  shown = question;
  for (const id of ["asked", "stage"]) $(id).hidden = !question;
  $("done").hidden = Boolean(question);
  $("s").hidden = !question;
  if (question) {
    const [step, how] = forms[question.form];
    $("step").textContent = step;
    $("how").textContent = how;
    $("prompt").hidden = !question.prompt;
    $("prompt-text").textContent = question.prompt;
    $("question").textContent = question.text;
    $("note").value = drafts.get(question.id) ?? "";
    stage(question);
  }
  onScreen(question);
  fetchAhead();
  count();
}

function stage(question) {
  const { element, problem, ready } = medium(question);
  if (element && $("stage").firstChild !== element) {
    $("stage").replaceChildren(element);
    if (question.form === "video") {
      element.currentTime = 0;
      element.play().catch(() => {}); // then its controls start it
    }
  } else if (!element) {
    $("stage").textContent = problem || "Loading …";
    if (!problem) ready.then(() => { if (shown === question) stage(question); });
  }
  for (const key of Object.keys(VERDICTS)) $(key).disabled = !element;
  if (element) onScreen(question);
}

function onScreen(question) {
  seenAt = Infinity;
  requestAnimationFrame(() => { if (shown === question) seenAt = performance.now(); });
}

function count() {
  const total = questions.length;
  const done = answered.size;
  $("progress").max = total;
  $("progress").value = done;
  $("count").textContent =
    `${reviewer}: ${done.toLocaleString("en")} of ${total.toLocaleString("en")} answered, `
    + `${(total - done).toLocaleString("en")} left`;
  $("unsaved").textContent = queue.length ? `${queue.length} not saved yet` : "All saved";
  $("unsaved").classList.toggle("late", queue.length > 1);
  $("z").disabled = !done;
}

function say(text) {
  $("status").textContent = text;
}

function complain(text) {
  const item = document.createElement("li");
  item.textContent = text;
  $("problems").querySelector("ul").append(item);
  $("problems").hidden = false;
}

// What a person does -----------------------------------------------------------------------------

function act(key, { timeStamp }) {
  const label = key.toUpperCase();
  say("");
  if (key === "z" && !answered.size) return say("There is nothing to take back.");
  if (key !== "z" && !shown) return say(stale ? "Still loading." : "Everything is answered.");
  if (key in VERDICTS && !media.get(shown.medium)?.element) {
    return say(`${label} was not taken: what the question is about is not on the screen.`);
  }
  // A key waits where the page is busy: it was meant for what was there before.
  if (timeStamp < seenAt) {
    return say(`${label} was not taken: it came before this question was on the screen.`);
  }
  if (key === "z") return undo();
  if (key === "s") return skip();
  return change({ question: shown.id, answer: VERDICTS[key], note: $("note").value });
}

function undo() {
  const [id, { answer, note }] = [...answered].at(-1);
  keepDraft();
  shown = null;
  drafts.set(id, note);
  skipped.delete(id);
  back = id;
  change({ question: id, answer: "withdrawn", was: answer });
}

function skip() {
  skipped.delete(shown.id);
  skipped.add(shown.id);
  sessionStorage.setItem("skipped", JSON.stringify([...skipped]));
  back = null;
  show(next());
}

function change(row) {
  queue.push(row);
  apply(row);
  show(next());
  work();
}

function apply({ question, answer, note }) {
  answered.delete(question);
  if (answer !== "withdrawn") answered.set(question, { answer, note });
}

// What the server is told ------------------------------------------------------------------------

async function work() {
  if (working) return;
  working = true;
  let pause = 250;
  while (stale || queue.length) {
    const problem = await (stale ? refresh() : send(queue[0]));
    count();
    if (problem) {
      say(`${problem} Trying again; leave this page open.`);
      await new Promise((resolve) => { setTimeout(resolve, pause); });
      pause = Math.min(2 * pause, 8000);
    } else {
      if (pause > 250) say("");
      pause = 250;
    }
  }
  working = false;
}

async function ask(url, options) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE), ...options });
    return [response, response.ok ? "" : await reason(response)];
  } catch {
    return [null, "The server does not answer."];
  }
}

async function reason(response) {
  if (response.status === 403) {
    return "The command was started anew: open the link that it printed in another tab.";
  }
  try {
    return (await response.json()).problem;
  } catch {
    return `The server answered ${response.status}.`;
  }
}

async function send(row) {
  const body = JSON.stringify({ reviewer, ...row });
  const [response, problem] = await ask("/answers", { method: "POST", body, keepalive: true });
  if (!problem) queue.shift();
  else if ([400, 409].includes(response?.status)) {
    queue.shift();
    const { text, sample } = byId.get(row.question);
    complain(`“${text}” (${sample}): ${problem}`);
    stale = true;
  } else return problem;
  return "";
}

async function refresh() {
  const [response, problem] = await ask("/answers");
  if (problem) return problem;
  answered = new Map((await response.json()).map((row) => [row.question, row]));
  queue.forEach(apply);
  stale = false;
  for (const [name, { problem: failed }] of media) if (failed) media.delete(name);
  if (!shown || answered.has(shown.id) || !media.has(shown.medium)) show(next());
  return "";
}

// Keys and buttons -------------------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  if (event.repeat) { // a key that is held down is pressed once
    if (event.target.closest("button")) event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target === $("note")) {
    if (["Enter", "Escape"].includes(event.key)) event.target.blur();
    return;
  }
  // Where the keyboard has other letters, by the place of the key.
  const key = (event.key > "\x7f" ? event.code.slice(3) : event.key).toLowerCase();
  if (!["y", "n", "u", "s", "z"].includes(key)) return;
  event.preventDefault();
  act(key, event);
});
for (const key of ["y", "n", "u", "s", "z"]) {
  $(key).addEventListener("click", (event) => act(key, event));
}
$("dismiss").addEventListener("click", () => {
  $("problems").querySelector("ul").replaceChildren();
  $("problems").hidden = true;
});
addEventListener("focus", () => { stale = true; work(); });
addEventListener("beforeunload", (event) => { if (queue.length) event.preventDefault(); });
work();
