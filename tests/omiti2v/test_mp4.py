"""Frames as H.264 in mp4: the same bytes for the same frames."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest

from omiti2v.errors import UserError
from omiti2v.mp4 import encode_mp4, write_mp4

FRAMES = np.random.default_rng(0).integers(0, 256, (5, 32, 48, 3), dtype=np.uint8)


def test_frames_rate_and_size_are_kept_and_equal_frames_give_equal_bytes() -> None:
    content = encode_mp4(FRAMES, fps=8)
    assert encode_mp4(FRAMES, fps=8) == content
    with av.open(io.BytesIO(content)) as container:
        (stream,) = container.streams.video
        assert (stream.width, stream.height, stream.average_rate) == (48, 32, 8)
        assert len(list(container.decode(stream))) == 5


@pytest.mark.parametrize("shape", [(0, 32, 48, 3), (5, 31, 48, 3), (5, 32, 47, 3), (5, 32, 48)])
def test_frames_of_another_form_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="frames: expected"):
        encode_mp4(np.zeros(shape, np.uint8), fps=8)


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="can't be written"):
        write_mp4(tmp_path / "file" / "a.mp4", FRAMES, fps=8)
