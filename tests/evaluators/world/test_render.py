"""What can be seen in rendered frames is what the answers say."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from evaluators.world import (
    BEHAVIOURS,
    Behaviour,
    Nuisances,
    Photograph,
    Scene,
    WorldSettings,
    make_scenes,
    render_frames,
    render_reference,
)
from evaluators.world.render import CENTRE
from evaluators.world.scene import Item
from evaluators.world.timeline import perform
from evaluators.world.vocabulary import PLACES, RGB
from omiti2v.errors import UserError

LARGE = WorldSettings(width=320, height=192, frames=16, backgrounds=("plain", "gradient"))
KINDS_AND_BEHAVIOURS = [(index, behaviour) for index in range(12) for behaviour in BEHAVIOURS]


def coloured(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Where a frame has the colour of an object: far from grey, or white."""
    spread = frame.max(axis=2).astype(int) - frame.min(axis=2)
    return ((spread > 70) | (frame.min(axis=2) > 225)).astype(np.uint8)


def colour_at(frame: NDArray[np.uint8], item: Item) -> NDArray[np.int64]:
    height, width = frame.shape[:2]
    x, y = CENTRE[item.place]
    return frame[round(y * height), round(x * width)].astype(np.int64)


def test_the_same_scene_gives_the_same_bytes_and_another_seed_others() -> None:
    for behaviour in BEHAVIOURS:
        one, again = (render_frames(make_scenes(1, seed=8)[0].stage, behaviour) for _ in range(2))
        other = render_frames(make_scenes(1, seed=9)[0].stage, behaviour)
        assert np.array_equal(one, again)
        assert not np.array_equal(one, other)


def test_the_reference_image_is_the_first_frame_of_every_video() -> None:
    for scene in make_scenes(6, seed=8):
        reference = render_reference(scene.stage)
        for behaviour in BEHAVIOURS:
            assert np.array_equal(render_frames(scene.stage, behaviour)[0], reference)


@pytest.mark.parametrize("index, behaviour", KINDS_AND_BEHAVIOURS)
def test_the_frames_show_the_objects_of_the_timeline_and_no_others(
    index: int, behaviour: Behaviour
) -> None:
    scene = make_scenes(index + 1, seed=21, settings=LARGE)[index]
    frames = render_frames(scene.stage, behaviour, nuisances=Nuisances(motion=0.0))
    # Words are white as well, and what fades at the end of a late edit is no more quite white.
    for position in (0,) if behaviour in ("text", "too_late") else (0, -1):
        items = [item for item in scene.lines[behaviour].items[position] if item is not None]
        frame = frames[position]
        regions, *_ = cv2.connectedComponents(coloured(frame))
        assert regions - 1 == len(items)
        if behaviour != "camera_only":
            for item in items:
                assert np.abs(colour_at(frame, item) - RGB[item.colour]).max() < 10


def test_places_without_an_object_show_the_background() -> None:
    for scene in make_scenes(12, seed=21, settings=LARGE):
        frames = render_frames(scene.stage, "done")
        taken = {item.place for item in scene.lines["done"].items[-1] if item is not None}
        mask = coloured(frames[-1])
        for place in PLACES:
            x, y = CENTRE[place]
            assert mask[round(y * 192), round(x * 320)] == (place in taken)


def test_big_and_small_differ_by_far_more_than_a_late_edit_changes() -> None:
    for scene in (s for s in make_scenes(24, seed=4, settings=LARGE) if s.stage.kind == "size"):
        areas = {
            behaviour: [
                int(coloured(frame).sum())
                for frame in render_frames(scene.stage, behaviour, nuisances=Nuisances(motion=0.0))[
                    [0, -1]
                ]
            ]
            for behaviour in ("done", "too_late")
        }
        done, late = (abs(a[1] - a[0]) for a in (areas["done"], areas["too_late"]))
        assert 0 < late < done / 3


def test_an_edit_that_comes_too_late_leaves_the_old_colour_the_nearer_one() -> None:
    for scene in (s for s in make_scenes(24, seed=4, settings=LARGE) if s.stage.kind == "colour"):
        before, after = scene.stage.edit.before, scene.stage.edit.after
        assert before is not None and after is not None
        shown = colour_at(render_frames(scene.stage, "too_late")[-1], before)
        far, near = (np.abs(shown - RGB[item.colour]).sum() for item in (after, before))
        assert 0 < near < far / 3


def test_objects_never_touch_each_other_nor_leave_the_frame() -> None:
    settings = WorldSettings(width=128, height=128, frames=24, nuisances=Nuisances(motion=0.02))
    for scene in make_scenes(60, seed=13, settings=settings):
        for behaviour in ("done", "wrong_object", "camera_only"):
            lines = scene.lines[behaviour].items
            progress = perform(scene.stage, behaviour).progress
            for index, frame in enumerate(render_frames(scene.stage, behaviour)):
                mask = coloured(frame)
                assert not (mask[0].any() or mask[-1].any())
                assert not (mask[:, 0].any() or mask[:, -1].any())
                # What fades is for a moment too pale to be counted; what moves is always there.
                if progress[index] in (0, 1) or scene.stage.kind == "place":
                    regions, *_ = cv2.connectedComponents(mask)
                    assert regions - 1 == sum(item is not None for item in lines[index])


def test_blank_frames_are_black_and_words_are_written_on_all_frames_but_the_first() -> None:
    for scene in make_scenes(6, seed=8):
        assert render_frames(scene.stage, "blank")[1:].max() == 0
        clean, written = (
            render_frames(scene.stage, behaviour).astype(int) for behaviour in ("still", "text")
        )
        differing = (np.abs(written - clean) > 60).any(axis=3).sum(axis=(1, 2))
        assert differing[0] == 0
        assert differing[1:].min() > 10


@pytest.mark.parametrize("width, height, frames", [(64, 64, 8), (96, 48, 9), (832, 480, 81)])
def test_any_size_and_length(width: int, height: int, frames: int) -> None:
    settings = WorldSettings(width=width, height=height, frames=frames)
    (scene,) = make_scenes(1, seed=8, settings=settings)
    shape = render_frames(scene.stage, "done").shape
    assert shape == (frames, height, width, 3)


@pytest.mark.parametrize(
    "nuisances",
    [
        Nuisances(blur=0.02),
        Nuisances(noise=12),
        Nuisances(brightness=0.6),
        Nuisances(motion=0.02),
        Nuisances(speed=0.5),
    ],
)
def test_nuisances_change_the_pixels_but_no_answer(nuisances: Nuisances) -> None:
    for scene in make_scenes(6, seed=8):
        clean = render_frames(scene.stage, "done")
        varied = render_frames(scene.stage, "done", nuisances=nuisances)
        again = render_frames(scene.stage, "done", nuisances=nuisances)
        assert np.array_equal(varied, again)
        assert not np.array_equal(clean, varied)


def test_a_photograph_becomes_the_background(tmp_path: Path) -> None:
    path = tmp_path / "photograph.png"
    rng = np.random.default_rng(0)
    cv2.imwrite(str(path), rng.integers(0, 255, (60, 90, 3), dtype=np.uint8))
    photograph = Photograph(path=path, licence="CC0-1.0", attribution="nobody")
    scene: Scene = make_scenes(1, seed=8, settings=WorldSettings(backgrounds=(photograph,)))[0]
    plain: Scene = make_scenes(1, seed=8)[0]
    corner = (slice(None, 4), slice(None, 4))
    assert (
        render_reference(scene.stage)[corner].std()
        > 3 * render_reference(plain.stage)[corner].std()
    )


def test_a_photograph_that_is_no_image_is_named(tmp_path: Path) -> None:
    path = tmp_path / "photograph.png"
    path.write_bytes(b"no image")
    photograph = Photograph(path=path, licence="CC0-1.0", attribution="nobody")
    (scene,) = make_scenes(1, seed=8, settings=WorldSettings(backgrounds=(photograph,)))
    with pytest.raises(UserError, match=r"photograph\.png: .*can't be read"):
        render_reference(scene.stage)
