"""The server's reply: read strictly where it matters, and turned into a judgement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, WrapValidator

from evaluators.answers import Rules, read_reply
from evaluators.judges.base import Judgement
from evaluators.judges.openai.logprobs import TokenLogprob, judgement_from_logprobs
from evaluators.thoughts import thinking_in
from omiti2v.judge_spec import ProtocolName
from omiti2v.records import brief, describe_validation_error

_CUT = ("length", "max_tokens", "MAX_TOKENS", "model_length")
# Where the model did not come to speak, or was silenced; and where the server failed it.
_NO_ANSWER = ("content_filter", "tool_calls", "function_call")
_FAILED = ("error", "abort")
_WORDS = (None, "text", "output_text")
_THOUGHTS = ("thinking", "reasoning")

T = TypeVar("T")
P = TypeVar("P", bound=BaseModel)


class MalformedReplyError(ValueError):
    """A body without a reply: cut short, not JSON, another document, or one that says it failed."""


def _or_none(value: Any, read: Callable[[Any], Any]) -> Any:
    try:
        return read(value)
    except ValueError:
        return None


# What the answer does not hang on is absent where it can't be read.
_Optional = Annotated[T | None, WrapValidator(_or_none)]


class _Part(BaseModel):
    # Servers add fields of their own, and newer ones every month.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class _Listed(_Part):
    token: _Optional[str] = None
    logprob: _Optional[float] = None
    raw: _Optional[list[int]] = Field(default=None, alias="bytes")

    @property
    def entry(self) -> TokenLogprob | None:
        """None where the server gives a token without its logprob, or no token."""
        if self.token is None or self.logprob is None:
            return None
        # The bytes are what the token stands for; `token` may be "token_id:9834".
        try:
            text = bytes(self.raw).decode() if self.raw else self.token
        except ValueError:
            text = self.token
        return TokenLogprob(text, self.logprob)


class _Token(_Listed):
    top_logprobs: _Optional[list[_Optional[_Listed]]] = None


class _Logprobs(_Part):
    content: _Optional[list[_Optional[_Token]]] = None


class _ContentPart(_Part):
    type: _Optional[str] = None
    text: _Optional[str] = None


class _Message(_Part):
    content: str | list[_ContentPart | str | None] | None = None
    refusal: _Optional[str] = None
    # What a server takes off as thoughts; names and forms differ.
    reasoning_content: Any = None
    reasoning: Any = None

    @property
    def text(self) -> str:
        """What the model said, of parts too, without its thoughts."""
        if not isinstance(self.content, list):
            return (self.content or "").strip()
        words = [
            part if isinstance(part, str) else (part.text or "")
            for part in self.content
            if isinstance(part, str) or (part and part.type in _WORDS)
        ]
        return "".join(words).strip()

    @property
    def has_thoughts(self) -> bool:
        """Whether the server took thoughts off it."""
        parts = self.content if isinstance(self.content, list) else ()
        types = [part.type for part in parts if isinstance(part, _ContentPart)]
        return bool(self.reasoning_content or self.reasoning) or any(t in _THOUGHTS for t in types)


class _Choice(_Part):
    message: _Message
    finish_reason: _Optional[str] = None
    logprobs: _Optional[_Logprobs] = None


class _Usage(_Part):
    completion_tokens: _Optional[int] = None


class ChatReply(_Part):
    """A chat completion, as far as it is read here.

    Attributes:
        model: The model that the server says has answered.
        choices: The answers; the first is read.
        usage: What the server counted.
    """

    model: str | None = None
    choices: list[_Choice]
    usage: _Optional[_Usage] = None

    @property
    def first_tokens(self) -> list[TokenLogprob]:
        """The listed likeliest tokens at the place of the first answer token; empty for none.

        A list in which one has no logprob says nothing: it may be the likeliest.
        """
        logprobs = self.choices[0].logprobs
        if logprobs is None or not logprobs.content or logprobs.content[0] is None:
            return []
        listed = [one and one.entry for one in logprobs.content[0].top_logprobs or ()]
        return [entry for entry in listed if entry] if all(listed) else []

    @property
    def thinks(self) -> bool:
        """Whether the model's first words are thoughts, or nothing it says is an answer."""
        message, text = self.choices[0].message, self.choices[0].message.text
        nothing = not text and self.choices[0].finish_reason in _CUT
        return message.has_thoughts or thinking_in(text) != "none" or nothing

    def is_cut(self, max_tokens: int) -> bool:
        """Whether the first answer ended for want of tokens, of which it had so many."""
        finish = self.choices[0].finish_reason
        if finish == "stop" or finish in _CUT:
            return finish in _CUT
        # Some servers have words of their own, or none.
        return ((self.usage and self.usage.completion_tokens) or 0) >= max_tokens


class _Model(_Part):
    id: str


class ModelList(_Part):
    """What `GET /models` gives."""

    data: list[_Model]


def read_chat(body: bytes) -> ChatReply:
    """A chat completion with a first choice.

    Raises:
        MalformedReplyError: The body is not one.
    """
    reply = _read(ChatReply, body, "a chat completion")
    if not reply.choices:
        raise MalformedReplyError("the server gave no choices")
    finish = reply.choices[0].finish_reason or ""
    if finish.lower().endswith(_FAILED):
        raise MalformedReplyError(f"expected an answer, got finish_reason {brief(finish)}")
    return reply


def read_models(body: bytes) -> list[str]:
    """The names that the server lists.

    Raises:
        MalformedReplyError: The body is not a list of models.
    """
    return [model.id for model in _read(ModelList, body, "a list of models").data]


def _read(kind: type[P], body: bytes, expected: str) -> P:
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise MalformedReplyError(
            f"the server's answer is malformed: expected {expected}: "
            f"{describe_validation_error(error)}"
        ) from None


def judgement_of(
    reply: ChatReply, *, protocol: ProtocolName, rules: Rules, threshold: float, max_tokens: int
) -> Judgement:
    """The judgement in a reply.

    In `fast`, it comes from the probabilities of the first token where the reply has them, whatever
    comes after, and else from the text, as in `paper`.

    Args:
        reply: The reply, as `read_chat` gives it.
        protocol: How the question was asked.
        rules: How text is read.
        threshold: As for `judgement_from_logprobs`.
        max_tokens: Most tokens that an answer could have.
    """
    choice = reply.choices[0]
    if choice.message.refusal:
        reason = f"the model refused: {brief(choice.message.refusal, limit=160)}"
        return Judgement("unknown", reason=reason)
    if choice.finish_reason in _NO_ANSWER:
        reason = f"expected an answer, got finish_reason {brief(choice.finish_reason)}"
        return Judgement("error", reason=reason)
    if protocol == "fast" and not reply.thinks:
        found = judgement_from_logprobs(reply.first_tokens, threshold=threshold)
        if found is not None:
            return found
    text = choice.message.text
    reading = read_reply(
        text,
        rules=rules,
        ended=not reply.is_cut(max_tokens),
        in_thought=choice.message.has_thoughts and not text,
    )
    return Judgement(reading.verdict, reason=reading.reason)
