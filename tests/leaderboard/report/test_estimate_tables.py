"""What knows that the judge errs, as tables of a report on several runs."""

from __future__ import annotations

from collections.abc import Callable

from run_rows import as_takes, calibration_of

from leaderboard.report import build_page
from omiti2v.calibration import SceneCounts
from omiti2v.comparison import compare_runs
from omiti2v.number_format import signed_percent
from omiti2v.runs import Run
from omiti2v.samples import CATEGORIES

MakeRun = Callable[..., Run]

RIGHT = ("yes", "no", "yes")
IGNORED = ("no", "yes", "yes")


def test_differences_are_of_equal_seeds_as_those_beside_them(make_run: MakeRun) -> None:
    half = make_run(answers=[RIGHT, IGNORED] * 10, folder="half")
    fewer = make_run(answers=[RIGHT, *[IGNORED] * 3] * 5, folder="fewer")
    assert half.info.judge
    scenes = tuple(
        SceneCounts(
            ground="photographs",
            category=CATEGORIES[number % 3],
            questions={
                f"{role} {answer} {truth}": (10, hits)
                for role in ("edit", "preserve")
                for answer in ("yes", "no")
                for truth, hits in (("right", 9), ("wrong", 1))
            },
            outcomes={},
        )
        for number in range(60)
    )
    known = calibration_of(half.info.judge).model_copy(update={"by_scene": scenes})
    fewer.paths.calibration.write_text(known.model_dump_json())
    # Over seed 1 alone the two are alike; over all takes they are not.
    a, b = as_takes({0: fewer, 1: half}), as_takes({1: half, 2: half})
    (table,) = [
        table for _, table in build_page([a, b]).estimates if table.title.endswith("against run 1")
    ]
    corrected = compare_runs(a, b, calibration=known).corrected
    assert corrected
    (accuracy,) = [row for row in table.rows if row["score (points)"] == "Accuracy"]
    assert accuracy["B − A"] == signed_percent(corrected.scores["accuracy"].difference) == "0.0"
