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
import numpy as np
import pytest
import torch
from released import RELEASED_JUDGES, shared
from transformers import AutoModelForImageTextToText, AutoProcessor

from evaluators.frames import Clip, decode_video, sample_frames
from evaluators.judges.prompt import DEFAULT_PROMPT
from evaluators.judges.protocols import PROTOCOL_DEFAULTS
from evaluators.judges.transformers_judge import TransformersJudge
from evaluators.scoring import ScoringOptions, score_submission
from omiti2v.editions import Edition, load_edition_folder
from omiti2v.judge_spec import ProtocolName
from omiti2v.runs import Run, read_run
from omiti2v.submissions import read_submission

TOLERANCE = 1e-3
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


@pytest.fixture(scope="module", params=RELEASED_JUDGES)
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


def rendered(processor: Any, prompt: str) -> str:
    content = [{"type": "video"}, {"type": "text", "text": prompt}]
    chat = [{"role": "user", "content": content}]
    return str(processor.apply_chat_template(chat, add_generation_prompt=True))


class Stock:
    """A checkpoint loaded and asked with transformers' auto classes alone."""

    def __init__(self, checkpoint: Path) -> None:
        self.model = AutoModelForImageTextToText.from_pretrained(
            checkpoint, dtype=torch.float32
        ).eval()
        self.processor = AutoProcessor.from_pretrained(checkpoint)

    @torch.inference_mode()
    def chances(self, clip: Clip, question: str) -> torch.Tensor:
        """Probabilities of the next token, shape (vocabulary,)."""
        frames, count = clip.frames, len(clip.frames)
        text = rendered(self.processor, DEFAULT_PROMPT.replace("{question}", question))
        metadata: dict[str, Any] = {
            "total_num_frames": count,
            "fps": clip.fps,
            "duration": count / clip.fps,
            "frames_indices": list(range(count)),
        }
        size: dict[str, Any] = {}
        largest = PROTOCOL_DEFAULTS["fast"].max_pixels
        kind = self.model.config.model_type
        if kind == "qwen2_5_vl":
            size = {"size": {"shortest_edge": 56 * 56, "longest_edge": largest}}
        if kind == "qwen3_vl":
            # The release's own processor wrote marks around each pair only; its bound is on all.
            marks = ("<|vision_start|><|video_pad|><|vision_end|>", "<|video_pad|>")
            text = text.replace(*marks)
            frames = np.concatenate([frames, frames[count - count % 2 : count]])
            metadata["frames_indices"] = [round(1000 * time) for time in clip.times]
            metadata["fps"] = 1000
            smallest = min(self.processor.video_processor.size["shortest_edge"], largest * count)
            size = {"size": {"shortest_edge": smallest, "longest_edge": largest * len(frames)}}
        inputs = self.processor(
            text=[text],
            videos=[frames],
            video_metadata=[metadata],
            do_sample_frames=False,
            return_tensors="pt",
            **size,
        )
        return self.model(**inputs).logits[0, -1].float().softmax(dim=-1)


def test_it_reads_what_the_chat_template_renders(checkpoint: Path) -> None:
    judge = TransformersJudge(checkpoint, dtype="float32", device="cpu")
    question = "Is there a cat on the bench?"
    whole = judge._text.head + question + judge._text.tail
    processor = AutoProcessor.from_pretrained(checkpoint)
    assert whole == rendered(processor, DEFAULT_PROMPT.replace("{question}", question))


@pytest.mark.slow
def test_fast_scores_real_videos_as_a_plain_pass_does(
    checkpoint: Path, stock: Stock, videos: Path, edition: Edition, tmp_path: Path
) -> None:
    judge, run = scored(checkpoint, "fast", videos, edition, tmp_path / "run")
    tokens = judge.identity["answer_tokens"]
    assert isinstance(tokens, dict)
    assert len(run.responses) == 9 and {row.sample_id for row in run.responses} == set(NAMES)
    for name in NAMES:
        clip = sample_frames(decode_video(videos / f"{name}.mp4"), judge.frame_rule)
        row = next(row for row in run.responses if row.sample_id == name)
        question = next(q for q in edition.by_id[name].questions if q.id == row.question_id)
        chances = stock.chances(clip, question.question)
        yes, no = (float(chances[tokens[word]].sum()) for word in ("yes", "no"))
        assert row.p_yes == pytest.approx(yes / (yes + no), abs=TOLERANCE)


@pytest.mark.slow
def test_paper_writes_an_answer_to_every_question(
    checkpoint: Path, videos: Path, edition: Edition, tmp_path: Path
) -> None:
    _, run = scored(checkpoint, "paper", videos, edition, tmp_path / "run")
    assert len(run.responses) == 9
    assert {row.answer for row in run.responses} <= {"yes", "no", "unknown"}
    assert all(row.p_yes is None for row in run.responses)
