"""What `omiti2v check` takes in this checkout against another one, over the same videos.

Usage: python -m lab.benchmarks.check FOLDER --against CHECKOUT [--clips VIDEOS] [--videos 367]
[--runs 5] [--json]

The videos are put into FOLDER once: short rendered ones, or copies of the *.mp4 below VIDEOS, which
differ in bytes that no decoder reads. Both checkouts are run in turn, each as a process of its own;
seconds of the processor are those of all its processes. The ratios are of two runs beside each
other.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from itertools import cycle, islice
from pathlib import Path

import PIL.Image

from evaluators.frames import decode_video
from lab.benchmarks.measuring import Seconds, benchmark_parser, print_rows
from lab.benchmarks.score import render
from omiti2v.records import write_records
from omiti2v.samples import Question, Sample


def copy_clips(clips: Path, folder: Path, videos: int) -> None:
    """An edition whose images are the clips' first frames, and a submission of copies."""
    if (folder / "done").exists():
        return
    (folder / "edition" / "images").mkdir(parents=True)
    (folder / "videos").mkdir()
    rows = []
    for number, clip in enumerate(islice(cycle(sorted(clips.rglob("*.mp4"))), videos)):
        image = f"images/{clip.parent.parent.name}-{clip.parent.name}-{clip.stem}.png"
        if not (folder / "edition" / image).exists():
            first = decode_video(clip).frames[0]
            PIL.Image.fromarray(first).save(folder / "edition" / image)
        rows.append(_sample(f"clip-{number:03}", image))
        box = (16).to_bytes(4) + b"free" + number.to_bytes(8)  # which players skip
        (folder / "videos" / f"{rows[-1].id}.mp4").write_bytes(clip.read_bytes() + box)
    write_records(folder / "edition" / "samples.jsonl", rows)
    (folder / "done").touch()


def _sample(name: str, image: str) -> Sample:
    questions = [
        Question(
            id=f"q{number}",
            question=f"Question {number}?",
            dimension="object_presence",
            expected_answer=expected,
            reference_answer=reference,
        )
        for number, (expected, reference) in enumerate(
            [("yes", "no"), ("no", "yes"), ("yes", "yes")]
        )
    ]
    return Sample(
        id=name,
        image=image,
        prompt="Something changes",
        category="modification",
        domain="Objects",
        questions=tuple(questions),
    )


def run_check(checkout: Path, folder: Path) -> Seconds:
    """What a run takes, in seconds of the clock and of all its processes."""
    command = [sys.executable, "-m", "omiti2v", "check", "videos", "-e", "edition", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    before, started = os.times(), time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=False)
    after, ended = os.times(), time.perf_counter()
    spent = [now - then for now, then in zip(after[2:4], before[2:4], strict=True)]
    return Seconds(ended - started, sum(spent))


def main() -> None:
    parser = benchmark_parser(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--against", type=Path, required=True)
    parser.add_argument("--clips", type=Path)
    parser.add_argument("--videos", type=int, default=367)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    if arguments.clips:
        copy_clips(arguments.clips, folder, arguments.videos)
    else:
        render(folder, arguments.videos)
    checkouts = {"this": Path.cwd(), "the other": arguments.against}
    taken: dict[str, list[Seconds]] = {name: [] for name in checkouts}
    for turn in range(arguments.runs + 1):
        for name, checkout in checkouts.items():
            seconds = run_check(checkout, folder)
            if turn:  # the first warms the disk's cache
                taken[name].append(seconds)
    pairs = list(zip(taken["this"], taken["the other"], strict=True))
    rows: list[dict[str, object]] = [
        {
            "checkout": name,
            "wall, s": statistics.median(one.wall for one in runs),
            "processor, s": statistics.median(one.cpu for one in runs),
        }
        for name, runs in taken.items()
    ]
    rows[0]["ratio of wall"] = statistics.median(a.wall / b.wall for a, b in pairs)
    rows[0]["ratio of processor"] = statistics.median(a.cpu / b.cpu for a, b in pairs)
    note = f"{arguments.videos} videos, medians of {arguments.runs} pairs."
    print_rows(rows, as_json=arguments.json, note=note)


if __name__ == "__main__":
    main()
