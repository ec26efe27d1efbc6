"""The specification of a judge: from Python, from a file, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evaluators.judges import JudgeSpec, frame_rule_for
from omiti2v.errors import UserError
from omiti2v.judge_spec import read_judge_file


def test_what_is_given_is_what_differs_from_nothing_said() -> None:
    assert JudgeSpec(model="tiny", protocol="fast").given == {}
    assert JudgeSpec(model="tiny", protocol="paper", fps=4).given == {"protocol": "paper", "fps": 4}


def test_what_follows_the_colon_is_the_target() -> None:
    assert JudgeSpec(model="openai:owner/model:7b").target == "owner/model:7b"
    assert JudgeSpec(model="tiny").target == ""


def test_a_file_gives_the_same_with_the_british_form_too(tmp_path: Path) -> None:
    path = tmp_path / "judge.yaml"
    path.write_text("model: owner/name@main\nquantisation: int8\noptions: {depth: 3}\n")
    spec = JudgeSpec(model="owner/name@main", quantization="int8", options={"depth": 3})
    assert JudgeSpec.read(path) == spec
    assert read_judge_file(path)["quantization"] == "int8"
    path.write_text('{"model": "tiny", "frames": 3}')
    assert str(frame_rule_for(JudgeSpec.read(path))) == "count=3"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("model: tiny\nquantity: 3\n", "quantity: unknown field"),
        ("frames: 3\n", "model: field required"),
        ("model: tiny\nframes: 0\n", "frames: input should be greater than or equal to 1, got 0"),
        ("model: tiny\nfps: .inf\n", "a value is not text, a number, a list or a map"),
        ("model: tiny\nprotocol: slow\n", "protocol: input should be 'fast' or 'paper'"),
        ("- tiny\n", "expected fields as `name: ...`, got list"),
        ("1: tiny\n", "expected a judge's options by name, as model: FOLDER"),
        ("model: tiny\nframes: true\n", "frames: input should be a valid integer, got True"),
        ("model: ''\n", "model: string should have at least 1 character"),
        ("model: tiny\nprompt: " + "[" * 5000, "not valid YAML"),
        ("model: t\nquantization: int8\nquantisation: nf4\n", "give one of the two"),
        ("model: [", "not valid YAML"),
        (b"\xff\xfe\x00", "not valid YAML"),
    ],
)
def test_a_file_that_is_wrong_is_one_line(
    tmp_path: Path, content: str | bytes, complaint: str
) -> None:
    path = tmp_path / "judge.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(UserError) as caught:
        JudgeSpec.read(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="can't be read: No such file"):
        JudgeSpec.read(tmp_path / "judge.yaml")


def test_two_ways_of_choosing_frames_exclude_each_other() -> None:
    with pytest.raises(UserError, match="expected one of fps and frames"):
        frame_rule_for(JudgeSpec(model="tiny", fps=2, frames=3))


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"model": "tiny", "base_url": "http://x/v1"}, "tiny: --base-url goes with --judge openai"),
        ({"model": "openai:m", "dtype": "float32"}, "openai:m: --dtype is for models on this mach"),
        ({"model": "tiny", "options": {"depth": 3}}, "options is for judges of other packages"),
        ({"model": "openai:m"}, "openai:m: expected --base-url"),
        ({"model": "openai:", "base_url": "http://x/v1"}, "expected openai:MODEL"),
        (
            {"model": "openai:m", "base_url": "http://x/v1", "options": {"depth": 3}},
            "openai:m: options: TypeError: got an unexpected keyword argument 'depth'",
        ),
        ({"model": "tiny:other"}, "expected tiny alone"),
        ({"model": "tiny", "max_new_tokens": 3}, "--max-new-tokens goes with --protocol paper"),
        ({"model": "tiny", "protocol": "paper", "threshold": 0.3}, "goes with --protocol fast"),
    ],
)
def test_options_of_another_kind_of_judge_are_refused(
    fields: dict[str, Any], complaint: str
) -> None:
    from evaluators.judges import load_judge

    with pytest.raises(UserError, match=complaint):
        load_judge(JudgeSpec(**fields))
