"""What to know before reading a number of a comparison."""

from __future__ import annotations

from collections.abc import Callable

from omiti2v.comparison.match import matched_videos
from omiti2v.comparison.notes import comparison_notes
from omiti2v.editions import Edition
from omiti2v.runs import Run

Make = Callable[..., Run]


def notes(a: Run, b: Run, **changes: object) -> str:
    options = {
        "covered": a.samples,
        "compared": len(a.samples),
        "videos": matched_videos(a, b, a.samples),
        "missing": "zero",
    } | changes
    return "\n".join(comparison_notes(a, b, **options))  # type: ignore[arg-type]


def test_equal_runs_of_the_same_judge_are_small_and_nothing_else(
    edition: Edition, make_run: Make
) -> None:
    runs = [make_run(edition, name, lambda sample, question: "yes") for name in "ab"]
    assert notes(*runs).splitlines() == [notes(*runs)]
    assert notes(*runs).startswith("fewer than 30 samples")


def test_videos_that_are_absent_or_the_same_are_counted(edition: Edition, make_run: Make) -> None:
    a = make_run(edition, "a", videos="same", without=["s000"])
    b = make_run(edition, "b", videos="same")
    assert "samples without a video: 1 in A, 0 in B" in notes(a, b)
    assert "11 of 12 samples have the same video file in both runs" in notes(a, b)
    assert "1 samples have no video in A or in B" in notes(a, b, missing="drop", compared=11)


def test_metrics_versions_and_judges_that_differ_are_named(
    edition: Edition, make_run: Make
) -> None:
    a = make_run(edition, "a", speeds={"s000": 1.0}, versions={"python": "3"})
    b = make_run(edition, "b", speeds={"s000": 1.0}, metric_version="2", versions={"python": "4"})
    assert "no judge in either run: metrics only" in notes(a, b)
    assert "speed: version 1 in A, 2 in B, not compared" in notes(a, b)
    assert "made with different versions: python 3 and 4" in notes(a, b)
    assert "speed: measured in A alone, not compared" in notes(a, make_run(edition, "c"))
