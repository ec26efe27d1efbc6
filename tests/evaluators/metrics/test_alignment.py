"""CLIP metrics: the arithmetic on given vectors, and what the tiny CLIP makes of known answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from evaluators.frames import Video
from evaluators.metrics import Metric, Observation, alignment
from evaluators.metrics.alignment import (
    directional_agreement,
    mean_and_end,
    neighbor_similarity,
)
from evaluators.metrics.clip_model import ClipModel
from evaluators.world import Behaviour, Scene
from omiti2v.errors import UserError

Build = Callable[..., Metric]
Play = Callable[[Scene, Behaviour], Observation]

RIGHT, UP = np.array([1, 0], np.float32), np.array([0, 1], np.float32)


def test_the_mean_is_over_all_frames_and_the_end_over_the_last_quarter() -> None:
    frames = np.stack([UP, UP, UP, RIGHT])
    assert mean_and_end(frames, RIGHT) == (0.25, 1.0)


@pytest.mark.parametrize(("frames", "counted"), [(1, 1), (4, 1), (5, 2), (8, 2), (9, 3)])
def test_the_last_quarter_is_rounded_up(frames: int, counted: int) -> None:
    vectors = np.tile(UP, (frames, 1))
    vectors[-counted:] = RIGHT
    assert mean_and_end(vectors, RIGHT)[1] == 1.0
    if counted < frames:
        vectors[-counted] = UP
        assert mean_and_end(vectors, RIGHT)[1] < 1.0


@pytest.mark.parametrize(
    ("first", "last", "expected"), [(RIGHT, UP, 1.0), (UP, RIGHT, -1.0), (UP, UP, 0.0)]
)
def test_direction_is_from_the_first_frame_to_the_last(
    first: np.ndarray, last: np.ndarray, expected: float
) -> None:
    frames = np.stack([first, RIGHT, last])
    assert directional_agreement(frames, RIGHT, UP) == pytest.approx(expected)


def test_texts_that_say_the_same_give_no_direction() -> None:
    assert directional_agreement(np.stack([RIGHT, UP]), UP, UP) == 0.0


def test_neighbours_are_compared_pair_by_pair() -> None:
    assert neighbor_similarity(np.stack([RIGHT, RIGHT, UP, UP, UP])) == 0.75
    assert neighbor_similarity(RIGHT[None]) == 1.0


def means(
    metric: Metric, scenes: list[Scene], play: Play, behaviour: Behaviour
) -> dict[str, float]:
    rows = [metric.measure(play(scene, behaviour)) for scene in scenes]
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def test_the_caption_after_fits_the_end_of_a_done_edit_better_than_of_any_other(
    build: Build, scenes: list[Scene], play: Play
) -> None:
    metric = build(alignment.CAPTION_ALIGNMENT)
    end = "clip_caption_alignment_end"
    done = means(metric, scenes, play, "done")
    for behaviour in ("still", "wrong_object", "flicker", "blank"):
        assert done[end] > means(metric, scenes, play, behaviour)[end] + 0.05
    assert done[end] > done["clip_caption_alignment"]


def test_the_prompt_fits_a_done_edit_better_than_a_still(
    build: Build, scenes: list[Scene], play: Play
) -> None:
    metric = build(alignment.PROMPT_ALIGNMENT)
    end = "clip_prompt_alignment_end"
    still = means(metric, scenes, play, "still")
    assert means(metric, scenes, play, "done")[end] > still[end] + 0.02


def test_only_a_done_edit_changes_as_the_captions_do(
    build: Build, scenes: list[Scene], play: Play
) -> None:
    metric, name = build(alignment.DIRECTIONAL_AGREEMENT), "clip_directional_agreement"
    assert means(metric, scenes, play, "done")[name] > 0.5
    for behaviour in ("still", "wrong_object", "camera_only", "text"):
        assert means(metric, scenes, play, behaviour)[name] < 0.25


def test_a_still_keeps_to_the_reference_and_a_blank_clip_does_not(
    build: Build, scenes: list[Scene], play: Play
) -> None:
    metric, name = build(alignment.REFERENCE_SIMILARITY), "clip_reference_similarity"
    still, done, blank = (
        means(metric, scenes, play, behaviour)[name] for behaviour in ("still", "done", "blank")
    )
    assert still > 0.95
    assert still > done > blank


def test_a_swapped_subject_shows_against_the_reference(
    build: Build, scenes: list[Scene], play: Play
) -> None:
    metric, name = build(alignment.REFERENCE_SIMILARITY), "clip_reference_similarity"
    own, others = play(scenes[0], "still"), [play(scene, "still") for scene in scenes[1:]]
    swapped = [Observation(o.video, own.reference, own.sample) for o in others]
    assert metric.measure(own)[name] > max(metric.measure(o)[name] for o in swapped)


def test_a_cut_costs_frame_consistency(
    build: Build,
    scenes: list[Scene],
    play: Play,
    make_video: Callable[..., Video],
) -> None:
    metric, name = build(alignment.FRAME_CONSISTENCY), "clip_frame_consistency"
    one, other = (play(scene, "still") for scene in scenes[:2])
    frames = np.concatenate([one.video.frames[:4], other.video.frames[4:]])
    cut = Observation(make_video(frames), one.reference, one.sample)
    assert metric.measure(one)[name] > metric.measure(cut)[name] + 0.05


def test_a_sample_without_captions_is_told_of(
    build: Build,
    make_observation: Callable[[Video], Observation],
    scenes: list[Scene],
    play: Play,
) -> None:
    observation = make_observation(play(scenes[0], "done").video)
    with pytest.raises(UserError, match="the sample has no caption_after"):
        build(alignment.CAPTION_ALIGNMENT).measure(observation)
    with pytest.raises(UserError, match="the sample has no caption_before"):
        build(alignment.DIRECTIONAL_AGREEMENT).measure(observation)


def test_the_frames_of_a_video_are_embedded_once_for_all_metrics(
    tiny_clip: ClipModel, scenes: list[Scene], play: Play
) -> None:
    one, other = play(scenes[0], "done"), play(scenes[1], "done")
    first = tiny_clip.embed_video(one.video)
    assert tiny_clip.embed_video(one.video) is first
    assert not np.array_equal(tiny_clip.embed_video(other.video), first)


def test_a_text_that_the_model_does_not_see_all_of_is_named(
    build: Build, scenes: list[Scene], play: Play
) -> None:
    seen = play(scenes[0], "done")
    long = Observation(
        seen.video,
        seen.reference,
        seen.sample.model_copy(update={"caption_after": "a red circle " * 20}),
    )
    cut = "a text is longer than the 48 tokens that the model sees"
    for definition in (alignment.CAPTION_ALIGNMENT, alignment.DIRECTIONAL_AGREEMENT):
        assert build(definition).remark(seen) is None
        assert build(definition).remark(long) == cut
    for definition in (alignment.PROMPT_ALIGNMENT, alignment.FRAME_CONSISTENCY):
        assert build(definition).remark(long) is None
