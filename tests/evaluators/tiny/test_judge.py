"""The judge that comes with the package: what it is unless told otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluators.frames import FrameRule
from evaluators.judges.from_spec import tiny_from_spec
from evaluators.tiny import FRAMES, SIDE, WEIGHTS
from evaluators.tiny.judge import FRAME_RULE, tiny_judge
from omiti2v.errors import UserError
from omiti2v.judge_spec import JudgeSpec


def test_the_packaged_judge_sees_eight_small_frames_in_float32() -> None:
    judge = tiny_judge()
    assert WEIGHTS.is_dir()
    assert judge.frame_rule == FRAME_RULE == FrameRule(count=8)
    assert FRAMES == 8
    assert judge.identity["dtype"] == "float32"
    assert judge.identity["max_pixels"] == SIDE * SIDE


def test_options_take_the_place_of_what_is_usual() -> None:
    spec = JudgeSpec(model="tiny", frames=3, threshold=0.2)
    judge = tiny_from_spec(spec)
    assert judge.name == "tiny"
    assert (judge.frame_rule, judge.identity["threshold"]) == (FrameRule(count=3), 0.2)
    assert judge.identity["max_pixels"] == SIDE * SIDE
    assert judge.fingerprint != tiny_judge().fingerprint


def test_it_has_one_name_and_no_other_model() -> None:
    with pytest.raises(UserError, match="tiny:large: expected tiny alone"):
        tiny_from_spec(JudgeSpec(model="tiny:large"))


def test_without_its_weights_it_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"config\.json: expected a model's folder"):
        tiny_judge(tmp_path)
