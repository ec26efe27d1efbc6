"""Frames: each layer does what its name says, and the same recipe gives the same frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from contrast_recipes import EVENT, HEIGHT, WIDTH

from evaluators.contrast.contrast_set import ContrastSet
from evaluators.contrast.layers import Look
from evaluators.contrast.render import frames_digest, render_clip, render_frames
from evaluators.contrast.styles import STYLES
from omiti2v.errors import UserError
from omiti2v.mp4 import Frames

MakeSet = Callable[..., ContrastSet]

SKY, RED = (90, 140, 220), (200, 40, 30)
MIDDLE = (32, 48)
"""Row and column of the ball's middle."""


@pytest.fixture
def frames_of(make_set: MakeSet) -> Callable[..., Frames]:
    """Renders the right clip made of some layers."""

    def build(*layers: dict[str, Any], **fields: Any) -> Frames:
        recipe = {
            "frames": 33,
            "layers": {f"l{number}": layer for number, layer in enumerate(layers)},
            "clips": {"right": {"answers": EVENT}},
            **fields,
        }
        found = make_set(recipe)
        (clip,) = found.clips["addition-001"]
        return render_clip(clip, found.pictures(clip.sample))

    return build


def near(pixel: Any, color: tuple[int, int, int], tolerance: int = 12) -> bool:
    return bool((np.abs(np.asarray(pixel, int) - color) <= tolerance).all())


def test_without_layers_every_frame_is_the_image(frames_of: Callable[..., Frames]) -> None:
    frames = frames_of()
    assert frames.shape == (33, HEIGHT, WIDTH, 3)
    assert (frames == frames[0]).all()
    assert near(frames[0][MIDDLE], RED) and near(frames[0][2, 2], SKY)


def test_a_piece_leaves_and_what_was_behind_it_is_seen(frames_of: Callable[..., Frames]) -> None:
    frames = frames_of(
        {"kind": "piece", "mask": "ball", "path": [{"t": 0.2}, {"t": 0.8, "x": 0.3}]}
    )
    assert near(frames[0][MIDDLE], RED)
    assert near(frames[-1][MIDDLE], SKY)
    assert near(frames[-1][32, 48 + round(0.3 * WIDTH)], RED)


def test_a_kept_piece_is_a_copy(frames_of: Callable[..., Frames]) -> None:
    path = [{"t": 0.2}, {"t": 0.8, "x": 0.3}]
    frames = frames_of({"kind": "piece", "mask": "ball", "path": path, "keep": True})
    assert near(frames[-1][MIDDLE], RED) and near(frames[-1][32, 77], RED)


def test_a_piece_at_rest_changes_nothing(frames_of: Callable[..., Frames]) -> None:
    frames = frames_of({"kind": "piece", "mask": "ball"})
    assert (frames == frames_of()).all()


def test_a_sprite_comes_in_and_rests(frames_of: Callable[..., Frames]) -> None:
    path = [{"t": 0.1, "x": -0.2, "y": 0.3}, {"t": 0.7, "x": 0.2, "y": 0.3}]
    frames = frames_of({"kind": "sprite", "picture": "ball.png", "width": 0.2, "path": path})
    assert (frames[0] == frames_of()[0]).all()
    assert near(frames[-1][round(0.3 * HEIGHT), round(0.2 * WIDTH)], (30, 160, 60))


def test_a_sprite_is_hidden_behind_a_mask(frames_of: Callable[..., Frames]) -> None:
    layer = {
        "kind": "sprite",
        "picture": "ball.png",
        "width": 0.6,
        "path": [{"t": 0, "x": 0.5, "y": 0.5}],
    }
    behind = frames_of({**layer, "behind": "ball"})[-1]
    within = frames_of({**layer, "within": "ball"})[-1]
    assert near(behind[MIDDLE], RED) and near(behind[32, 68], (30, 160, 60))
    assert near(within[MIDDLE], (30, 160, 60)) and near(within[32, 68], SKY)


def test_an_erased_region_shows_its_ground(frames_of: Callable[..., Frames]) -> None:
    frames = frames_of({"kind": "erase", "mask": "ball", "time": [0.2, 0.6]})
    assert near(frames[0][MIDDLE], RED) and near(frames[-1][MIDDLE], SKY)


@pytest.mark.parametrize("fill", ["inpaint", [-0.3, 0.0]])
def test_a_hole_is_filled_without_a_seam(frames_of: Callable[..., Frames], fill: object) -> None:
    last = frames_of({"kind": "erase", "mask": "ball", "time": [0.2, 0.6], "fill": fill})[-1]
    assert near(last[20:44, 36:60].reshape(-1, 3).min(0), SKY)
    assert near(last[20:44, 36:60].reshape(-1, 3).max(0), SKY)


def test_a_recolored_region_has_the_colour_and_the_rest_its_own(
    frames_of: Callable[..., Frames],
) -> None:
    last = frames_of({"kind": "recolor", "mask": "ball", "color": "#2060a0"})[-1]
    assert near(last[MIDDLE], (0x20, 0x60, 0xA0), 20) and near(last[2, 2], SKY)


def test_a_recoloring_from_the_left_comes_to_the_left_first(
    frames_of: Callable[..., Frames],
) -> None:
    layer = {"kind": "recolor", "mask": "ball", "color": "#20c020", "spread": "left"}
    frames = frames_of({**layer, "time": [0.0, 1.0]})
    assert near(frames[16][32, 43], (0x20, 0xC0, 0x20), 40) and near(frames[16][32, 54], RED)


def test_night_is_darker_everywhere(frames_of: Callable[..., Frames]) -> None:
    frames = frames_of({"kind": "grade", "brightness": 0.3, "time": [0, 0.5]})
    assert (frames[-1].astype(int) < frames[0]).all()


def test_a_replaced_region_is_the_other_picture(frames_of: Callable[..., Frames]) -> None:
    last = frames_of({"kind": "replace", "mask": "ball", "picture": "yellow.png"})[-1]
    assert near(last[MIDDLE], (250, 240, 10)) and near(last[2, 2], SKY)


@pytest.mark.parametrize("look", ["rain", "snow", "stars"])
def test_particles_fall_only_within_their_time(frames_of: Callable[..., Frames], look: str) -> None:
    layer = {"kind": "particles", "look": look, "count": 80, "time": [0.3, 0.6]}
    frames = frames_of(layer)
    assert (frames[0] == frames_of()[0]).all()
    assert (frames[-1] != frames[0]).any()


def test_fog_smoke_and_light_brighten_the_picture(frames_of: Callable[..., Frames]) -> None:
    for layer in (
        {"kind": "fog", "time": [0, 0.5], "spread": "left"},
        {"kind": "plume", "at": [0.5, 0.9], "width": 0.4, "time": [0, 0.2]},
        {"kind": "light", "at": [0.5, 0.5], "time": [0, 0.5]},
    ):
        frames = frames_of(layer)
        assert frames[-1].mean() > frames[0].mean() + 1, layer


@pytest.mark.parametrize("look", list(STYLES))
def test_every_style_is_another_picture_of_the_same_shape(look: Look) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    drawn = STYLES[look](picture)
    assert drawn.shape == picture.shape and drawn.dtype == np.uint8
    assert np.abs(drawn.astype(int) - picture).mean() > 5


def test_the_camera_starts_at_the_image(frames_of: Callable[..., Frames]) -> None:
    frames = frames_of(camera={"zoom": 1.3, "pan": [0.05, 0]})
    assert (frames[0] == frames_of()[0]).all() and (frames[-1] != frames[0]).any()


def test_grain_is_as_strong_as_told_and_differs_by_frame(frames_of: Callable[..., Frames]) -> None:
    frames = frames_of(grain=3.0)
    plain = frames_of()
    noise = frames.astype(float) - plain
    assert 2.5 < noise.std() < 3.5 and (frames[0] != frames[1]).any()


def test_the_same_recipe_gives_the_same_frames_whichever_are_asked_for(make_set: MakeSet) -> None:
    found = make_set(grain=2.0, camera={"zoom": 1.1})
    clip = found.clips["addition-001"][0]
    whole = render_clip(clip, found.pictures(clip.sample))
    assert frames_digest(whole) == frames_digest(render_clip(clip, found.pictures(clip.sample)))
    (alone,) = render_frames(clip, found.pictures(clip.sample), [20])
    assert (alone == whole[20]).all()


def test_a_mask_of_another_shape_is_refused(make_set: MakeSet) -> None:
    from PIL import Image

    found = make_set()
    path = found.folder / "masks" / "addition-001" / "ball.png"
    Image.new("1", (10, 10), 1).save(path)
    clip = found.clips["addition-001"][0]
    with pytest.raises(UserError, match="expected the image's shape"):
        render_clip(clip, found.pictures(clip.sample))
