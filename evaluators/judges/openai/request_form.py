"""What a request says beside its messages, and how it is changed for a server that refuses it.

Pure functions. Servers differ in the fields of the chat API that they take; a first request shows
which.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from omiti2v.errors import UserError
from omiti2v.records import brief

FEW_LOGPROBS = 5
"""What servers that refuse more take."""

OWN_FIELDS = frozenset(
    {
        *("model", "messages", "stream", "stream_options", "n", "temperature", "logprobs"),
        *("top_logprobs", "max_tokens", "max_completion_tokens", "media_io_kwargs", "tools"),
    }
)
"""Fields that are the judge's to fill in."""

NO_THOUGHTS = {"chat_template_kwargs": {"enable_thinking": False}}
"""What vLLM, SGLang and llama.cpp give to chat templates that can leave the thoughts out."""

_NAME = "(temperature|max_completion_tokens|max_tokens|logprob|media_io_kwargs)"
# How a field is named, by how surely it is the one that is meant: by the error itself, in quotes,
# or anywhere. The keys of a request that a server repeats name none.
_NAMED = (
    re.compile(rf'"param"\s*:\s*"[^"]{{0,40}}?{_NAME}'),
    re.compile(rf"""["'`](?:top_)?{_NAME}s?\\?["'`]"""),
    re.compile(_NAME),
)
_REPEATED = re.compile(r"""[{,]\s*\\?["'](?!param)\w+\\?["']\s*:""")
# What costs most to be without comes first.
_FIELDS = ("has_media_hints", "top_logprobs", "has_temperature", "limit_field")


@dataclass(frozen=True, kw_only=True)
class RequestForm:
    """The fields of a request beside its messages.

    Attributes:
        model: On the server.
        max_tokens: Most tokens of an answer.
        top_logprobs: How many likely tokens are asked for; 0 asks for no probabilities.
        more: Fields of the user's own.
        limit_field: What the limit on tokens is called.
        has_temperature: Whether temperature 0 is asked for.
        has_media_hints: Whether vLLM is told how to read frames sent as a video.
        changes: What was changed for this server, in words, by the attribute that was.
    """

    model: str
    max_tokens: int
    top_logprobs: int = 0
    more: Mapping[str, Any] = field(default_factory=dict)
    limit_field: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    has_temperature: bool = True
    has_media_hints: bool = False
    changes: Mapping[str, str] = field(default_factory=dict)

    @property
    def adapted(self) -> tuple[str, ...]:
        """What was changed, in words."""
        return tuple(self.changes.values())

    def request(
        self, messages: list[dict[str, Any]], media_hints: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A whole request.

        Args:
            messages: The chat.
            media_hints: For vLLM; left out where the server refuses them.
        """
        request: dict[str, Any] = {
            "model": self.model,
            "messages": messages,
            self.limit_field: self.max_tokens,
        }
        if self.has_temperature:
            request["temperature"] = 0
        if self.top_logprobs:
            request |= {"logprobs": True, "top_logprobs": self.top_logprobs}
        if self.has_media_hints:
            request |= media_hints
        return request | dict(self.more)

    def without(self, name: str) -> RequestForm | None:
        """The form for a server that refuses a field; None where it was changed already."""
        if name == "temperature" and self.has_temperature:
            return self._changed("no temperature", has_temperature=False)
        if name.startswith("max_") and self.limit_field == "max_completion_tokens":
            return self._changed("max_tokens for max_completion_tokens", limit_field="max_tokens")
        if name == "logprob" and self.top_logprobs > FEW_LOGPROBS:
            return self._changed(f"top_logprobs {FEW_LOGPROBS}", top_logprobs=FEW_LOGPROBS)
        if name == "logprob" and self.top_logprobs:
            return self._changed("no logprobs, so no P(yes)", top_logprobs=0)
        if name == "media_io_kwargs" and self.has_media_hints:
            return self._changed("no media_io_kwargs", has_media_hints=False)
        return None

    def without_thoughts(self) -> RequestForm | None:
        """The form that asks the chat template for no thoughts; None where the user says how."""
        if "chat_template_kwargs" in self.more:
            return None
        return self._changed("enable_thinking false", more={**self.more, **NO_THOUGHTS})

    def needless(self, wanted: RequestForm) -> list[str]:
        """The attributes that were changed since `wanted`; none where that is but one."""
        changed = [name for name in _FIELDS if getattr(self, name) != getattr(wanted, name)]
        return changed if len(changed) > 1 else []

    def restored(self, name: str, wanted: RequestForm) -> Iterator[RequestForm]:
        """The forms with a changed attribute as it was in `wanted`, or nearer to it."""
        changes = {other: words for other, words in self.changes.items() if other != name}
        changes |= {name: wanted.changes[name]} if name in wanted.changes else {}
        yield replace(self, changes=changes, **{name: getattr(wanted, name)})
        if name == "top_logprobs" and wanted.top_logprobs > FEW_LOGPROBS:
            yield self._changed(f"top_logprobs {FEW_LOGPROBS}", top_logprobs=FEW_LOGPROBS)

    def _changed(self, words: str, **change: Any) -> RequestForm:
        (name,) = change
        before = {other: old for other, old in self.changes.items() if other != name}
        return replace(self, changes=before | {name: words}, **change)


def adaptations(form: RequestForm, complaint: str, *, guess: bool) -> list[RequestForm]:
    """Forms that a server which refuses `form` may take, to be tried in turn.

    Args:
        form: What was refused.
        complaint: What the server said, in small letters. The field that it names is changed.
        guess: Whether, where it names none, each is tried alone, and then all.
    """
    complaint = _REPEATED.sub("", complaint)
    named = [name for pattern in _NAMED for name in pattern.findall(complaint)]
    for name in named:
        if changed := form.without("max_" if name.startswith("max_") else name):
            return [changed]
    forms: list[RequestForm] = []
    whole = form
    for name in () if named or not guess else ("max_", "temperature", "logprob", "media_io_kwargs"):
        alone = form
        while changed := alone.without(name):
            alone, whole = changed, whole.without(name) or whole
            forms.append(alone)
    return [*forms, whole] if len(whole.needless(form)) > 1 else forms


def check_own_fields(more: Mapping[str, Any]) -> None:
    """Refuse fields of a request that are not the user's to give, or no JSON.

    Raises:
        UserError: Names the first.
    """
    for name, value in more.items():
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            raise UserError(
                f"--server-option {name}: expected plain JSON, got {brief(value)}"
            ) from None
        if name in OWN_FIELDS:
            raise UserError(
                f"--server-option {name}: this field is the judge's own; leave it out, and see "
                "--max-new-tokens and --top-logprobs"
            )
