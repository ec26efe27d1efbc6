// A player for each sample that is on the screen or near it. A browser gives a page only some
// dozens of decoders, so one that is far away is taken down again.
const stops = new Map();
const player = document.getElementById("player");

function build(place) {
  place.append(player.content.cloneNode(true));
  const clips = place.querySelector("template").content.cloneNode(true);
  const videos = [...clips.querySelectorAll("video")];
  videos.forEach((video) => { video.muted = true; }); // the attribute does not count for a clone
  place.querySelector(".pair").append(clips);
  place.querySelector(".together").setAttribute("aria-label", place.dataset.label);
  place.style.minHeight = "";
  stops.set(place, playTogether(place, videos));
}

function remove(place) {
  place.style.minHeight = `${place.offsetHeight}px`; // or the page would jump
  stops.get(place)();
  stops.delete(place);
  place.querySelector(".together").remove();
}

const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      const busy = target.contains(document.activeElement) && document.activeElement !== document.body;
      if (isIntersecting && !stops.has(target)) build(target);
      else if (!isIntersecting && stops.has(target) && !busy) remove(target);
    }
  },
  { rootMargin: "600px 0px" },
);
const watch = () => document.querySelectorAll(".clips").forEach((place) => near.observe(place));
watch();
document.addEventListener("cards", watch); // a large report shows others
