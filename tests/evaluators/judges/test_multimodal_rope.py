"""Families with positions in three parts: time, row, column."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_models.qwen3_vl import save_tiny_qwen3_vl

from evaluators.frames import Clip
from evaluators.judges.family import POSITIONS, LoadOptions
from evaluators.judges.qwen2_5_vl import Qwen25VL
from evaluators.judges.qwen3_vl import Qwen3VL
from evaluators.judges.transformers_judge import TransformersJudge
from omiti2v.errors import UserError


@pytest.fixture
def family(random_judge: TransformersJudge) -> Qwen25VL:
    family = random_judge._family
    assert isinstance(family, Qwen25VL)
    return family


def test_text_has_the_same_position_in_all_three_parts(family: Qwen25VL) -> None:
    assert family.positions([3, 8], length=2).tolist() == [[[3, 4], [8, 9]]] * 3


def test_text_goes_on_from_the_video_s_largest_position_and_not_from_its_tokens(
    family: Qwen25VL, make_clip: Callable[..., Clip]
) -> None:
    # 2 pairs of frames of 2 x 6 visual tokens: 24 tokens, but 6 columns.
    prefix = family.prefix(make_clip(4, height=56, width=168, fps=1.0), f"a {family.video_token} b")
    positions = prefix.inputs[POSITIONS]
    assert positions.shape == (3, 1, prefix.length)
    assert prefix.next_positions == (int(positions.max()) + 1,)
    assert prefix.next_positions[0] < prefix.length
    last = positions[:, 0, -1].tolist()
    assert last == [last[0]] * 3
    video = prefix.inputs["input_ids"][0] == family.model.config.video_token_id
    time, row, column = positions[:, 0, video]
    assert int(video.sum()) == 24
    assert len(row.unique()) == 2
    assert len(column.unique()) == 6
    assert len(time.unique()) == 2


def test_positions_of_qwen3_vl_are_those_that_it_was_published_with(
    tmp_path: Path, make_clip: Callable[..., Clip]
) -> None:
    # Each step of time is a picture of its own between texts: time stands still in it, and text
    # goes on after its longer side.
    family = Qwen3VL(save_tiny_qwen3_vl(tmp_path / "model"), LoadOptions(dtype="float32"))
    prefix = family.prefix(make_clip(40, fps=0.5), f"a {family.video_token} b")
    _, rows, columns = (prefix.inputs["video_grid_thw"][0] // 2).tolist()
    defined: list[tuple[int, int, int]] = []
    largest, seen = -1, 0
    for token in prefix.inputs["input_ids"][0].tolist():
        if token == family.model.config.video_token_id:
            start = largest + 1
            defined.append((start, start + seen // columns, start + seen % columns))
            seen += 1
            if seen == rows * columns:
                largest, seen = start + max(rows, columns) - 1, 0
        else:
            largest += 1
            defined.append((largest,) * 3)
    assert prefix.inputs[POSITIONS][:, 0].T.tolist() == [list(place) for place in defined]
    assert prefix.next_positions == (largest + 1,)


def test_frames_of_less_than_a_visual_token_are_refused(random_qwen: Path) -> None:
    with pytest.raises(UserError, match="max_pixels: expected at least 784, got 783"):
        Qwen25VL(random_qwen, LoadOptions(dtype="float32"), max_pixels=783)
