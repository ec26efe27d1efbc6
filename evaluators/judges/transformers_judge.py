"""A judge that runs a video-language model with transformers, in either protocol."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, get_args

import torch
import transformers

from evaluators.answers import Rules
from evaluators.frames import Clip, FrameRule
from evaluators.judges.asking import FAILURES, Asker, FastAsker, PaperAsker, failure
from evaluators.judges.base import Judgement, fingerprint_of
from evaluators.judges.family import (
    Attention,
    Family,
    FamilyLoader,
    LoadOptions,
    family_for,
    load_family,
)
from evaluators.judges.prompt import ChatText, ControlTokenError, chat_text, question_tokens
from evaluators.judges.protocols import PRESETS, ProtocolName
from evaluators.judges.quantisation import Quantisation
from evaluators.judges.usage import Usage
from evaluators.judges.weights import (
    model_files,
    model_folder,
    one_line,
    only_files,
    read_config,
    weights_digest,
)
from omiti2v.errors import UserError
from omiti2v.extras import require_extra
from omiti2v.records import brief

logger = logging.getLogger(__name__)

Dtype = Literal["auto", "float32", "bfloat16", "float16"]


class TransformersJudge:
    """Answers questions with a video-language model; see `Judge`.

    In `fast`, the clip is read once and answers are read off the scores of the first answer token.
    In `paper`, one question a call, the model writes up to `max_new_tokens` tokens, which are
    parsed; there is no P(yes). What is None is taken from `protocols.PRESETS`.

    Args:
        model: A model's folder, or a hub id.
        revision: Commit, tag or branch; needed with a hub id.
        name: For tables; None takes it from `model`.
        protocol: "fast" or "paper".
        dtype: Float type of the weights; "auto" takes the one they are stored in.
        device: A torch device, or "auto" to spread the layers over what there is; None takes "cuda"
            where there is one, else "cpu".
        attention: The attention implementation.
        quantisation: Weights in fewer bits; None for as they are stored.
        max_pixels: Largest number of pixels of a frame; larger frames are scaled down. Models that
            know one size of frames only take none.
        frame_rule: The frames it looks at.
        prompt: Text after the video, with `{question}` in it once.
        threshold: `fast`: smallest probability in [0, 1] of yes and no together that counts as an
            answer.
        max_questions: `fast`: questions in one batch. More are faster and take more memory.
        parsing: `paper`: rules by which the text is read; None takes the paper's.
        max_new_tokens: `paper`: largest number of tokens of an answer.

    Raises:
        UserError: An option is not valid, or the model can't be found, loaded or read from.
    """

    def __init__(
        self,
        model: str | Path,
        *,
        revision: str | None = None,
        name: str | None = None,
        protocol: ProtocolName = "fast",
        dtype: Dtype = "auto",
        device: str | None = None,
        attention: Attention = "sdpa",
        quantisation: Quantisation | None = None,
        max_pixels: int | None = None,
        frame_rule: FrameRule | None = None,
        prompt: str | None = None,
        threshold: float = 0.5,
        max_questions: int = 16,
        parsing: Rules | None = None,
        max_new_tokens: int = 128,
    ) -> None:
        _check_choice("protocol", protocol, get_args(ProtocolName))
        _check_choice("dtype", dtype, get_args(Dtype))
        _check_choice("attention", attention, get_args(Attention))
        if quantisation is not None:
            _check_choice("quantisation", quantisation, get_args(Quantisation))
        if parsing is not None:
            _check_choice("parsing", parsing, get_args(Rules))
            if protocol == "fast":
                raise UserError(f"parsing: goes with the protocol paper, got {parsing} with fast")
        if not 0 <= threshold <= 1:
            raise UserError(f"threshold: expected a number from 0 to 1, got {brief(threshold)}")
        _check_count("max_questions", max_questions)
        _check_count("max_new_tokens", max_new_tokens)
        options = LoadOptions(
            dtype=dtype, device=_device(device), attention=attention, quantisation=quantisation
        )
        preset = PRESETS[protocol]
        prompt = preset.prompt if prompt is None else prompt
        self.frame_rule = preset.frame_rule if frame_rule is None else frame_rule
        folder = model_folder(model, revision=revision)
        self.name = name or (str(model).rsplit("/", 1)[-1] if revision else folder.resolve().name)
        loader = family_for(read_config(folder), where=folder)
        if max_pixels is None and not loader.fixed_size:
            max_pixels = preset.max_pixels
        self._family, digest = self._load(loader, folder, options, str(model), max_pixels)
        self._text = chat_text(self._family.processor, prompt, video_token=self._family.video_token)
        self._asker: Asker = (
            FastAsker(self._family, threshold=threshold, max_questions=max_questions)
            if protocol == "fast"
            else PaperAsker(
                self._family,
                stop=_stop_tokens(self._family, self._text),
                parsing=parsing or "paper",
                max_new_tokens=max_new_tokens,
            )
        )
        self._usage = Usage()
        self.identity: Mapping[str, object] = {
            "class": type(self).__name__,
            "model_class": self._family.architecture,
            "weights_sha256": digest,
            "dtype": str(self._family.model.dtype).removeprefix("torch."),
            "quantisation": quantisation,
            "protocol": protocol,
            "prompt": prompt,
            "frame_rule": str(self.frame_rule),
            "max_pixels": max_pixels,
            **self._asker.identity,
            # Positions and pixels of a video have changed between its releases.
            "transformers": transformers.__version__,
        }
        self.fingerprint = fingerprint_of(self.identity)

    def _load(
        self,
        loader: FamilyLoader,
        folder: Path,
        options: LoadOptions,
        name: str,
        max_pixels: int | None,
    ) -> tuple[Family, str]:
        """The model, loaded from nothing but the files that were hashed, and their digest."""
        files = model_files(folder)
        digest = weights_digest(files)
        logger.info("%s: weights %s, loading on %s", self.name, digest[:12], options.device)
        with only_files(files) as exact:
            family = load_family(loader, exact, options, name=name, max_pixels=max_pixels)
        return family, digest

    @property
    def usage(self) -> Usage:
        """The tokens of all calls so far."""
        return self._usage

    def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
        """Answer the questions about one clip, in their order.

        A question that holds a control token, and every question of a clip or a batch that fails
        (as for want of memory), is an `error` with its reason.
        """
        judgements: dict[int, Judgement] = {}
        suffixes: dict[int, list[int]] = {}
        for number, question in enumerate(questions):
            try:
                suffixes[number] = question_tokens(
                    self._family.tokenizer, question, tail=self._text.tail
                )
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
        except FAILURES as error:
            return [failure("the model can't read the video", error)] * len(suffixes)
        judgements, usage = self._asker.ask(prefix, suffixes)
        self._usage += usage + Usage(clips=1)
        return judgements


def _stop_tokens(family: Family, text: ChatText) -> frozenset[int]:
    """The tokens that end the model's turn: those its files name, and what ends a turn of a chat.

    Raises:
        UserError: There are none.
    """
    tokenizer = family.processor.tokenizer
    configured = getattr(family.model.config.get_text_config(decoder=True), "eos_token_id", None)
    named = configured if isinstance(configured, list) else [configured]
    stop: set[int] = {token for token in [*named, tokenizer.eos_token_id] if token is not None}
    after_turn = tokenizer.encode(text.tail.strip(), add_special_tokens=False)
    marks = set(tokenizer.get_added_vocab().values())
    stop.update([token for token in after_turn if token in marks][:1])
    if not stop:
        raise UserError(
            "tokenizer: expected a token that ends an answer, found none; use another model"
        )
    return frozenset(stop)


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UserError(f"{name}: expected one of {', '.join(choices)}, got {brief(value)}")


def _check_count(name: str, value: int) -> None:
    if value < 1:
        raise UserError(f"{name}: expected at least 1, got {brief(value)}")


def _device(device: str | None) -> str:
    if device is None:
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device == "auto":
        require_extra("device auto", "vlm", "accelerate")
        return device
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UserError(
            f"device: expected one that is here, as cpu, got {brief(device)}: {one_line(error)}"
        ) from None
    return device
