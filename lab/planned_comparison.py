"""A whole comparison by plan, by the commands that a user runs, each killed once and resumed.

`python -m lab.planned_comparison --out FOLDER` plans, then generates, scores and compares a look at
a time until the plan says stop, though two looks at least, to see a run folder grow: the tiny Wan
alone (A) against AlignVid on it (B), on scenes of the known-answer world that no training saw,
judged by the tiny judge. Started again, it goes on where it was stopped. What happened is written
to `course.json`, and the page's tables are made from it.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evaluators.world import make_scenes, write_edition
from lab.tables import fill, markdown
from lab.tiny_wan.clips import SETTINGS
from omiti2v.number_format import interval, level_text, p_text, percent, signed_percent
from omiti2v.plan.record import read_plan
from omiti2v.plan.taken import PlanResult
from omiti2v.records import Record, RecordLog, read_records, write_atomically

logger = logging.getLogger(__name__)

SEED = 60_000_000
"""Of the world's scenes: neither a training's nor the experiment's."""

METHODS = {"A": "baseline", "B": "alignvid"}


class Step(Record):
    """A command that was run to its end.

    Attributes:
        look: Of the plan.
        run: "A" or "B".
        command: "generate" or "score".
        killed_at: How many videos, or answers, were there when the command was killed before; None
            where there was nothing to kill.
        before: How many were there before the look.
        after: How many are there now.
        seconds: That the command took after the kill.
    """

    look: int
    run: str
    command: str
    killed_at: int | None
    before: int
    after: int
    seconds: float


class CourseOfPlan(Record):
    """The contents of `course.json`."""

    plan: dict[str, Any]
    steps: tuple[Step, ...]
    result: PlanResult
    again: bool
    note: str


def omiti2v(*arguments: object) -> list[str]:
    """The command line."""
    return [sys.executable, "-m", "omiti2v", *map(str, arguments)]


def run(folder: Path, *arguments: object) -> str:
    """Run a command to its end; what it prints.

    Raises:
        RuntimeError: It failed.
    """
    done = subprocess.run(
        omiti2v(*arguments), cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{arguments}: {done.stderr[-2000:]}")
    return done.stdout


def kill_in_work(folder: Path, arguments: list[object], count: Callable[[], int]) -> int | None:
    """Start a command and kill it once it has done something; how much is then there.

    None where it came to its end before.
    """
    before = count()
    process = subprocess.Popen(
        omiti2v(*arguments),
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and count() < before + 5:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    return count() if process.wait() == -signal.SIGKILL else None


def count_lines(path: Path) -> int:
    """The number of whole lines of a log."""
    return path.read_bytes().count(b"\n") if path.exists() else 0


def step(
    folder: Path, log: RecordLog, done: list[Step], look: int, name: str, command: str
) -> None:
    """Generate or score a look of one run, unless it was done before."""
    if any((row.look, row.run, row.command) == (look, name, command) for row in done):
        return
    videos, scored = Path("videos") / name, Path("runs") / name
    by_plan: list[object] = ["--plan", "plan.json", "--look", look, "--edition", "edition"]
    if command == "generate":
        arguments = ["generate", "-o", videos, "--method", METHODS[name], *by_plan]
        arguments += ["--backbone", "tiny-wan", "--device", "cpu"]
    else:
        arguments = ["score", videos, "-o", scored, "--judge", "tiny", "--no-cache", *by_plan]

    def count() -> int:
        if command == "generate":
            return len(list((folder / videos).glob("*.mp4")))
        return count_lines(folder / scored / "responses.jsonl")

    before = count()
    killed_at = kill_in_work(folder, arguments, count)
    start = time.monotonic()
    run(folder, *arguments)
    row = Step(
        look=look,
        run=name,
        command=command,
        killed_at=killed_at,
        before=before,
        after=count(),
        seconds=round(time.monotonic() - start, 1),
    )
    log.append([row])
    done.append(row)
    logger.info("%s", row)


def compare_by_plan(
    folder: Path, *, scenes: int, seed: int, planning: list[object], at_least: int = 1
) -> CourseOfPlan:
    """The whole comparison in a folder; what was done there before is kept.

    Args:
        folder: Holds or gets the edition, the plan, the videos and the runs.
        scenes: Of the edition.
        seed: Of the scenes.
        planning: Options of `omiti2v plan`.
        at_least: Looks that are taken, though an earlier one says stop.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "edition" / "edition.json").exists():
        write_edition(folder / "edition", make_scenes(scenes, seed=seed, settings=SETTINGS))
    if not (folder / "plan.json").exists():
        run(folder, "plan", "-o", "plan.json", "--edition", "edition", *planning)
    plan = read_plan(folder / "plan.json")
    steps = folder / "steps.jsonl"
    done = read_records(steps, Step, torn_tail=True) if steps.exists() else []
    comparing = ["compare", "runs/A", "runs/B"]
    with RecordLog(steps) as log:
        for look in range(1, len(plan.looks) + 1):
            for name in METHODS:
                for command in ("generate", "score"):
                    step(folder, log, done, look, name, command)
            said = run(folder, *comparing, "--plan", "plan.json", "--json")
            result = PlanResult.model_validate_json(said)
            logger.info("%s", result.looks[-1])
            if look >= at_least and result.decision != "go_on":
                break
    again = run(folder, *comparing, "--plan", "plan.json", "--json") == said
    unplanned = subprocess.run(
        omiti2v(*comparing, "--resamples", 500),
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"COLUMNS": "200"},
    )
    (note,) = (line for line in unplanned.stderr.splitlines() if line.startswith("made by plan"))
    fields = plan.model_dump(mode="json", exclude={"order"})
    return CourseOfPlan(plan=fields, steps=tuple(done), result=result, again=again, note=note)


def tables(course: CourseOfPlan) -> dict[str, str]:
    """The page's tables by name."""

    looks = [
        (
            look.look,
            look.samples,
            percent(look.a),
            percent(look.b),
            signed_percent(look.difference),
            interval(look.low, look.high, signed_percent),
            p_text(look.p_value),
            level_text(look.level),
            signed_percent(look.upper),
            look.decision.replace("_", " "),
        )
        for look in course.result.looks
    ]
    steps = [
        (
            f"look {row.look}, {row.run}: {row.command}",
            row.before,
            "" if row.killed_at is None else row.killed_at,
            row.after,
            row.seconds,
        )
        for row in course.steps
    ]
    columns = ["look", "samples", "A", "B", "B \N{MINUS SIGN} A", "sequential 95 %", "p", "needed"]
    return {
        "course": markdown([*columns, "B \N{MINUS SIGN} A at most", "says"], looks, left=["says"]),
        "steps": markdown(["command", "before", "killed at", "at the end", "seconds"], steps),
    }


def main() -> None:
    """Parse the command line, make the comparison and fill the page."""
    parser = argparse.ArgumentParser(
        prog="python -m lab.planned_comparison", description="A whole comparison by plan."
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of videos and runs")
    parser.add_argument("--docs", type=Path, default=Path("docs/statistics"))
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    docs: Path = options.docs
    course = compare_by_plan(
        options.out.resolve(),
        scenes=400,
        seed=SEED,
        planning=["--effect", 5, "--spread", 28],
        at_least=2,
    )
    text = json.dumps(course.model_dump(mode="json"), indent=1)
    write_atomically(docs / "course.json", text + "\n")
    page = docs / "plans.md"
    if page.exists():
        write_atomically(page, fill(page.read_text(encoding="utf-8"), tables(course)))


if __name__ == "__main__":
    main()
