"""Families whose tokens stand one after another: positions count on, frames have one size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tiny_models.internvl import save_tiny_internvl

from evaluators.frames import Clip
from evaluators.judges.family import POSITIONS, LoadOptions
from evaluators.judges.internvl import InternVL
from evaluators.judges.transformers_judge import TransformersJudge
from omiti2v.errors import UserError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_internvl(tmp_path_factory.mktemp("models") / "model")


@pytest.fixture(scope="module")
def family(folder: Path) -> InternVL:
    return InternVL(folder, LoadOptions(dtype="float32"))


def test_positions_count_on_from_where_each_row_starts(family: InternVL) -> None:
    assert family.positions([0, 5], length=3).tolist() == [[0, 1, 2], [5, 6, 7]]


def test_a_prefix_ends_where_the_question_goes_on(
    family: InternVL, make_clip: Callable[..., Clip]
) -> None:
    text = f"Look: {family.video_token} and tell"
    short, long = (family.prefix(make_clip(count), text) for count in (2, 4))
    for prefix in (short, long):
        assert prefix.inputs["input_ids"].shape == (1, prefix.length)
        assert torch.equal(prefix.inputs[POSITIONS], torch.arange(prefix.length)[None])
        assert prefix.next_positions == (prefix.length,)
    assert len(long.inputs["pixel_values"]) == 2 * len(short.inputs["pixel_values"])
    assert long.length > short.length


def test_a_frame_size_for_a_model_of_one_size_is_refused(folder: Path) -> None:
    with pytest.raises(UserError) as caught:
        TransformersJudge(folder, device="cpu", max_pixels=4096)
    assert str(caught.value) == (
        "max_pixels: expected none, as InternVLForConditionalGeneration takes frames of one size "
        "only, got 4096"
    )
    assert TransformersJudge(folder, device="cpu").identity["max_pixels"] is None
