"""A request that got no usable answer, and what the server said of it."""

from __future__ import annotations

import json
import re
from typing import Any

from omiti2v.records import brief

# What is wrong with a request, and not with the server or the account.
_REQUEST_STATUSES = frozenset({400, 413, 414, 415, 422})
_ERROR_CODE = re.compile(r"[45][0-9]{2}")


class RequestFailedError(Exception):
    """A request that got no usable answer; the message is one line without the API key.

    Attributes:
        status: The HTTP status, or the code in the error where that came with 200; None where there
            was no answer at all, or not a whole one.
        body: The start of what the server said, in small letters.
        timed_out: Whether no whole answer, or no connection, came in time.
        may_pass: Whether another attempt may get one.
        wait: Seconds that the server asks to wait before it; None where it asks for none.
        remedy: What to do, where the status does not say it.
    """

    def __init__(
        self,
        reason: str,
        *,
        status: int | None = None,
        body: str = "",
        timed_out: bool = False,
        may_pass: bool = False,
        wait: float | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.body = body
        self.timed_out = timed_out
        self.may_pass = may_pass
        self.wait = wait
        self.remedy = remedy

    @property
    def is_about_request(self) -> bool:
        """Whether another request may fare better: a question or a video is what is refused."""
        return self.status in _REQUEST_STATUSES


def complaint(body: bytes) -> str:
    """What an error's body says: the message in it where it is of a known form."""
    document = _json(body)
    text = body[:4096].decode(errors="replace")
    return (text or "no message") if document is None else _words(document)


def error_in(body: bytes) -> tuple[int, str] | None:
    """The error in an answer with HTTP 200, which servers before other servers send.

    Returns:
        Its code, which is an HTTP status (200 where it has none), and its words; None where the
        body holds no error.
    """
    document = _json(body)
    if isinstance(document, dict) and document.get("choices"):
        choices = document["choices"]
        document = choices[0] if isinstance(choices, list) else None
    error = document.get("error") if isinstance(document, dict) else None
    if not error:
        return None
    code = str(error.get("code")) if isinstance(error, dict) else ""
    return int(code) if _ERROR_CODE.fullmatch(code) else 200, _words(error)


def _json(body: bytes) -> Any:
    """None for what is no JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _words(document: Any) -> str:
    for key in ("error", "message", "detail"):
        if isinstance(document, dict) and document.get(key):
            document = document[key]
    return document if isinstance(document, str) else brief(document, limit=160)
