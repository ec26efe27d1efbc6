// Videos that play as one: the longest leads, the others follow its time.

const USUAL_RATE = 24; // frames a second, where the rate of a video is not known

function playTogether(root, videos) {
  const part = (name) => root.querySelector(`.${name}`);
  const [play, seek, clock, speed, loop] = ["play", "seek", "clock", "speed", "loop"].map(part);
  const length = (v) => (Number.isFinite(v.duration) ? v.duration : 0);
  const leader = () => videos.reduce((one, other) => (length(other) > length(one) ? other : one));
  const longest = () => Math.max(0.001, length(leader()));
  const rate = (v) => Number(v.dataset.fps) || USUAL_RATE;
  const frame = 1 / Math.max(...videos.map(rate));
  // The middle of the last frame: at the very end a browser may show nothing.
  const last = (v) => Math.max(0, length(v) - 0.5 / rate(v));
  const pace = () => Number(speed.value);
  let playing = false;
  let asked = 0;
  let goal = 0;

  const show = (at) => {
    seek.value = String((1000 * at) / longest());
    clock.textContent = `${at.toFixed(2)} of ${longest().toFixed(2)} s`;
    seek.setAttribute("aria-valuetext", clock.textContent);
  };
  const place = (at) => {
    goal = Math.min(Math.max(at, 0), longest());
    for (const v of videos) {
      const target = Math.min(goal, last(v));
      if (v.currentTime !== target) v.currentTime = target;
    }
    show(goal);
  };
  const pause = () => {
    if (!playing) return;
    playing = false;
    cancelAnimationFrame(asked);
    play.textContent = "Play";
    const at = leader().currentTime;
    videos.forEach((v) => v.pause());
    place(at);
  };
  const run = () => {
    for (const v of videos) {
      v.playbackRate = pace();
      // The browser may refuse, and a pause may come first: both leave the video as it is.
      if (v.currentTime < last(v)) v.play().catch(() => {});
    }
  };
  const start = () => {
    if (playing || !length(leader())) return;
    playing = true;
    play.textContent = "Pause";
    if (goal >= last(leader()) - frame / 2) place(0);
    run();
    asked = requestAnimationFrame(follow);
  };
  const follow = () => {
    if (!playing) return;
    const ahead = leader();
    const now = ahead.currentTime;
    if (ahead.ended || now >= length(ahead)) {
      if (!loop.checked) { pause(); return; }
      place(0);
      run();
    } else {
      goal = now;
      show(now);
      for (const v of videos) {
        if (v === ahead || v.seeking || v.ended || now >= last(v)) continue;
        const drift = v.currentTime - now;
        if (Math.abs(drift) > 0.25) v.currentTime = now;
        else v.playbackRate = pace() * (Math.abs(drift) < frame / 8 ? 1 : 1 - Math.max(-0.25, Math.min(0.25, 4 * drift)));
      }
    }
    asked = requestAnimationFrame(follow);
  };
  const step = (count) => {
    pause();
    // To the middle of a frame, so that rounding never shows its neighbour.
    place(Math.min((Math.floor(goal / frame + 0.01) + count + 0.5) * frame, last(leader())));
  };
  const keys = {
    " ": () => (playing ? pause() : start()),
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    Home: () => { pause(); place(0); },
    End: () => { pause(); place(longest()); },
    l: () => { loop.checked = !loop.checked; },
  };
  const onKey = (event) => {
    const own = event.target.closest("button, select, input[type=checkbox]");
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.altKey || event.metaKey || !Object.hasOwn(keys, key)) return;
    if (own && (key === " " || own.matches("select"))) return; // what they do by themselves
    event.preventDefault();
    keys[key]();
  };

  // Set, not added: the same place may be filled again.
  part("together").onkeydown = onKey;
  play.onclick = keys[" "];
  part("back").onclick = keys.ArrowLeft;
  part("forth").onclick = keys.ArrowRight;
  seek.oninput = () => {
    const at = (longest() * Number(seek.value)) / 1000;
    place(at);
    if (playing) run();
  };
  speed.onchange = () => videos.forEach((v) => { v.playbackRate = pace(); });
  loop.checked = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  play.textContent = "Play";
  for (const v of videos) {
    v.onloadedmetadata = () => show(goal);
    v.onerror = () => v.parentElement.classList.add("failed");
  }
  show(0);
  return () => {
    playing = false;
    cancelAnimationFrame(asked);
    for (const v of videos) {
      v.onerror = null; // taking the source away is one
      v.pause();
      v.removeAttribute("src");
      v.load();
    }
  };
}

// Names come as data and are set as text, never as markup.
export default function ({ data, parentElement }) {
  const figures = data.videos.map(({ name, uri, fps }) => {
    const figure = document.createElement("figure");
    const video = document.createElement("video");
    const caption = document.createElement("figcaption");
    video.muted = true;
    video.playsInline = true;
    video.preload = "auto";
    video.setAttribute("aria-label", name);
    if (fps) video.dataset.fps = String(fps);
    video.src = uri;
    caption.textContent = name;
    figure.append(video, caption);
    return figure;
  });
  parentElement.querySelector(".pair").replaceChildren(...figures);
  return playTogether(parentElement, figures.map((figure) => figure.firstChild));
}
