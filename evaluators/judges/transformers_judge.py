"""A judge that runs a video-language model with transformers, in either protocol."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast, get_args

import torch
import transformers

from evaluators.answers import Rules
from evaluators.frames import Clip, FrameRule
from evaluators.judges.answer_tokens import answer_tokens
from evaluators.judges.base import Judgement, Prepared, fingerprint_of
from evaluators.judges.families import family_for
from evaluators.judges.family import (
    Family,
    FamilyLoader,
    LoadOptions,
    check_context,
    identity_of,
    load_family,
)
from evaluators.judges.generation_settings import (
    GENERATION_CONFIG,
    GenerationSettings,
    read_generation_settings,
    stop_tokens,
)
from evaluators.judges.option_checks import check_choice, check_counts, check_parsing, check_range
from evaluators.judges.prepared_clip import PreparedClip
from evaluators.judges.prompt import (
    ChatText,
    ControlTokenError,
    QuestionTokens,
    after_control_tokens,
    chat_text,
    wording_of,
)
from evaluators.judges.protocol_runners import (
    FAILURES,
    ClipQuestions,
    FastProtocol,
    PaperProtocol,
    failure,
)
from evaluators.judges.protocols import ONE_FRAME, PROTOCOL_DEFAULTS
from evaluators.judges.usage import Usage
from evaluators.thoughts import Thinking
from omiti2v.errors import UserError, one_line
from omiti2v.extras import require_extra
from omiti2v.hub import model_folder
from omiti2v.judge_spec import Attention, Dtype, ProtocolName, Quantization
from omiti2v.model_files import (
    MODEL_FILES,
    model_files,
    only_files,
    read_config,
    weights_digest,
)
from omiti2v.prompt_file import check_template
from omiti2v.records import brief
from omiti2v.safe_text import name_as_text

logger = logging.getLogger(__name__)

_THINKING: dict[Thinking, dict[str, str]] = {
    "open": {"thinking": "first"},
    "closed": {"thinking": "off"},
    "none": {},
}
"""What the identity says of a template's thoughts."""


class TransformersJudge:
    """Answers questions with a video-language model; see `BatchJudge`.

    In `fast`, the clip is read once and answers are read off the scores of the first answer token.
    In `paper`, one question a call, the model writes up to `max_new_tokens` tokens, which are
    parsed; there is no P(yes). The video is read for each question, of one clip after another. What
    is None is taken from `protocols.PROTOCOL_DEFAULTS`.

    Args:
        model: A model's folder, or a hub id.
        revision: Commit, tag or branch; needed with a hub id.
        name: For tables; None takes it from `model`.
        protocol: "fast" or "paper".
        dtype: Float type of the weights; "auto" takes the one they are stored in.
        device: A torch device, or "auto" to spread the layers over what there is; None takes "cuda"
            where there is one, else "cpu".
        attention: The attention implementation.
        quantization: Weights in fewer bits; None for as they are stored.
        max_pixels: Largest number of pixels of a frame; larger frames are scaled down. Models that
            know one size of frames only take none.
        frame_rule: The frames it looks at.
        prompt: Text after the video, with `{question}` in it once.
        threshold: `fast`: smallest probability in [0, 1] of yes and no together that counts as an
            answer.
        max_questions: `fast`: questions in one batch. More are faster and take more memory.
        batch_clips: `fast`: clips in one batch, as far as they have as many tokens each; answers
            don't depend on it. Where a batch fails, as for want of memory, its clips are taken
            singly. A model that can't share the video between questions takes one at a time.
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
        quantization: Quantization | None = None,
        max_pixels: int | None = None,
        frame_rule: FrameRule | None = None,
        prompt: str | None = None,
        threshold: float = 0.5,
        max_questions: int = 16,
        batch_clips: int = 8,
        parsing: Rules | None = None,
        max_new_tokens: int = 128,
    ) -> None:
        check_choice("protocol", protocol, get_args(ProtocolName))
        check_choice("dtype", dtype, get_args(Dtype))
        check_choice("attention", attention, get_args(Attention))
        check_choice("quantization", quantization, get_args(Quantization))
        check_choice("parsing", parsing, get_args(Rules))
        check_parsing(parsing, protocol)
        check_range("threshold", threshold, 0, 1)
        check_counts(
            max_questions=max_questions, batch_clips=batch_clips, max_new_tokens=max_new_tokens
        )
        defaults = PROTOCOL_DEFAULTS[protocol]
        prompt = defaults.prompt if prompt is None else prompt
        check_template(prompt)
        options = LoadOptions(
            dtype=dtype,
            device=_device(device),
            attention=attention,
            quantization=quantization,
            check=lambda family: self._chat_text(family, prompt, protocol),
        )
        self.frame_rule = defaults.frame_rule if frame_rule is None else frame_rule
        patterns = (*MODEL_FILES, GENERATION_CONFIG)
        folder = model_folder(model, revision=revision, patterns=patterns, extra="vlm")
        self.name = name or (
            str(model).rsplit("/", 1)[-1] if revision else name_as_text(folder.resolve().name)
        )
        loader = family_for(read_config(folder), where=folder)
        if max_pixels is None and not loader.fixed_size:
            max_pixels = defaults.max_pixels
        fast = protocol == "fast"  # which uses nothing of these settings
        written = GenerationSettings() if fast else read_generation_settings(folder)
        self._family, digest = self._load(loader, folder, options, str(model), max_pixels)
        self._text = self._chat_text(self._family, prompt, protocol)
        by_line: dict[str, str] = {}
        if not getattr(self._family, "own_positions", True):
            self._head, lead, video = self._text.head, self._text.head, self._family.video_token
        else:  # `paper`, whose questions share nothing, as one text, as the authors do
            video = None
            self._head, lead = after_control_tokens(
                self._text.head,
                self._family.tokenizer,
                video_token=self._family.video_token,
                line=fast,
            )
            # Only where there is something to say: other prompts have the tokens that they had.
            by_line = {"question_tokens": "with its line"} if fast and lead else {}
        self._suffix = QuestionTokens(
            self._family.tokenizer, lead=lead, tail=self._text.tail, video_token=video
        )
        self._runner: FastProtocol | PaperProtocol
        if fast:
            self._runner = FastProtocol(
                self._family,
                threshold=threshold,
                max_questions=max_questions,
                batch_clips=batch_clips,
            )
        else:
            self._runner = PaperProtocol(
                self._family,
                stop=stop_tokens(self._family, self._text) | written.stop,
                penalty=written.repetition_penalty,
                parsing=parsing or "paper",
                max_new_tokens=max_new_tokens,
                thinking=self._text.thinking == "open",
            )
        self._usage = Usage()
        self.identity: Mapping[str, object] = {
            "class": type(self).__name__,
            "model_class": self._family.architecture,
            "weights_sha256": digest,
            "dtype": str(self._family.model.dtype).removeprefix("torch."),
            "quantisation": quantization,  # its name on disk
            "protocol": protocol,
            "prompt": prompt,
            **({"prompt_wording": wording_of(prompt)} if protocol == "paper" else {}),
            "frame_rule": str(self.frame_rule),
            "max_pixels": max_pixels,
            **self._runner.identity,
            **by_line,
            **_THINKING[self._text.thinking],
            **identity_of(self._family, self.frame_rule),
            # Positions and pixels of a video have changed between its releases.
            "transformers": transformers.__version__,
        }
        self.fingerprint = fingerprint_of(self.identity)

    def _chat_text(self, family: Family, prompt: str, protocol: ProtocolName) -> ChatText:
        """The rendered prompt; in `fast`, of a model that may think, without the thought.

        Needs no weights.

        Raises:
            UserError: The prompt can't be rendered, or in `fast` the model always thinks first, or
                has no tokens for yes and no.
        """
        text = chat_text(
            family.processor,
            prompt,
            video_token=family.video_token,
            thinking=protocol == "paper",
        )
        if protocol == "fast":
            answer_tokens(family.tokenizer)
        if protocol == "fast" and text.thinking == "open":
            raise UserError(
                f"{self.name}: thinks before it answers, which its chat template can't leave out, "
                "and so its first token says nothing; use --protocol paper, or a model that "
                "answers at once"
            )
        return text

    def _load(
        self,
        loader: FamilyLoader,
        folder: Path,
        options: LoadOptions,
        name: str,
        max_pixels: int | None,
    ) -> tuple[Family, str]:
        """The model, loaded from nothing but the files that are hashed, and their digest."""
        files = model_files(folder)
        logger.info("%s: loading on %s", self.name, options.device)
        with only_files(files) as exact:
            family = load_family(loader, exact, options, name=name, max_pixels=max_pixels)
        # Last, as to hash takes as long as to load, and much can be refused before.
        return family, weights_digest(files)

    @property
    def family(self) -> Family:
        """The loaded model."""
        return self._family

    def text_of(self, question: str) -> str:
        """The whole text that a question makes, with one placeholder for the video."""
        return f"{self._text.head}{question}{self._text.tail}"

    @property
    def usage(self) -> Usage:
        """The tokens of all calls so far."""
        return self._usage

    @property
    def batch_clips(self) -> int:
        """How many clips it takes at once; 1 in `paper`."""
        return self._runner.batch_clips

    def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
        """Answer the questions about one clip, in their order.

        A question that holds a control token, and every question of a clip or a batch that fails
        (as for want of memory), is an `error` with its reason.
        """
        return self.answer([self.prepare(clip, questions)])[0]

    def prepare(self, clip: Clip, questions: Sequence[str]) -> PreparedClip:
        """Run the processor and the tokenizer; see `BatchJudge`."""
        answered: dict[int, Judgement] = {}
        suffixes: dict[int, list[int]] = {}
        for place, question in enumerate(questions):
            try:
                suffixes[place] = self._suffix(question)
            except ControlTokenError as error:
                answered[place] = Judgement("error", reason=str(error))
        if not suffixes:
            return PreparedClip(None, {}, answered)
        if self.frame_rule.pairs and len(clip.frames) < 2:
            unread = Judgement("unknown", reason=ONE_FRAME)
            return PreparedClip(None, {}, answered | dict.fromkeys(suffixes, unread))
        try:
            prefix = self._runner.prefix(clip, self._head)
            check_context(self._family, prefix)
            return PreparedClip(prefix, suffixes, answered)
        except FAILURES as error:
            unread = failure("the model can't read the video", error)
            return PreparedClip(None, {}, answered | dict.fromkeys(suffixes, unread))

    @torch.inference_mode()
    def answer(self, batch: Sequence[Prepared]) -> list[list[Judgement]]:
        """Run the model on clips that this judge has prepared; see `BatchJudge`."""
        clips = cast(Sequence[PreparedClip], batch)
        asked = [ClipQuestions(c.prefix, list(c.suffixes.values())) for c in clips if c.prefix]
        answers, usage = self._runner.ask(asked)
        self._usage += usage + Usage(clips=len(asked))
        left = iter(answers)
        return [clip.completed(next(left) if clip.prefix else []) for clip in clips]


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
