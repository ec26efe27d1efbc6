// The samples of a large report: a page of them at a time, unpacked when it is asked for.
const list = document.getElementById("cards");
const SIZE = list.children.length; // the first page is there
const find = document.getElementById("find");
const fields = [...document.querySelectorAll(".filter input[data-class]")];
const packs = [...document.querySelectorAll("script.pack")];
const navs = [...document.querySelectorAll(".pager")];

async function unpack({ textContent }) {
  const coded = atob(textContent);
  const bytes = new Uint8Array(coded.length);
  for (let i = 0; i < coded.length; i += 1) bytes[i] = coded.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

const index = (await unpack(packs.pop()))
  .map(([pack, place, id, classes, words]) => ({ pack, place, id, classes, words }));
let matching = index;
let page = 0;
let turn = 0;
const pages = () => Math.max(1, Math.ceil(matching.length / SIZE));

function count() {
  const first = page * SIZE;
  const last = Math.min(first + SIZE, matching.length);
  for (const nav of navs) {
    nav.hidden = false;
    nav.querySelector(".shown").textContent = matching.length
      ? `Samples ${first + 1} to ${last} of ${matching.length}` : "No sample is like that";
    nav.querySelector(".page").value = page + 1;
    nav.querySelector(".page").max = pages();
    nav.querySelector(".pages").textContent = pages();
    nav.querySelector("[data-go='-1']").disabled = page === 0;
    nav.querySelector("[data-go='1']").disabled = page === pages() - 1;
  }
}

async function show(wanted) {
  const mine = (turn += 1);
  page = Math.min(Math.max(wanted, 0), pages() - 1);
  const rows = matching.slice(page * SIZE, (page + 1) * SIZE);
  const needed = [...new Set(rows.map(({ pack }) => pack))];
  const unpacked = await Promise.all(needed.map((pack) => unpack(packs[pack])));
  if (mine !== turn) return; // asked for something else meanwhile
  const opened = new Map(needed.map((pack, i) => [pack, unpacked[i]]));
  // What a small report holds as it is: the template that wrote it escaped every value.
  const holder = document.createElement("template");
  holder.innerHTML = rows.map(({ pack, place }) => opened.get(pack)[place]).join("");
  list.replaceChildren(holder.content);
  count();
  document.dispatchEvent(new Event("cards"));
}

function filter() {
  const wanted = fields.filter((field) => field.checked).map((field) => field.dataset.class);
  const text = find.value.trim().toLowerCase();
  matching = index.filter(({ classes, words }) =>
    words.includes(text) && wanted.every((name) => !name || classes.includes(name)));
  return show(0);
}

async function follow() {
  const id = decodeURIComponent(location.hash.slice(1));
  const at = index.find((row) => `sample-${row.id}` === id);
  if (!at) return;
  if (!document.getElementById(id)) {
    if (!matching.includes(at)) {
      find.value = "";
      for (const field of fields) field.checked = field.type === "radio" && !field.dataset.class;
      matching = index;
    }
    await show(Math.floor(matching.indexOf(at) / SIZE));
  }
  const card = document.getElementById(id);
  if (!card) return;
  list.querySelector(".sought")?.classList.remove("sought");
  card.classList.add("sought");
  card.scrollIntoView();
  card.querySelector("h3 a").focus({ preventScroll: true });
}

for (const field of fields) field.addEventListener("change", filter);
find.addEventListener("input", filter);
for (const nav of navs) {
  nav.addEventListener("click", async ({ target }) => {
    if (!target.dataset.go) return;
    await show(page + Number(target.dataset.go));
    if (nav !== navs[0]) navs[0].scrollIntoView();
  });
  nav.querySelector(".page").addEventListener("change", ({ target }) => show(target.value - 1));
}
addEventListener("hashchange", follow);
document.getElementById("find-row").hidden = false;
document.getElementById("the-first").hidden = true;
count();
// A browser that opens the page again may have kept what was chosen.
if (find.value || fields.some(({ checked, dataset }) => checked && dataset.class)) await filter();
follow();
