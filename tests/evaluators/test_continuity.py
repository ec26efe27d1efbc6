"""What breaks off in a video, and what only looks as if."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from evaluators.continuity import Continuity, continuity
from evaluators.frames import Frames, decode_video
from evaluators.world import WorldSettings, make_scene, render_frames, write_mp4

SETTINGS = WorldSettings(width=96, height=96, frames=24, fps=12)
SCENE = make_scene(2, seed=4, settings=SETTINGS)  # a thing that changes its color
ORIGINAL = render_frames(SCENE.stage, "still")
OTHER = np.tile(ORIGINAL[:, ::2, ::2], (1, 2, 2, 1))
Look = Callable[[Frames], Continuity]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    def look(frames: Frames) -> Continuity:
        write_mp4(tmp_path / "clip.mp4", frames, fps=12)
        return continuity(decode_video(tmp_path / "clip.mp4"))

    return look


def test_an_edit_that_takes_its_time_breaks_nothing(look: Look) -> None:
    found = look(render_frames(SCENE.stage, "done"))
    assert (found.cuts, found.flickers, found.still_share) == ((), (), 0)


def test_another_shot_is_a_cut(look: Look) -> None:
    found = look(np.concatenate([ORIGINAL[:10], OTHER[10:]]))
    assert found.cuts == (10,)
    assert 0.25 <= found.cut_share <= 1


@pytest.mark.parametrize("at", [[4, 8, 12, 16, 20], list(range(1, 24, 2))])
def test_frames_that_show_something_else_flicker(look: Look, at: list[int]) -> None:
    frames = ORIGINAL.copy()
    frames[at] = OTHER[at]
    assert set(look(frames).flickers) >= set(at[1:-1])


def test_light_that_jumps_or_flashes_is_no_break(look: Look) -> None:
    gains = np.ones(24)
    gains[[5, 9, 13, 17]], gains[19:] = 1.6, 0.5
    frames = np.clip(ORIGINAL * gains[:, None, None, None], 0, 255).astype(np.uint8)
    found = look(frames)
    assert (found.cuts, found.flickers) == ((), ())


def test_a_camera_that_is_pushed_is_no_cut(look: Look) -> None:
    frames = ORIGINAL.copy()
    frames[12:] = np.roll(frames[12:], 4, axis=2)
    assert look(frames).cuts == ()


def test_stills_are_counted(look: Look) -> None:
    slides = np.repeat(np.stack([ORIGINAL[0], OTHER[0]]), 12, axis=0)
    found = look(slides)
    assert (found.stills, found.still_share) == (2, 1.0)
    assert look(ORIGINAL[:1]) == Continuity((), 0.0, (), 1.0, 1)
