"""From a specification to a judge, and what importing the package costs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from evaluators.frames import Clip, FrameRule
from evaluators.judges import Judgement, JudgeSpec, fingerprint_of, frame_rule_for, load_judge
from evaluators.judges.loading import is_own_object
from evaluators.tiny.judge import tiny_judge
from omiti2v.errors import UserError


def test_importing_judges_imports_neither_torch_nor_transformers() -> None:
    code = (
        "import sys, evaluators.judges; "
        "print([n for n in ('torch', 'transformers', 'huggingface_hub') if n in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (result.stdout.strip(), result.stderr) == ("[]", "")


def test_a_local_folder_becomes_a_judge_that_answers(
    random_qwen: Path, make_clip: Callable[..., Clip]
) -> None:
    judge = load_judge(str(random_qwen), max_questions=1, threshold=0.0)
    (judgement,) = judge.judge(make_clip(), ["Is there a red cup?"])
    assert judgement.answer in ("yes", "no")


@pytest.mark.parametrize("module", ["torch", "torchvision", "transformers"])
def test_a_missing_extra_gives_the_pip_command(
    monkeypatch: pytest.MonkeyPatch, random_qwen: Path, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # makes the import fail as if not installed
    with pytest.raises(UserError) as caught:
        load_judge(str(random_qwen))
    assert str(caught.value) == (
        f'{random_qwen} needs {module}, which is not installed: pip install "omiti2v[vlm]"'
    )


def test_a_hub_id_without_a_revision_is_refused() -> None:
    with pytest.raises(UserError, match="a hub id needs its revision"):
        load_judge("owner/name")


def test_the_tiny_judge_without_its_weights_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        tiny_judge(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_tiny_judge_comes_by_its_name_with_its_own_settings(
    make_clip: Callable[..., Clip],
) -> None:
    judge = load_judge("tiny")
    assert judge.name == "tiny"
    assert str(judge.frame_rule) == "count=8"
    assert judge.identity["max_pixels"] == 64 * 64
    (judgement,) = judge.judge(make_clip(8), ["Is there a red circle?"])
    assert judgement.answer in ("yes", "no", "unknown")
    assert load_judge("tiny", threshold=0.4).fingerprint != judge.fingerprint


class Whole:
    """A judge with all that one must have, and one option of its own."""

    name = "whole"
    frame_rule = FrameRule(count=2)

    def __init__(self, *, depth: int = 1) -> None:
        self.identity = {"class": "Whole", "depth": depth}
        self.fingerprint = fingerprint_of(self.identity)

    def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
        return [Judgement("yes") for _ in questions]


@pytest.fixture
def mine(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module `mine_of_the_test`, with nothing in it."""
    module = ModuleType("mine_of_the_test")
    monkeypatch.setitem(sys.modules, "mine_of_the_test", module)
    return module


def test_a_class_without_a_spec_gets_its_options_by_name(mine: Any) -> None:
    mine.Judge = Whole
    assert load_judge("mine_of_the_test:Judge").identity["depth"] == 1
    judge = load_judge("mine_of_the_test:Judge", options={"depth": 3}, device="cuda:0")
    assert judge.identity["depth"] == 3
    with pytest.raises(UserError, match="--fps has no effect on a judge that does not take its J"):
        load_judge("mine_of_the_test:Judge", fps=3)
    with pytest.raises(UserError, match=r"can't be made: TypeError: .*'width'"):
        load_judge("mine_of_the_test:Judge", options={"width": 3})


def test_a_function_gets_the_spec(mine: Any) -> None:
    mine.make = lambda spec: Whole(depth=spec.frames)
    assert load_judge("mine_of_the_test:make", frames=7).identity["depth"] == 7


@pytest.mark.parametrize("attribute", ["name", "frame_rule", "identity", "fingerprint"])
def test_what_a_judge_lacks_is_one_line(mine: Any, attribute: str) -> None:
    class Lacking(Whole):
        def __init__(self) -> None:
            super().__init__()
            setattr(self, attribute, None)

    mine.Judge = Lacking
    with pytest.raises(UserError, match=f"mine_of_the_test:Judge: Lacking.{attribute}: expected"):
        load_judge("mine_of_the_test:Judge")


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("identity", {"x": object()}),
        ("identity", {1: 2}),
        ("identity", {"x": float("nan")}),
        ("fingerprint", ""),
        ("fingerprint", "abc"),
    ],
)
def test_what_a_log_could_not_hold_is_one_line(mine: Any, attribute: str, value: object) -> None:
    class Odd(Whole):
        def __init__(self) -> None:
            super().__init__()
            setattr(self, attribute, value)

    mine.Judge = Odd
    with pytest.raises(UserError, match=f"mine_of_the_test:Judge: Odd.{attribute}: expected"):
        load_judge("mine_of_the_test:Judge")


def test_a_judge_that_exits_is_one_line(mine: Any) -> None:
    mine.Judge = lambda spec: sys.exit(3)
    with pytest.raises(UserError, match="can't be made: SystemExit: 3"):
        load_judge("mine_of_the_test:Judge")


def test_a_judge_that_can_not_judge_is_one_line(mine: Any) -> None:
    mine.Judge = type("Mute", (Whole,), {"judge": None})
    with pytest.raises(UserError, match="expected a method judge"):
        load_judge("mine_of_the_test:Judge")
    mine.Judge = 3
    with pytest.raises(UserError, match="expected a class or a function that makes a judge"):
        load_judge("mine_of_the_test:Judge")


def test_a_folder_goes_before_an_object_and_a_registered_name_before_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert is_own_object("mine_of_the_test:Judge")
    assert not is_own_object("openai:Judge")
    (tmp_path / "mine_of_the_test:Judge").mkdir()
    assert not is_own_object("mine_of_the_test:Judge")
    with pytest.raises(UserError, match=r"config\.json"):
        load_judge("mine_of_the_test:Judge")


def test_a_model_s_folder_may_have_the_kind_s_name_before_it(random_qwen: Path) -> None:
    judge = load_judge(f"transformers:{random_qwen}", device="cpu")
    assert judge.fingerprint == load_judge(str(random_qwen), device="cpu").fingerprint


def test_frames_are_those_asked_for_or_the_protocols_own() -> None:
    def rule(**fields: Any) -> str:
        return str(frame_rule_for(JudgeSpec(model="tiny", **fields)))

    assert rule(protocol="paper") == "None"
    assert rule(protocol="paper", fps=2) == "fps=2,max=768,pairs"
    assert rule(fps=2.5) == "fps=2.5,max=64"
    assert rule(frames=5) == "count=5"


@pytest.mark.parametrize(("fps", "frames"), [(2, 3), (0, None), (float("nan"), None), (None, -1)])
def test_frames_that_make_no_sense_are_one_line(fps: float | None, frames: int | None) -> None:
    with pytest.raises(UserError, match="expected"):
        frame_rule_for(JudgeSpec(model="tiny", fps=fps, frames=frames))
