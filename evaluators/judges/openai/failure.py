"""A request that got no usable answer, and what the server said of it."""

from __future__ import annotations

import json

from omiti2v.records import brief

# What is wrong with a request, and not with the server or the account.
_REQUEST_STATUSES = frozenset({400, 413, 414, 415, 422})


class RequestFailedError(Exception):
    """A request that got no usable answer; the message is one line without the API key.

    Attributes:
        status: The HTTP status; None where there was no answer at all, or not a whole one.
        body: The start of what the server said, in small letters.
        timed_out: Whether no whole answer came in time.
        may_pass: Whether another attempt may get one.
        wait: Seconds that the server asks to wait before it; None where it asks for none.
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
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.body = body
        self.timed_out = timed_out
        self.may_pass = may_pass
        self.wait = wait

    @property
    def is_about_request(self) -> bool:
        """Whether another request may fare better: a question or a video is what is refused."""
        return self.status in _REQUEST_STATUSES


def complaint(body: bytes) -> str:
    """What an error's body says: the message in it where it is of a known form."""
    text = body[:4096].decode(errors="replace")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return text or "no message"
    for key in ("error", "message", "detail"):
        if isinstance(document, dict) and document.get(key):
            document = document[key]
    return document if isinstance(document, str) else brief(document, limit=160)
