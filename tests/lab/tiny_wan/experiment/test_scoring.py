"""Clips are looked at as submissions are."""

from __future__ import annotations

import numpy as np
import pytest

from evaluators.judges import Judge
from evaluators.world import Scene, render_frames
from lab.tiny_wan.experiment.scoring import measure_change, score_clip


def test_the_rendered_edit_is_all_of_the_change_and_standing_still_is_none(
    scenes: list[Scene],
) -> None:
    for scene in scenes:
        done, still, wrong = (
            measure_change(scene, render_frames(scene.stage, behaviour)[-1])
            for behaviour in ("done", "still", "wrong_object")
        )
        assert done[0] == pytest.approx(1)
        assert done[1] < 1
        assert still == (0, 0)
        assert wrong[0] < 0.5
        assert wrong[1] > done[1]


def test_a_row_holds_an_answer_to_each_question(always_yes: Judge, scenes: list[Scene]) -> None:
    scene = scenes[3]
    row = score_clip(always_yes, scene, render_frames(scene.stage, "done"))
    assert row["sample_id"] == scene.sample.id
    assert row["answers"] == "y" * len(scene.sample.questions)
    assert row["first_frame"] > 0.95
    assert row["change"] == pytest.approx(1)


def test_a_frozen_clip_does_not_move(always_yes: Judge, scenes: list[Scene]) -> None:
    first = render_frames(scenes[0].stage, "still")[:1]
    row = score_clip(always_yes, scenes[0], np.repeat(first, 9, axis=0))
    assert row["dynamic_degree"] == 0
