"""Checkpoints of released models, with random layers, on real videos in every protocol.

Tokenizer, chat template, processor settings and vocabulary are those that the releases ship, so
what the model is told and where its answer is read are the real ones. The reference is the model
asked as transformers' own documentation does, one question a pass, without any code of ours.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest
from released import RELEASED_JUDGES, shared
from stock import Stock, p_yes_and_mass

from evaluators.frames import Clip, decode_video, sample_frames
from evaluators.judges.prompt import DEFAULT_PROMPT
from evaluators.judges.protocols import PROTOCOL_DEFAULTS
from evaluators.judges.transformers_judge import TransformersJudge
from evaluators.scoring import ScoringOptions, score_submission
from omiti2v.editions import Edition, load_edition_folder
from omiti2v.judge_spec import ProtocolName
from omiti2v.prompt_file import PLACE
from omiti2v.runs import Run, read_run
from omiti2v.submissions import read_submission

TOLERANCE = 1e-3
ALWAYS = ("Qwen2.5-VL-7B-Instruct", "InternVL3-1B-hf")
"""Tested in short runs too."""
NAMES = ("Framepack-2", "Framepack_f1-1", "Wan2.1-2")
"""181 frames at 30 a second, 181 at 24, 81 at 16; three sizes."""
DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("videos")
    for name in NAMES:
        family, number = name.rsplit("-", 1)
        source = shared("demo-videos") / family / "original" / f"{number}.mp4"
        shutil.copy(source, folder / f"{name}.mp4")
    (folder / "submission.yaml").write_text("name: demo\n")
    return folder


@pytest.fixture(scope="module")
def edition(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Edition:
    """Three samples with their first frames as reference images, and our own questions."""
    folder = tmp_path_factory.mktemp("edition")
    (folder / "images").mkdir()
    rows = (DATA / "demo_videos_samples.jsonl").read_text().splitlines()
    rows = [row for row in rows if json.loads(row)["id"] in NAMES]
    (folder / "samples.jsonl").write_text("\n".join(rows) + "\n")
    for name in NAMES:
        with av.open(videos / f"{name}.mp4") as container:
            next(container.decode(video=0)).to_image().save(folder / "images" / f"{name}.png")
    return load_edition_folder(folder)


@pytest.fixture(
    scope="module",
    params=[
        name if name in ALWAYS else pytest.param(name, marks=pytest.mark.slow)
        for name in RELEASED_JUDGES
    ],
)
def checkpoint(request: pytest.FixtureRequest, released_checkpoint: Callable[[str], Path]) -> Path:
    return released_checkpoint(request.param)


def scored(
    checkpoint: Path, protocol: ProtocolName, videos: Path, edition: Edition, run: Path
) -> tuple[TransformersJudge, Run]:
    # Random weights give yes and no next to no probability, and never end a written answer.
    options: dict[str, Any] = {"threshold": 0.0} if protocol == "fast" else {"max_new_tokens": 4}
    judge = TransformersJudge(
        checkpoint, protocol=protocol, dtype="float32", device="cpu", **options
    )
    score_submission(
        read_submission(videos, edition),
        edition,
        run,
        judge=judge,
        cache=None,
        options=ScoringOptions(metrics=(), resamples=100),
    )
    return judge, read_run(run)


@pytest.fixture(scope="module")
def stock(checkpoint: Path) -> Stock:
    return Stock(checkpoint)


def expected_p_yes(stock: Stock, clip: Clip, question: str, tokens: Any) -> float:
    """P(yes) by a stock call, told the bound on pixels as the processor's own option."""
    options: dict[str, Any] = {}
    largest, count = PROTOCOL_DEFAULTS["fast"].max_pixels, len(clip.frames)
    kind = stock.model.config.model_type
    if kind == "qwen2_5_vl":
        options = {"size": {"shortest_edge": 56 * 56, "longest_edge": largest}}
    if kind == "qwen3_vl":
        # The bound is on all frames together.
        smallest = min(stock.processor.video_processor.size["shortest_edge"], largest * count)
        size = {"shortest_edge": smallest, "longest_edge": largest * (count + count % 2)}
        times = [round(1000 * time) for time in clip.times]
        metadata = {"frames_indices": times, "fps": 1000}
        options = {"size": size, "marked": True, "metadata": metadata}
    inputs = stock.inputs(clip, DEFAULT_PROMPT.replace(PLACE, question), **options)
    return p_yes_and_mass(stock.logits(inputs), tokens)[0]


def test_it_reads_what_the_chat_template_renders(checkpoint: Path, stock: Stock) -> None:
    judge = TransformersJudge(checkpoint, dtype="float32", device="cpu")
    question = "Is there a cat on the bench?"
    assert judge.text_of(question) == stock.rendered(DEFAULT_PROMPT.replace(PLACE, question))


@pytest.mark.slow
def test_fast_scores_real_videos_as_a_plain_pass_does(
    checkpoint: Path, stock: Stock, videos: Path, edition: Edition, tmp_path: Path
) -> None:
    judge, run = scored(checkpoint, "fast", videos, edition, tmp_path / "run")
    tokens = judge.identity["answer_tokens"]
    assert len(run.responses) == 9 and {row.sample_id for row in run.responses} == set(NAMES)
    for name in NAMES:
        clip = sample_frames(decode_video(videos / f"{name}.mp4"), judge.frame_rule)
        row = next(row for row in run.responses if row.sample_id == name)
        question = next(q for q in edition.by_id[name].questions if q.id == row.question_id)
        p_yes = expected_p_yes(stock, clip, question.question, tokens)
        assert row.p_yes == pytest.approx(p_yes, abs=TOLERANCE)


@pytest.mark.slow
def test_paper_writes_an_answer_to_every_question(
    checkpoint: Path, videos: Path, edition: Edition, tmp_path: Path
) -> None:
    _, run = scored(checkpoint, "paper", videos, edition, tmp_path / "run")
    assert len(run.responses) == 9
    assert {row.answer for row in run.responses} <= {"yes", "no", "unknown"}
    assert all(row.p_yes is None for row in run.responses)
