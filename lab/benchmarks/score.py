"""A whole run over short rendered videos with the tiny judge: cold, cached, resumed; at 1, 4, 16
times the videos.

Usage: python -m lab.benchmarks.score FOLDER [--samples 367] [--times 1 4 16] [--threads 1] [--json]

Videos are rendered into FOLDER once and kept. At N times the videos, each sample and its video is
there N times under other ids; the copies differ in bytes that no decoder reads, so that no answer
of one is taken for another's, and share their reference image. Each run is a process of its own, as
memory is measured: the largest resident set of it. `resumed` resumes a run of which the last
tenth of the samples is missing, without a cache.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

from evaluators.cache import EvaluationCache
from evaluators.demo import SETTINGS
from evaluators.engines import Stage, StageTimer
from evaluators.judges import load_judge
from evaluators.scoring import ScoringOptions, score_submission
from evaluators.world import make_scenes, write_edition, write_submission
from lab.benchmarks.measuring import benchmark_parser, print_rows, timed
from omiti2v.editions import load_edition_folder
from omiti2v.records import read_records, write_records
from omiti2v.runs import RunPaths
from omiti2v.samples import Sample
from omiti2v.submissions import read_submission

SEED = 7
MISSING_SHARE = 0.1
STAGES = tuple(stage for stage in get_args(Stage) if stage != "fetch")
NOTE = (
    "Seconds by stage: planning, judge, waiting and writing come one after another, the others run "
    "beside them. Last column: share of the wall time in which the judge waits for frames or disk."
)


def render(folder: Path, samples: int) -> None:
    """The edition and the submission, once."""
    if (folder / "done").exists():
        return
    scenes = make_scenes(samples, seed=SEED, settings=SETTINGS)
    write_edition(folder / "edition", scenes)
    write_submission(folder / "videos", scenes, "done", name="rendered")
    (folder / "done").touch()


def multiply(source: Path, folder: Path, times: int) -> None:
    """The same so many times, under other ids."""
    if (folder / "done").exists():
        return
    samples = read_records(source / "edition" / "samples.jsonl", Sample)
    (folder / "videos").mkdir(parents=True, exist_ok=True)
    shutil.copytree(
        source / "edition", folder / "edition", copy_function=os.link, dirs_exist_ok=True
    )
    rows = []
    for number in range(times):
        for sample in samples:
            copy = sample.model_copy(update={"id": f"{sample.id}-{number}"})
            rows.append(copy)
            video = (source / "videos" / f"{sample.id}.mp4").read_bytes()
            # A box that players skip.
            box = (16).to_bytes(4) + b"free" + number.to_bytes(8)
            (folder / "videos" / f"{copy.id}.mp4").write_bytes(video + box)
    (folder / "edition" / "samples.jsonl").unlink()
    write_records(folder / "edition" / "samples.jsonl", rows)
    (folder / "done").touch()


def run_once(folder: Path, kind: str, threads: int) -> dict[str, float | str]:
    """One run in this process, after its weights were loaded; a row of the table."""
    import torch

    torch.set_num_threads(threads)
    edition = load_edition_folder(folder / "edition")
    submission = read_submission(folder / "videos", edition)
    judge = load_judge("tiny")
    output = folder / {"cold": "run", "cached": "run-cached", "resumed": "run"}[kind]
    if kind == "resumed":
        _cut(RunPaths(output))
    else:
        shutil.rmtree(output, ignore_errors=True)
    if kind == "cold":
        for left in folder.glob("cache.sqlite3*"):
            left.unlink()
    cache = None if kind == "resumed" else EvaluationCache(folder / "cache.sqlite3")
    timer = StageTimer()
    _, taken = timed(
        lambda: score_submission(
            submission,
            edition,
            output,
            judge=judge,
            cache=cache,
            options=ScoringOptions(),
            timer=timer,
        )
    )
    stages = timer.drain()
    idle = stages.get("waiting for frames", 0.0) + stages.get("writing", 0.0)
    return {
        "run": kind,
        "videos": len(submission.videos),
        **taken.columns(),
        "ms a video": 1000 * taken.per(len(submission.videos)).wall,
        "peak MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        **{stage: stages.get(stage, 0.0) for stage in STAGES},
        "frames or disk, %": 100 * idle / taken.wall,
    }


def _cut(paths: RunPaths) -> None:
    """Leave a run as one that was killed after nine tenths of the samples."""
    paths.scores.unlink()
    names = sorted(json.loads(line)["sample_id"] for line in paths.videos.open())
    kept = set(names[: round(len(names) * (1 - MISSING_SHARE))])
    for path in (paths.videos, paths.responses, paths.measurements):
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(one for one in lines if json.loads(one)["sample_id"] in kept))


def main() -> None:
    parser = benchmark_parser(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--samples", type=int, default=367)
    parser.add_argument("--times", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--threads", type=int, default=1, help="threads of the judge")
    parser.add_argument("--one", help=argparse.SUPPRESS)  # a run of its own process
    options = parser.parse_args()
    if options.one:
        print(json.dumps(run_once(options.folder, options.one, options.threads)))
        return
    base = options.folder / f"x1-{options.samples}"
    render(base, options.samples)
    rows = []
    for times in options.times:
        folder = base if times == 1 else options.folder / f"x{times}-{options.samples}"
        if times > 1:
            multiply(base, folder, times)
        for kind in ("cold", "cached", "resumed"):
            command = [sys.executable, "-m", "lab.benchmarks.score", str(folder), "--one", kind]
            command += ["--threads", str(options.threads)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            rows.append(json.loads(done.stdout.splitlines()[-1]))
            print(rows[-1], file=sys.stderr, flush=True)
    print_rows(rows, as_json=options.json, note=NOTE)


if __name__ == "__main__":
    main()
