"""Whether a run among signals gave what the same run gave without them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lab.soak.watching import Watched
from lab.soak.world import World
from omiti2v.records import Record
from omiti2v.runs import Run
from omiti2v.takes import AboutVideo

P_YES_TOLERANCE = 1e-8
MAX_GROWTH = 1.1
MANY_VIDEOS = 500
MAX_ZOMBIES = 4
"""Some are always about: a process that died is waited for when its parent next looks."""
_NAMED = 5


class Check(Record):
    """One thing that was looked at.

    Attributes:
        name: What should hold.
        ok: Whether it does.
        detail: How it is, in a few words.
    """

    name: str
    ok: bool
    detail: str


def check_process(seen: Watched, *, expected: int, videos: int, log: str) -> Iterator[Check]:
    """Whether a command ended by itself and left no process behind.

    Args:
        seen: The command.
        expected: What it exits with.
        videos: How many it scored; with few, its memory is mostly that of its start.
        log: What it printed.
    """
    ended = "still running at the deadline" if seen.code is None else f"{seen.seconds:.0f} s"
    yield Check(name="ends by itself", ok=seen.code is not None, detail=ended)
    yield Check(name=f"exits with {expected}", ok=seen.code == expected, detail=str(seen.code))
    yield _none("no traceback", ["one"] * log.count("Traceback (most recent call last)"))
    yield _none("no orphan process", seen.orphans)
    zombies = seen.zombies <= MAX_ZOMBIES
    yield Check(name="no heap of zombies", ok=zombies, detail=f"at most {seen.zombies} at a time")
    if videos >= MANY_VIDEOS:
        grown = f"last quarter {seen.growth:.3f} of the second"
        yield Check(name="memory flat", ok=seen.growth <= MAX_GROWTH, detail=grown)


def check_left(name: str, left: Iterable[str]) -> Check:
    """Whether a place is empty."""
    return _none(f"nothing left in {name}", sorted(left))


def check_run(run: Run, calm: Run, world: World) -> Iterator[Check]:
    """Whether a run is whole, and equal to the one without signals."""
    yield _none("every honest video scored", _not_scored(run, world))
    yield _none("every hostile file named", _not_named(run, world))
    yield from _compare(run, calm)


def _not_scored(run: Run, world: World) -> list[str]:
    reports = {report.video_id: report for report in run.videos}
    answers = run.answers
    values = {(row.video_id, row.metric) for row in run.measurements if row.value is not None}
    problems = []
    for video in world.honest:
        report = reports.get(video)
        if report is None:
            problems.append(f"{video}: absent")
        elif error := next((row for row in report.findings if row.level == "error"), None):
            problems.append(f"{video}: {error.message}")
        elif missing := [name for name in run.info.metrics if (video, name) not in values]:
            problems.append(f"{video}: not measured: {', '.join(missing)}")
        elif run.info.judge:
            given = answers[video]
            asked = run.edition.by_id[report.sample_id].questions
            wrong = [q.id for q in asked if given.get(q.id, "error") == "error"]
            problems += [f"{video}: no answer to {', '.join(wrong)}"] if wrong else []
    return problems


def _not_named(run: Run, world: World) -> list[str]:
    named = {
        report.video_id
        for report in run.videos
        if any(finding.level == "error" for finding in report.findings)
    }
    return [f"{video}: {kind}" for video, kind in world.hostile.items() if video not in named]


def _compare(run: Run, calm: Run) -> Iterator[Check]:
    costly = _costly(run) & _costly(calm)
    for name, ours, theirs in (
        ("videos", run.videos, calm.videos),
        ("answers", run.responses, calm.responses),
        ("measurements", run.measurements, calm.measurements),
    ):
        here, there = ({_exact(row, costly) for row in rows} for rows in (ours, theirs))
        check = _none(f"{name} as without signals", sorted(here ^ there))
        count = f"{len(ours)} rows" if check.ok else check.detail
        yield check.model_copy(update={"detail": count})
    chances = {(row.video_id, row.question_id): row.p_yes for row in calm.responses}
    furthest = max(
        (
            abs((row.p_yes or 0.0) - (chances.get((row.video_id, row.question_id)) or 0.0))
            for row in run.responses
        ),
        default=0.0,
    )
    yield Check(
        name=f"P(yes) within {P_YES_TOLERANCE:g}",
        ok=furthest <= P_YES_TOLERANCE,
        detail=f"{furthest:.1e} at most",
    )


def _costly(run: Run) -> set[str]:
    return {row.video_id for row in run.videos if any(f.code == "costly" for f in row.findings)}


def _exact(row: AboutVideo, costly: set[str]) -> str:
    """What is to be the same to the last digit. Whether a costly file's process was killed too
    often before its time was up is chance."""
    chance = {"reason", "findings"} if row.video_id in costly else set()
    return row.model_dump_json(exclude={"p_yes", "mass", *chance})


def _none(name: str, found: list[str]) -> Check:
    more = f" and {len(found) - _NAMED} more" * (len(found) > _NAMED)
    detail = "none" if not found else "; ".join(found[:_NAMED]) + more
    return Check(name=name, ok=not found, detail=detail)
