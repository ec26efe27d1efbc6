"""What the tiny judge can't read is said before a video is opened or a model loaded."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from evaluators.frames import Clip
from evaluators.judges import JudgeSpec, load_judge
from evaluators.judges.loading import refuse_questions
from evaluators.tiny.questions import refusal
from evaluators.world import make_scenes
from omiti2v.cli import app
from omiti2v.errors import UserError

PHOTOGRAPH = "Does a puppy trot into view?"
WriteFiles = Callable[[Path, int], tuple[Path, Path]]


def rendered() -> list[str]:
    return [q.question for scene in make_scenes(6, seed=1) for q in scene.sample.questions]


def test_it_reads_all_questions_about_rendered_shapes_and_none_about_a_photograph() -> None:
    for question in rendered():
        assert refusal([question]) is None
    assert refusal([PHOTOGRAPH, *rendered()]) is None
    line = str(refusal([PHOTOGRAPH, "Is the dog gone?"]))
    assert line.startswith("this judge knows only rendered shapes, and in each of the 2 questions")


def test_other_judges_refuse_nothing_and_no_question_is_no_reason() -> None:
    refuse_questions(JudgeSpec(model="openai:judge"), [PHOTOGRAPH])
    refuse_questions(JudgeSpec(model="tiny"), [])
    with pytest.raises(UserError, match=r"^--judge tiny: this judge knows only rendered shapes"):
        refuse_questions(JudgeSpec(model="tiny"), [PHOTOGRAPH])


def test_what_refuses_loads_no_torch() -> None:
    code = (
        "import sys; from evaluators.tiny.questions import refusal; assert refusal(['a puppy']);"
        "assert not {'torch', 'transformers', 'av'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_command_says_it_once_and_makes_no_run(write_files: WriteFiles, tmp_path: Path) -> None:
    edition, videos = write_files(tmp_path, 2)
    run = tmp_path / "run"
    options = ["--edition", str(edition), "-o", str(run), "--judge", "tiny", "--no-cache"]
    done = CliRunner().invoke(app, ["score", str(videos), *options])
    assert isinstance(done.exception, UserError)
    assert len(re.findall("only rendered shapes", str(done.exception))) == 1
    assert not run.exists()


def test_among_others_such_a_question_is_an_error_in_words() -> None:
    frames = np.zeros((8, 64, 64, 3), np.uint8)
    clip = Clip(frames, indices=np.arange(8), times=np.arange(8) / 8, fps=8.0)
    known, unknown = load_judge("tiny").judge(clip, [rendered()[0], PHOTOGRAPH])
    assert known.answer in ("yes", "no", "unknown")
    assert unknown.answer == "error"
    assert unknown.reason == "the question holds a word that this model does not know"
