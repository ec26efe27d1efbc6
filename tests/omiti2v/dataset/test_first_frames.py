"""First frames: one rule for every model, two ways for a fixed size, licenses beside them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiti2v.dataset.first_frames import write_first_frames
from omiti2v.dataset.frame_fit import (
    FixedSize,
    area_size,
    change_made,
    cover,
    first_frame,
    kept_share,
)
from omiti2v.dataset.load import load_edition
from omiti2v.editions import load_edition_folder
from omiti2v.errors import UserError


@given(st.integers(1, 200), st.integers(1, 200), st.sampled_from([(32, 32), (64, 48), (96, 16)]))
def test_any_image_covers_any_size(width: int, height: int, size: tuple[int, int]) -> None:
    picture = cover(PIL.Image.new("RGB", (width, height), "red"), *size)
    assert (picture.height, picture.width) == size
    assert np.asarray(picture).reshape(-1, 3).tolist() == [[255, 0, 0]] * (size[0] * size[1])


def test_covering_takes_the_centre_and_does_not_stretch() -> None:
    wide = PIL.Image.new("RGB", (300, 100), "red")
    wide.paste("blue", (100, 0, 200, 100))
    middle = np.asarray(cover(wide, 50, 50))[5:-5, 5:-5]
    assert (middle == (0, 0, 255)).all()


def test_a_frame_keeps_the_shape_of_its_image_on_the_area_of_480_by_832() -> None:
    assert area_size(PIL.Image.new("RGB", (1664, 960))) == (480, 832)
    assert area_size(PIL.Image.new("RGB", (600, 600))) == (624, 624)
    assert area_size(PIL.Image.new("RGB", (600, 600)), area=1280 * 720) == (960, 960)


def test_a_fixed_size_crops_the_middle_or_pads_with_black() -> None:
    tall = PIL.Image.new("RGB", (48, 96), "red")
    tall.paste("blue", (0, 36, 48, 60))
    cropped, kept = first_frame(tall, FixedSize(96, 48))
    assert cropped.size == (96, 48)
    assert kept == pytest.approx(0.25)
    assert np.asarray(cropped)[24, 48].tolist() == [0, 0, 255]
    padded, kept = first_frame(tall, FixedSize(96, 48, "pad"))
    pixels = np.asarray(padded)
    assert kept == 1
    assert pixels.shape == (48, 96, 3)
    assert pixels[:, :36].max() == 0
    assert pixels[4, 48].tolist() == [255, 0, 0]


def test_what_was_done_to_an_image_is_said_as_it_is() -> None:
    assert change_made(None, shape_kept=False) == "fitted"
    assert change_made(FixedSize(96, 48), shape_kept=False) == "cropped"
    assert change_made(FixedSize(96, 48, "pad"), shape_kept=False) == "padded"
    assert change_made(FixedSize(96, 48, "pad"), shape_kept=True) == "fitted"


@pytest.mark.parametrize(
    ("size", "change"),
    [
        (FixedSize(320, 48), "cropped to 320x48"),
        (FixedSize(320, 48, "pad"), "padded to 320x48"),
        (FixedSize(128, 96), "fitted to 128x96"),
    ],
)
def test_the_changes_of_a_frame_name_its_fit(
    annotations: Path, tmp_path: Path, size: FixedSize, change: str
) -> None:
    lines = write_first_frames(load_edition_folder(annotations), tmp_path / "frames", size=size)
    assert {line.changes for line in lines} == {f"none; {change}"}


def test_frames_lie_beside_their_prompts_and_licenses(annotations: Path, tmp_path: Path) -> None:
    edition = load_edition_folder(annotations)
    lines = write_first_frames(edition, tmp_path / "frames")
    read = [
        json.loads(line) for line in (tmp_path / "frames/frames.jsonl").read_text().splitlines()
    ]
    assert [row["id"] for row in read] == [sample.id for sample in edition.samples]
    for line, sample in zip(lines, edition.samples, strict=True):
        with PIL.Image.open(tmp_path / "frames" / line.file) as frame:
            assert frame.size == (line.width, line.height)
        assert line.width * line.height <= 480 * 832
        assert (line.prompt, line.licence) == (sample.prompt, sample.licence)
        assert line.changes == f"none; fitted to {line.width}x{line.height}"
    with pytest.raises(UserError, match="is there already"):
        write_first_frames(edition, tmp_path / "frames")


def test_the_rule_takes_away_little_of_any_image_of_the_open_edition() -> None:
    """The reviewers answered on images without their outer 5 %: what is lost here is less."""
    edition = load_edition("open")
    for sample in edition.samples:
        with PIL.Image.open(edition.image_path(sample)) as image:
            assert max(image.size) <= 1024
            assert kept_share(image, *area_size(image)) > 0.95
