// Names come as data and are set as text, never as markup.
export default function ({ data, parentElement }) {
  const pair = parentElement.querySelector(".pair");
  const play = parentElement.querySelector(".play");
  const seek = parentElement.querySelector(".seek");
  pair.replaceChildren();
  const videos = data.videos.map(({ name, uri }) => {
    const figure = document.createElement("figure");
    const video = document.createElement("video");
    const caption = document.createElement("figcaption");
    video.muted = true;
    video.loop = false;
    video.playsInline = true;
    video.preload = "auto";
    video.setAttribute("aria-label", name);
    video.src = uri;
    caption.textContent = name;
    figure.append(video, caption);
    pair.append(figure);
    return video;
  });
  const longest = () => Math.max(0.001, ...videos.map((v) => v.duration || 0));
  const leader = () => videos.find((v) => (v.duration || 0) >= longest() - 0.001) || videos[0];
  const stop = () => {
    videos.forEach((v) => v.pause());
    play.textContent = "Play";
  };
  const follow = () => {
    const now = leader().currentTime;
    seek.value = String(Math.round((1000 * now) / longest()));
    for (const v of videos) {
      if (v !== leader() && Math.abs(v.currentTime - Math.min(now, v.duration || now)) > 0.1) {
        v.currentTime = Math.min(now, v.duration || now);
      }
    }
    if (leader().ended) stop();
  };
  videos.forEach((v) => { v.ontimeupdate = () => { if (v === leader()) follow(); }; v.onended = follow; });
  play.textContent = "Play";
  seek.value = "0";
  play.onclick = () => {
    if (play.textContent === "Pause") { stop(); return; }
    if (leader().ended) videos.forEach((v) => { v.currentTime = 0; });
    videos.forEach((v) => { if (!v.ended) v.play(); });
    play.textContent = "Pause";
  };
  seek.oninput = () => {
    const at = (longest() * Number(seek.value)) / 1000;
    videos.forEach((v) => { v.currentTime = Math.min(at, v.duration || at); });
  };
  return () => { videos.forEach((v) => { v.pause(); v.removeAttribute("src"); v.load(); }); };
}
