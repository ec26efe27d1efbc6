"""Positions in Qwen2-VL and Qwen2.5-VL, and the video as the authors' evaluator hands it over."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch
from reference_positions import reference_positions

from evaluators.frames import Clip, FrameRule
from evaluators.judges.decoding import decode_greedily
from evaluators.judges.family import POSITIONS
from evaluators.judges.qwen2_5_vl import Qwen25VL
from evaluators.judges.qwen2_vl import video_positions
from evaluators.judges.transformers_judge import TransformersJudge

VIDEO, TEXT = 9, 1


@pytest.fixture(scope="module")
def family(random_judge: TransformersJudge) -> Qwen25VL:
    family = random_judge.family
    assert isinstance(family, Qwen25VL)
    return family


def positions(
    grid: Sequence[int], *, seconds: float, rate: int = 2, before: int = 3, after: int = 4
) -> torch.Tensor:
    tokens = [TEXT] * before + [VIDEO] * (grid[0] * grid[1] * grid[2] // 4) + [TEXT] * after
    ours = video_positions(
        torch.tensor(tokens) == VIDEO,
        torch.tensor(grid),
        merge=2,
        seconds=torch.tensor(seconds),
        rate=rate,
    )
    per_step = float(torch.tensor(seconds)) * rate
    defined = reference_positions(tokens, video_token=VIDEO, grid=grid, positions_per_step=per_step)
    assert torch.equal(ours[:, None], defined)
    return ours


@pytest.mark.parametrize("grid", [(1, 2, 2), (3, 4, 12), (20, 20, 36), (40, 6, 6), (7, 30, 2)])
@pytest.mark.parametrize("seconds", [1.0, 0.25, 0.2, 4 / 3, 2 / 29.97, 50.0])
@pytest.mark.parametrize("rate", [2, 25])
def test_positions_are_those_of_the_definition(
    grid: tuple[int, int, int], seconds: float, rate: int
) -> None:
    positions(grid, seconds=seconds, rate=rate)
    positions(grid, seconds=seconds, rate=rate, before=0, after=0)


def test_text_comes_after_the_last_step_of_time_of_a_long_video() -> None:
    # 7.5 s of square frames at 4 pairs a second.
    assert positions((30, 24, 24), seconds=0.25)[0, -4] - 3 == 15
    # A short one of 8 tokens a side: text follows the side, as in all releases of transformers.
    assert positions((4, 16, 16), seconds=0.25)[0, -4] - 3 == 8


def test_a_prefix_has_these_positions_and_the_answer_goes_on_from_there(
    family: Qwen25VL, make_clip: Callable[..., Clip]
) -> None:
    text = f"a {family.video_token} b"
    for clip in (make_clip(4, fps=1.0), make_clip(9, fps=0.5)):
        prefix = family.prefix(clip, text)
        inputs = prefix.inputs
        defined = reference_positions(
            inputs["input_ids"][0].tolist(),
            video_token=family.model.config.video_token_id,
            grid=inputs["video_grid_thw"][0].tolist(),
            positions_per_step=float(inputs["second_per_grid_ts"][0]) * 2,
        )
        assert torch.equal(inputs[POSITIONS], defined)
        assert prefix.next_positions == (int(defined.max()) + 1,)


def test_what_is_written_goes_on_from_the_largest_position(
    family: Qwen25VL, make_clip: Callable[..., Clip]
) -> None:
    prefix = family.prefix(make_clip(9, fps=0.1), f"a {family.video_token} b")
    config = family.model.config
    with torch.inference_mode():
        written = list(decode_greedily(family, prefix, stop=(), limit=6).tokens)
        # Each token again, from the whole text before it and its positions by definition.
        for number, token in enumerate(written):
            tokens = prefix.inputs["input_ids"][0].tolist() + written[:number]
            inputs = {
                name: prefix.inputs[name] for name in ("pixel_values_videos", "video_grid_thw")
            }
            place = reference_positions(
                tokens,
                video_token=config.video_token_id,
                grid=inputs["video_grid_thw"][0].tolist(),
                positions_per_step=float(prefix.inputs["second_per_grid_ts"][0]) * 2,
            )
            logits = family.model(
                input_ids=torch.tensor([tokens]), position_ids=place, use_cache=False, **inputs
            ).logits
            assert int(logits[0, -1].argmax()) == token


def test_the_fingerprint_tells_these_positions_from_those_of_the_library(
    random_judge: TransformersJudge,
) -> None:
    assert random_judge.identity["positions"] == 2
    assert "video_inputs" not in random_judge.identity


def test_a_video_of_one_step_of_time_has_the_same_in_both(family: Qwen25VL) -> None:
    assert family.identity_of(FrameRule(count=2)) == {}
    assert family.identity_of(FrameRule(fps=8, max_frames=2)) == {}
    for rule in (FrameRule(count=3), FrameRule(fps=8)):
        assert family.identity_of(rule) == {"positions": 2}


def test_the_authors_pass_no_rate_and_small_frames_are_enlarged(
    family: Qwen25VL, make_clip: Callable[..., Clip]
) -> None:
    text = f"a {family.video_token} b"
    slow, fast = (
        family.authors_prefix(make_clip(4, height=48, width=64, fps=fps), text)
        for fps in (1.0, 30.0)
    )
    assert slow.inputs["second_per_grid_ts"].tolist() == [1.0]
    assert slow.inputs["video_grid_thw"].tolist() == [[2, 20, 28]]
    for name, value in slow.inputs.items():
        assert torch.equal(value, fast.inputs[name])
