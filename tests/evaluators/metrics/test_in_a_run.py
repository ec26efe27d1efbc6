"""Metrics with weights in a scored run: from video files to measurements."""

from __future__ import annotations

import pytest

from evaluators.metrics import load_metrics
from evaluators.scoring import ScoringOptions, score_submission
from evaluators.world import Behaviour, make_scenes, write_edition, write_submission
from lab.tiny_clip import WEIGHTS
from lab.tiny_judge.examples import SETTINGS
from omiti2v.editions import load_edition_folder
from omiti2v.runs import Run, read_run
from omiti2v.submissions import read_submission

NAMES = ["smoothness", "clip_prompt_alignment", "clip_directional_agreement"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[Behaviour, Run]:
    """Submissions to one known-answer edition, measured and not judged."""
    folder = tmp_path_factory.mktemp("world")
    scenes = make_scenes(12, seed=4242, settings=SETTINGS)
    write_edition(folder / "edition", scenes)
    edition = load_edition_folder(folder / "edition")
    metrics = load_metrics(NAMES, weights={"clip": str(WEIGHTS)}, device="cpu")
    options = ScoringOptions(metrics=metrics, resamples=100)
    behaviours: tuple[Behaviour, ...] = ("done", "still")
    for behaviour in behaviours:
        write_submission(folder / behaviour, scenes, behaviour, name=behaviour)
        submission = read_submission(folder / behaviour, edition)
        run = folder / f"{behaviour}-run"
        score_submission(submission, edition, run, judge=None, cache=None, options=options)
    return {behaviour: read_run(folder / f"{behaviour}-run") for behaviour in behaviours}


def mean(run: Run, metric: str) -> float:
    values = [row.value for row in run.measurements if row.metric == metric]
    return sum(value for value in values if value is not None) / len(values)


def test_every_video_has_every_number(runs: dict[Behaviour, Run]) -> None:
    for run in runs.values():
        assert len(run.measurements) == 12 * 4
        assert [row.reason for row in run.measurements if row.value is None] == []


def test_the_numbers_tell_a_done_edit_from_a_still(runs: dict[Behaviour, Run]) -> None:
    done, still = runs["done"], runs["still"]
    for metric, margin in (("clip_directional_agreement", 0.3), ("clip_prompt_alignment_end", 0.0)):
        assert mean(done, metric) > mean(still, metric) + margin
    assert mean(still, "temporal_smoothness_dis") > mean(done, "temporal_smoothness_dis")


def test_the_run_names_the_weights(runs: dict[Behaviour, Run]) -> None:
    versions = {row.metric: row.metric_version for row in runs["done"].measurements}
    assert "weights " in versions["clip_prompt_alignment"]
    assert "weights " not in versions["temporal_smoothness_dis"]
