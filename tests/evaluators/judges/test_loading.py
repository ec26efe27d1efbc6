"""From a specification to a judge, and what importing the package costs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluators.frames import Clip
from evaluators.judges import load_judge
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
