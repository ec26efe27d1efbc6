"""How often honest clips are said to break off. See `python -m lab.gaming.false_alarms --help`."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from evaluators.continuity import MOSTLY_STILL, continuity
from evaluators.frames import decode_video
from lab.gaming.honest import Clip, photograph_clip, rendered_clip
from omiti2v.mp4 import write_mp4

CHOICE_SEED, REPORT_SEED = 5, 6
"""Thresholds were chosen on clips of the first seed; what is reported is of the second."""


def honest_clips(count: int, *, seed: int, photographs: Sequence[Path]) -> Iterator[Clip]:
    """Rendered clips, and one of each photograph."""
    for index in range(count):
        yield rendered_clip(index, seed=seed, photographs=photographs)
    for path in photographs:
        yield photograph_clip(path, seed=seed)


def findings_of(path: Path) -> dict[str, bool]:
    """Which findings a file would have."""
    found = continuity(decode_video(path))
    return {
        "cut": bool(found.cuts),
        "flicker": bool(found.flickers),
        "frozen": found.still_share >= MOSTLY_STILL,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="JSON lines; a run is resumed")
    parser.add_argument("--rendered", type=int, default=1800)
    parser.add_argument("--seed", type=int, default=REPORT_SEED)
    parser.add_argument("--photographs", type=Path, nargs="*", default=[], help="folders")
    parser.add_argument("--videos", type=Path, nargs="*", default=[], help="folders of real videos")
    given = parser.parse_args()
    photographs = [path for folder in given.photographs for path in sorted(folder.glob("*.jpg"))]
    done = len(given.out.read_text().splitlines()) if given.out.exists() else 0
    with given.out.open("a") as log, tempfile.TemporaryDirectory() as place:
        real = [path for folder in given.videos for path in sorted(folder.rglob("*.mp4"))]
        for path in real[done:]:
            log.write(json.dumps({"kind": "real videos", **findings_of(path)}) + "\n")
        clips = honest_clips(given.rendered, seed=given.seed, photographs=photographs)
        for number, clip in enumerate(clips, start=len(real)):
            if number < done:
                continue
            path = Path(place) / "clip.mp4"
            write_mp4(path, clip.frames, fps=clip.fps, crf=clip.crf)
            log.write(json.dumps({"kind": clip.kind, **findings_of(path)}) + "\n")
            log.flush()


if __name__ == "__main__":
    main()
