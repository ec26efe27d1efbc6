"""A judge that runs a video-language model with transformers, in the fast protocol."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, get_args

import torch
import transformers

from evaluators.frames import Clip, FrameRule
from evaluators.judges.answers import answer_tokens, judgement_from_logits
from evaluators.judges.base import Judgement, fingerprint_of
from evaluators.judges.family import Attention, family_for, load_family
from evaluators.judges.prompt import (
    DEFAULT_PROMPT,
    ControlTokenError,
    chat_text,
    question_tokens,
)
from evaluators.judges.shared_prefix import read_prefix, suffix_logits
from evaluators.judges.weights import (
    model_files,
    model_folder,
    one_line,
    only_files,
    read_config,
    weights_digest,
)
from omiti2v.errors import UserError
from omiti2v.records import brief

logger = logging.getLogger(__name__)

Dtype = Literal["auto", "float32", "bfloat16", "float16"]

DEFAULT_FRAME_RULE = FrameRule(fps=8, max_frames=64)
# 256 visual tokens for two frames: at most 8192 for a clip of 64.
DEFAULT_MAX_PIXELS = 256 * 28 * 28

# What a clip or a batch can do to a working judge: no memory, or a shape that the model refuses.
FAILURES = (RuntimeError, ValueError, MemoryError)


class TransformersJudge:
    """Answers questions from the model's scores for its first answer token; see `Judge`.

    Args:
        model: A model's folder, or a hub id.
        revision: Commit, tag or branch; needed with a hub id.
        dtype: Float type of the weights; "auto" takes the one they are stored in.
        device: A torch device; None takes "cuda" where there is one, else "cpu".
        attention: The attention implementation.
        max_pixels: Largest number of pixels of a frame; larger frames are scaled down.
        frame_rule: The frames it looks at.
        threshold: Smallest probability in [0, 1] of yes and no together that counts as an answer.
        prompt: Text after the video, with `{question}` in it once.
        max_questions: Questions in one batch. More are faster and take more memory.

    Raises:
        UserError: An option is not valid, or the model can't be found, loaded or read from.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        revision: str | None = None,
        dtype: Dtype = "auto",
        device: str | None = None,
        attention: Attention = "sdpa",
        max_pixels: int = DEFAULT_MAX_PIXELS,
        frame_rule: FrameRule = DEFAULT_FRAME_RULE,
        threshold: float = 0.5,
        prompt: str = DEFAULT_PROMPT,
        max_questions: int = 16,
    ) -> None:
        _check_choice("dtype", dtype, get_args(Dtype))
        _check_choice("attention", attention, get_args(Attention))
        if not 0 <= threshold <= 1:
            raise UserError(f"threshold: expected a number from 0 to 1, got {brief(threshold)}")
        if max_questions < 1:
            raise UserError(f"max_questions: expected at least 1, got {brief(max_questions)}")
        device = _device(device)
        folder = model_folder(model, revision=revision)
        files = model_files(folder)
        loader = family_for(read_config(folder), where=folder)
        self.name = str(model).rsplit("/", 1)[-1] if revision else folder.resolve().name
        digest = weights_digest(files)
        logger.info("%s: weights %s, loading on %s", self.name, digest[:12], device)
        with only_files(files) as exact:
            self._family = load_family(
                loader,
                exact,
                name=str(model),
                dtype=dtype,
                device=device,
                attention=attention,
                max_pixels=max_pixels,
            )
        self._threshold = threshold
        self._max_questions = max_questions
        self._answers = answer_tokens(self._family.tokenizer)
        self._text = chat_text(self._family.processor, prompt, video_token=self._family.video_token)
        self._tail = self._family.tokenizer.encode(self._text.tail, add_special_tokens=False)
        self.frame_rule = frame_rule
        self.identity: Mapping[str, object] = {
            "class": type(self).__name__,
            "model_class": self._family.architecture,
            "weights_sha256": digest,
            "dtype": str(self._family.model.dtype).removeprefix("torch."),
            "protocol": "fast",
            "prompt": prompt,
            "threshold": threshold,
            "frame_rule": str(frame_rule),
            "max_pixels": max_pixels,
            "answer_tokens": {"yes": list(self._answers.yes), "no": list(self._answers.no)},
            # Positions and pixels of a video have changed between its releases.
            "transformers": transformers.__version__,
        }
        self.fingerprint = fingerprint_of(self.identity)

    def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
        """Answer the questions about one clip, in their order.

        The clip is read once. A question that holds a control token, and every question of a clip
        or a batch that fails (as for want of memory), is an `error` with its reason.
        """
        judgements: dict[int, Judgement] = {}
        suffixes: dict[int, list[int]] = {}
        for number, question in enumerate(questions):
            try:
                suffixes[number] = question_tokens(self._family.tokenizer, question) + self._tail
            except ControlTokenError as error:
                judgements[number] = Judgement("error", reason=str(error))
        if suffixes:
            answers = self._answer(clip, list(suffixes.values()))
            judgements.update(zip(suffixes, answers, strict=True))
        return [judgements[number] for number in range(len(questions))]

    @torch.inference_mode()
    def _answer(self, clip: Clip, suffixes: list[list[int]]) -> list[Judgement]:
        try:
            prefix = self._family.prefix(clip, self._text.head)
            cache = read_prefix(self._family, prefix)
        except FAILURES as error:
            return [_failure("the model can't read the video", error)] * len(suffixes)
        answers: list[Judgement] = []
        for start in range(0, len(suffixes), self._max_questions):
            batch = suffixes[start : start + self._max_questions]
            try:
                logits = suffix_logits(self._family, prefix, cache, batch).cpu()
            except FAILURES as error:
                answers += [_failure("the model can't be asked", error)] * len(batch)
                continue
            answers += [
                judgement_from_logits(row, self._answers, threshold=self._threshold)
                for row in logits
            ]
        return answers


def _failure(what: str, error: BaseException) -> Judgement:
    reason = f"{what}: {one_line(error)}"
    logger.warning(reason)
    return Judgement("error", reason=reason)


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UserError(f"{name}: expected one of {', '.join(choices)}, got {brief(value)}")


def _device(device: str | None) -> str:
    if device is None:
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UserError(
            f"device: expected one that is here, as cpu, got {brief(device)}: {one_line(error)}"
        ) from None
    return device
