"""The server's reply: read strictly where it matters, and turned into a judgement."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evaluators.answers import Rules, parse_answer
from evaluators.judges.base import Judgement
from evaluators.judges.openai.logprobs import TokenLogprob, judgement_from_logprobs
from omiti2v.judge_spec import ProtocolName
from omiti2v.records import brief, describe_validation_error


class MalformedReplyError(ValueError):
    """A body that is not what the API promises: cut short, not JSON, or another document."""


class _Part(BaseModel):
    # Servers add fields of their own, and newer ones every month.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class _Listed(_Part):
    token: str
    logprob: float
    raw: list[int] | None = Field(default=None, alias="bytes")

    @property
    def entry(self) -> TokenLogprob:
        # The bytes are what the token stands for; `token` may be "token_id:9834".
        try:
            text = bytes(self.raw).decode() if self.raw else self.token
        except ValueError:
            text = self.token
        return TokenLogprob(text, self.logprob)


class _Token(_Listed):
    top_logprobs: list[_Listed] = []


class _Logprobs(_Part):
    content: list[_Token] | None = None


class _Message(_Part):
    content: str | None = None
    refusal: str | None = None


class _Choice(_Part):
    message: _Message
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None


class ChatReply(_Part):
    """A chat completion, as far as it is read here.

    Attributes:
        model: The model that the server says has answered.
        choices: The answers; the first is read.
    """

    model: str
    choices: list[_Choice]

    @property
    def first_tokens(self) -> list[TokenLogprob]:
        """The listed likeliest tokens at the place of the first answer token; empty for none."""
        logprobs = self.choices[0].logprobs if self.choices else None
        if logprobs is None or not logprobs.content:
            return []
        return [listed.entry for listed in logprobs.content[0].top_logprobs]


class _Model(_Part):
    id: str


class ModelList(_Part):
    """What `GET /models` gives."""

    data: list[_Model]


def read_chat(body: bytes) -> ChatReply:
    """A chat completion.

    Raises:
        MalformedReplyError: The body is not one.
    """
    try:
        return ChatReply.model_validate_json(body)
    except ValidationError as error:
        raise MalformedReplyError(
            f"expected a chat completion: {describe_validation_error(error)}"
        ) from None


def read_models(body: bytes) -> list[str]:
    """The names that the server lists.

    Raises:
        MalformedReplyError: The body is not a list of models.
    """
    try:
        return [model.id for model in ModelList.model_validate_json(body).data]
    except ValidationError as error:
        raise MalformedReplyError(
            f"expected a list of models: {describe_validation_error(error)}"
        ) from None


def judgement_of(
    reply: ChatReply, *, protocol: ProtocolName, rules: Rules, threshold: float
) -> Judgement:
    """The judgement in a reply.

    In `fast`, it comes from the probabilities of the first token where the reply has them, whatever
    comes after, and else from the text, which counts only where the model has ended it. In `paper`,
    it comes from the text, ended or cut off, as the authors read it.

    Args:
        reply: The reply.
        protocol: How the question was asked.
        rules: How text is read.
        threshold: As for `judgement_from_logprobs`.
    """
    if not reply.choices:
        return Judgement("error", reason="the server gave no choices")
    choice = reply.choices[0]
    if choice.message.refusal:
        reason = f"the model refused: {brief(choice.message.refusal, limit=160)}"
        return Judgement("unknown", reason=reason)
    if choice.finish_reason not in ("stop", "length"):
        reason = f"expected finish_reason stop or length, got {brief(choice.finish_reason)}"
        return Judgement("error", reason=reason)
    text = (choice.message.content or "").strip()
    if protocol == "fast":
        found = judgement_from_logprobs(reply.first_tokens, threshold=threshold)
        if found is not None:
            return found
        if choice.finish_reason == "length":
            reason = f"the answer was cut off before its end: {brief(text, limit=160)}"
            return Judgement("unknown", reason=reason)
    answer = parse_answer(text, rules=rules)
    if answer == "unknown":
        reason = f"neither yes nor no by the rules {rules!r} in {brief(text, limit=160)}"
        return Judgement("unknown", reason=reason)
    return Judgement(answer)
