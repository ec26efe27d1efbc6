"""When things happen under each behaviour."""

from __future__ import annotations

import numpy as np
import pytest

from evaluators.world import BEHAVIOURS, Behaviour, WorldSettings, make_scenes
from evaluators.world.timeline import perform

LENGTHS = [8, 16, 81]


@pytest.mark.parametrize("frames", LENGTHS)
@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_nothing_has_happened_in_the_first_frame(behaviour: Behaviour, frames: int) -> None:
    for scene in make_scenes(30, seed=5, settings=WorldSettings(frames=frames)):
        performance = perform(scene.stage, behaviour)
        assert performance.progress[0] == 0
        assert not performance.black[0]


@pytest.mark.parametrize("frames", LENGTHS)
@pytest.mark.parametrize("speed", [0.25, 1.0, 4.0])
@pytest.mark.parametrize("behaviour", ["done", "wrong_object"])
def test_an_edit_is_complete_well_before_the_end(
    behaviour: Behaviour, speed: float, frames: int
) -> None:
    for scene in make_scenes(30, seed=5, settings=WorldSettings(frames=frames)):
        progress = perform(scene.stage, behaviour, speed=speed).progress
        assert np.all(np.diff(progress) >= 0)
        assert np.all(progress[np.linspace(0, 1, frames) > 0.76] == 1)


@pytest.mark.parametrize("frames", LENGTHS)
def test_an_edit_that_comes_too_late_has_begun_but_is_never_half_done(frames: int) -> None:
    for scene in make_scenes(30, seed=5, settings=WorldSettings(frames=frames)):
        progress = perform(scene.stage, "too_late").progress
        assert 0 < progress[-1] < 0.2
        assert np.all(progress[np.linspace(0, 1, frames) < 0.87] == 0)


@pytest.mark.parametrize("frames", LENGTHS)
def test_a_flicker_switches_on_twice_and_rests_as_it_began(frames: int) -> None:
    for scene in make_scenes(30, seed=5, settings=WorldSettings(frames=frames)):
        progress = perform(scene.stage, "flicker").progress
        assert set(progress) == {0.0, 1.0}
        assert np.sum(np.diff(progress) == 1) == 2
        assert np.all(progress[np.linspace(0, 1, frames) > 0.75] == 0)


def test_black_and_overlay_and_camera_belong_to_one_behaviour_each() -> None:
    (scene,) = make_scenes(1, seed=5)
    for behaviour in BEHAVIOURS:
        performance = perform(scene.stage, behaviour)
        assert performance.black.any() == (behaviour == "blank")
        assert (performance.overlay is not None) == (behaviour == "text")
        assert (performance.camera is not None) == (behaviour == "camera_only")
