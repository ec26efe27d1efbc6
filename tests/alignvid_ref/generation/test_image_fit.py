"""From a reference image to a picture at the size of the video."""

from __future__ import annotations

import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignvid_ref.generation.image_fit import BUCKETS, video_size

sides = st.integers(16, 3000)


@given(sides, sides)
def test_wan_keeps_the_aspect_of_the_image_on_the_area(width: int, height: int) -> None:
    picture = PIL.Image.new("RGB", (width, height))
    rows, columns = video_size(picture, fit="area", height=480, width=832, multiple=16)
    assert rows % 16 == columns % 16 == 0
    if 1 / 3 <= width / height <= 3:
        assert rows * columns <= 480 * 832
        assert columns / rows == pytest.approx(width / height, rel=0.1)


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [(832, 480, (480, 832)), (480, 832, (832, 480)), (1000, 1000, (624, 624))],
)
def test_sizes_of_wan_known_by_hand(width: int, height: int, expected: tuple[int, int]) -> None:
    picture = PIL.Image.new("RGB", (width, height))
    assert video_size(picture, fit="area", height=480, width=832, multiple=16) == expected


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    # A square is as near to 608x640 as to 640x608: FramePack takes the later.
    [(832, 480, (480, 832)), (1000, 1000, (640, 608)), (100, 900, (960, 416))],
)
def test_buckets_of_framepack_known_by_hand(
    width: int, height: int, expected: tuple[int, int]
) -> None:
    picture = PIL.Image.new("RGB", (width, height))
    assert video_size(picture, fit="buckets", height=640, width=640, multiple=16) == expected
    assert expected in BUCKETS
