"""What the commands print of an edition whose samples list facets."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from evaluators.judges import Judge
from evaluators.scoring import ScoringOptions, score_submission
from evaluators.world import write_mp4
from omiti2v.definitions import FACET_TITLE
from omiti2v.editions import Edition
from omiti2v.samples import CATEGORIES, FACET_KINDS, Facet, Sample
from omiti2v.submissions import read_submission

Command = Callable[..., "subprocess.CompletedProcess[str]"]

FACETS = tuple(Facet(id=kind, kind=kind, text="Change") for kind in FACET_KINDS)


def with_facets(sample: Sample) -> Sample:
    """Its first question is about the manner, its last about what stays, two about the place."""
    questions = tuple(
        question.model_copy(update={"facet": kind})
        for question, kind in zip(
            sample.questions, ("manner", "place", "place", "stays"), strict=True
        )
    )
    return sample.model_copy(update={"facets": FACETS, "questions": questions})


@pytest.fixture
def edition(
    make_edition: Callable[..., Edition],
    make_samples: Callable[..., tuple[Sample, ...]],
    tmp_path: Path,
) -> Edition:
    """In the folder `edition`."""
    return make_edition(tmp_path / "edition", samples=[*map(with_facets, make_samples(3))])


@pytest.fixture
def run(
    edition: Edition, make_picture: Callable[..., np.ndarray], always_yes: Judge, tmp_path: Path
) -> Path:
    """A run on it by a judge that always says yes."""
    for number, sample in enumerate(edition.samples):
        frames = np.repeat(make_picture(number)[None], 4, axis=0)
        write_mp4(tmp_path / "videos" / f"{sample.id}.mp4", frames, fps=8)
    (tmp_path / "videos" / "submission.yaml").write_text("name: a model\n")
    score_submission(
        read_submission(tmp_path / "videos", edition),
        edition,
        tmp_path / "run",
        judge=always_yes,
        cache=None,
        options=ScoringOptions(resamples=200),
    )
    return tmp_path / "run"


def table_below(title: str, text: str) -> list[str]:
    """Its lines, to the next empty one."""
    lines = text.splitlines()
    start = lines.index(title) + 1
    return lines[start : lines.index("", start)]


@pytest.mark.parametrize("columns", [80, 100])
def test_stats_fit_a_terminal_and_keep_the_names_of_their_rows(
    omiti2v: Command, edition: Edition, columns: int
) -> None:
    done = omiti2v("data", "stats", "-e", "edition", COLUMNS=str(columns))
    assert done.returncode == 0, done.stderr
    assert "…" not in done.stdout
    upper, lower, *rows = table_below(FACET_TITLE, done.stdout)
    heads = " ".join(upper.split() + lower.split())
    assert heads == "expect kind addition deletion modification facets asked questions yes"
    assert [row.split()[0] for row in rows[: len(FACET_KINDS)]] == list(FACET_KINDS)
    assert rows[4].split() == ["manner", "1", "1", "1", "3", "3", "3", "100.0", "%"]
    answers = table_below("Answers, and the still floor", done.stdout)[2:]
    assert [row.split()[0] for row in answers] == [*CATEGORIES, "all"]


def test_scores_show_accuracy_by_facet_below_the_categories(omiti2v: Command, run: Path) -> None:
    done = omiti2v("rescore", "run", "--resamples", "200")
    assert done.returncode == 0, done.stderr
    assert done.stdout.index("negligence") < done.stdout.index(FACET_TITLE)
    head, *rows = table_below(FACET_TITLE, done.stdout)
    assert head.split() == ["kind", "samples", "accuracy"]
    # Of the questions of a sample, those about the manner and one about the place expect yes.
    assert [row.split() for row in rows[:3]] == [
        ["manner", "3", "100.0†"],
        ["place", "3", "50.0†"],
        ["stays", "3", "0.0†"],
    ]


def test_a_comparison_has_the_same_title(omiti2v: Command, run: Path) -> None:
    done = omiti2v("compare", "run", "run", "--resamples", "200", COLUMNS="80")
    assert done.returncode == 0, done.stderr
    head, *rows = table_below(FACET_TITLE, done.stdout)
    assert head.split()[:2] == ["kind", "(%)"]
    assert [row.split()[0] for row in rows] == ["manner", "place", "stays"]


def test_runs_without_facets_show_none(omiti2v: Command, runs: Path) -> None:
    for command in (("rescore", "all"), ("compare", "all", "four")):
        done = omiti2v(*command, "--resamples", "200")
        assert done.returncode == 0, done.stderr
        assert "facet" not in done.stdout
