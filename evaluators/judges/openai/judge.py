"""A judge that asks a model on a server with the OpenAI chat API, one question a request."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, get_args

from evaluators.answers import RULES_VERSION, Rules
from evaluators.frames import Clip, FrameRule
from evaluators.judges.base import Judgement, fingerprint_of
from evaluators.judges.openai.chat import (
    FrameEncoding,
    SharedPrefix,
    control_token,
    media_hints,
    shared_prefix,
)
from evaluators.judges.openai.client import Client
from evaluators.judges.openai.data_urls import ImageFormat
from evaluators.judges.openai.failure import RequestFailedError
from evaluators.judges.openai.outage import Outage
from evaluators.judges.openai.reply import judgement_of, read_chat
from evaluators.judges.openai.request_form import RequestForm, check_own_fields
from evaluators.judges.openai.request_rate import Backoff
from evaluators.judges.openai.start import check_url, first_reply, public_name, read_key
from evaluators.judges.option_checks import check_choice, check_counts, check_parsing, check_range
from evaluators.judges.prompt import wording_of
from evaluators.judges.protocols import ONE_FRAME, SERVER_DEFAULTS
from omiti2v.errors import UserError
from omiti2v.judge_spec import FrameForm, ProtocolName
from omiti2v.prompt_file import check_template
from omiti2v.records import brief

logger = logging.getLogger(__name__)


class OpenAIJudge:
    """Answers questions through a server; see `Judge`. May be called by many threads at once.

    The first question of a clip goes alone, the others together after it: by then a server with a
    prefix cache has read the frames.

    In the protocol `fast`, P(yes) comes from the likeliest first tokens where the server lists
    them. Where it does not, P(yes) is None and the answer comes from the text. In `paper`, the
    answer always comes from the text, and there is no P(yes).

    Fields that the server refuses in a first request are left out or changed in all; `identity` has
    them as `adapted`. After three clips in a row without any answer, or with one that hangs, the
    server is taken to be lost.

    Args:
        model: The model's name on the server.
        base_url: Where the API is, as "http://localhost:8000/v1".
        api_key_env: The environment variable that holds the API key; None sends no key. No other
            variable is looked at, so that a key never reaches a server it was not meant for.
        protocol: `fast` or `paper`.
        parsing: The rules by which `paper` reads text; None takes `paper`. `fast` reads it by
            `strict`.
        revision: What you know of the weights behind the name, as the hub's commit. The server
            can't prove it; it is part of the fingerprint, and says that answers of two servers
            with different weights under one name are different.
        frame_rule: The frames to look at; None takes the protocol's: 16 frames, or 8 a second.
        frames: How they are sent; see `FrameEncoding`.
        image_format: Of frames sent as images.
        max_pixels: Largest number of pixels of a frame; larger frames are scaled down; None takes
            the protocol's.
        prompt: Text after the frames, with `{question}` in it once; None takes the protocol's.
        threshold: Smallest probability in [0, 1] of yes and no together that counts as an answer.
        top_logprobs: How many likely tokens `fast` asks for, 0 to 20; 0 reads the text only.
        max_tokens: Most tokens of an answer; None takes the protocol's: 16, or 128.
        server_option: Further fields of each request, plain JSON values by name.
        concurrency: Most requests under way at once.
        requests_per_minute: Most requests started in a minute; None for no limit.
        attempts: How often a request is tried before its question is an error.
        backoff: The waits between attempts.
        longest_wait: Most seconds to wait at the server's wish (`Retry-After`) between two answers.
        connect_timeout: Seconds for a connection.
        answer_timeout: Most seconds for a whole answer; see `Client`.

    Raises:
        UserError: An option is not valid, the server can't be reached, does not serve the model, or
            in `fast` its model thinks before it answers.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str,
        api_key_env: str | None = None,
        protocol: ProtocolName = "fast",
        parsing: Rules | None = None,
        revision: str | None = None,
        frame_rule: FrameRule | None = None,
        frames: FrameForm = "images",
        image_format: ImageFormat = "jpeg",
        max_pixels: int | None = None,
        prompt: str | None = None,
        threshold: float = 0.5,
        top_logprobs: int = 20,
        max_tokens: int | None = None,
        server_option: Mapping[str, Any] | None = None,
        concurrency: int = 8,
        requests_per_minute: float | None = None,
        attempts: int = 6,
        backoff: Backoff | None = None,
        longest_wait: float = 300.0,
        connect_timeout: float = 10.0,
        answer_timeout: float = 300.0,
    ) -> None:
        check_choice("protocol", protocol, get_args(ProtocolName))
        check_choice("parsing", parsing, get_args(Rules))
        check_parsing(parsing, protocol)
        check_choice("frames", frames, get_args(FrameForm))
        check_choice("image_format", image_format, get_args(ImageFormat))
        check_range("threshold", threshold, 0, 1)
        check_range("top_logprobs", top_logprobs, 0, 20)
        check_counts(
            max_pixels=max_pixels,
            max_tokens=max_tokens,
            concurrency=concurrency,
            attempts=attempts,
        )
        for name, seconds in (
            ("requests_per_minute", requests_per_minute),
            ("longest_wait", longest_wait),
            ("connect_timeout", connect_timeout),
            ("answer_timeout", answer_timeout),
        ):
            if seconds is not None and not 0 < seconds < float("inf"):
                raise UserError(f"{name}: expected a positive number, got {brief(seconds)}")
        defaults = SERVER_DEFAULTS[protocol]
        check_own_fields(server_option or {})
        prompt = defaults.prompt if prompt is None else prompt
        check_template(prompt)
        key = read_key(api_key_env)
        self._client = Client(
            check_url(base_url, has_key=key is not None),
            key=key,
            concurrency=concurrency,
            per_minute=requests_per_minute,
            attempts=attempts,
            backoff=backoff or Backoff(),
            longest_wait=longest_wait,
            connect_timeout=connect_timeout,
            answer_timeout=answer_timeout,
        )
        self._prompt = prompt
        self._encoding = FrameEncoding(
            form=frames, image_format=image_format, max_pixels=max_pixels or defaults.max_pixels
        )
        self._protocol: ProtocolName = protocol
        self._rules = parsing or defaults.parsing
        self._threshold = threshold
        self._max_tokens = max_tokens or defaults.max_new_tokens
        self._concurrency = concurrency
        self._outage = Outage(base_url)
        self._form, first = first_reply(
            self._client,
            RequestForm(
                model=model,
                max_tokens=self._max_tokens,
                top_logprobs=top_logprobs if protocol == "fast" else 0,
                more=server_option or {},
                has_media_hints=frames != "images",
            ),
            media_hints=media_hints({"num_frames": 1}),
            may_think=protocol != "fast",
            where=base_url,
        )
        if frames == "video-jpeg" and not self._form.has_media_hints:
            raise UserError(
                f"{base_url}: refuses media_io_kwargs, without which frames as video-jpeg lose "
                "their times; give --frame-form images"
            )
        self._served = first.model
        gives_logprobs = bool(first.first_tokens)
        self.name = public_name(model).rsplit("/", 1)[-1]
        self.frame_rule = frame_rule or defaults.frame_rule
        self.identity: Mapping[str, object] = {
            "class": type(self).__name__,
            "model": public_name(model),
            "served_model": public_name(self._served or ""),
            "revision": revision,
            "protocol": protocol,
            "prompt": prompt,
            **({"prompt_wording": wording_of(prompt)} if protocol == "paper" else {}),
            "frame_rule": str(self.frame_rule),
            "frames": self._encoding.identity,
            "temperature": 0 if self._form.has_temperature else None,
            "top_logprobs": self._form.top_logprobs if gives_logprobs else 0,
            "threshold": threshold if protocol == "fast" else None,
            "max_tokens": self._max_tokens,
            "parsing": self._rules,
            "parsing_version": RULES_VERSION,
            # Only where there is something to say: fingerprints from before hold for the rest.
            **({"server_option": dict(server_option)} if server_option else {}),
            **({"adapted": list(self._form.adapted)} if self._form.adapted else {}),
        }
        self.fingerprint = fingerprint_of(self.identity)

    def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
        """Answer the questions about one clip, in their order, each once.

        A question that the server does not answer, for whatever reason, is an `error` or `unknown`
        with its reason; so is one that holds what may be a control token.
        """
        judgements: dict[int, Judgement] = {}
        for number, question in enumerate(questions):
            if reason := control_token(question):
                judgements[number] = Judgement("error", reason=reason)
            elif self.frame_rule.pairs and len(clip.frames) < 2:
                judgements[number] = Judgement("unknown", reason=ONE_FRAME)
        left = [number for number in range(len(questions)) if number not in judgements]
        if left:
            answers = self._answers(clip, [questions[number] for number in left])
            judgements.update(zip(left, answers, strict=True))
        return [judgements[number] for number in range(len(questions))]

    def close(self) -> None:
        """Close the connections to the server."""
        self._client.close()

    def _answers(self, clip: Clip, questions: list[str]) -> list[Judgement]:
        try:
            prefix = shared_prefix(clip, prompt=self._prompt, encoding=self._encoding)
        except (ValueError, ArithmeticError, MemoryError) as error:
            return [_failure(f"the frames can't be sent: {error}")] * len(questions)
        late: list[RequestFailedError] = []
        hung: list[RequestFailedError] = []

        def ask(question: str) -> Judgement | RequestFailedError:
            if hung:  # a server that hangs would take as long again for each
                return hung[0]
            one = self._ask(prefix, question, late)
            if isinstance(one, RequestFailedError) and one.timed_out:
                hung.append(one)
            return one

        first, *others = questions
        found = [ask(first)]
        if others:
            with ThreadPoolExecutor(min(self._concurrency, len(others))) as pool:
                found += pool.map(ask, others)
        failures = [one for one in found if isinstance(one, RequestFailedError)]
        self._outage.note(failures, asked=len(found), late=late)
        return [one if isinstance(one, Judgement) else _failure(str(one)) for one in found]

    def _ask(
        self, prefix: SharedPrefix, question: str, late: list[RequestFailedError]
    ) -> Judgement | RequestFailedError:
        request = self._form.request(prefix.messages(question), prefix.media_hints)
        try:
            reply = self._client.post("/chat/completions", request, read_chat, late=late)
        except RequestFailedError as error:
            return error
        if reply.model != self._served:
            # The name may now stand for other weights, whose answers are another judge's.
            served, model = (brief(public_name(name or "")) for name in (self._served, reply.model))
            return RequestFailedError(
                f"the server answered as {model}, at the start it was {served}",
                status=200,
                remedy="pin the model, as by a name with its version, and take a new run folder",
            )
        judgement = judgement_of(
            reply,
            protocol=self._protocol,
            rules=self._rules,
            threshold=self._threshold,
            max_tokens=self._max_tokens,
        )
        if judgement.answer == "error":
            logger.warning(judgement.reason)
        return judgement


def _failure(reason: str) -> Judgement:
    logger.warning(reason)
    return Judgement("error", reason=reason)
