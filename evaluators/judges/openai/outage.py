"""A server that has stopped answering: told after a few videos, not after all of them."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from evaluators.judges.base import JudgeLostError
from evaluators.judges.openai.failure import RequestFailedError

CLIPS = 3
"""Clips in a row without an answer after which nothing more is asked."""
REFUSED_CLIPS = 10
"""The same where each time it is the request that is refused: some videos are long or filtered."""

_REMEDIES = {
    401: "give the name of the environment variable that holds the right API key",
    403: "give the name of the environment variable that holds the right API key",
    402: "look at the account's credit and limits",
    404: "look whether the server still serves the model",
    429: "look at the account's credit and limits, or set --requests-per-minute",
}


class Outage:
    """Counts the clips in a row about which a server answered nothing; for many threads at once.

    Args:
        where: The server's address, for the message.
    """

    def __init__(self, where: str) -> None:
        self._where = where
        self._clips = 0
        self._lock = threading.Lock()

    def note(self, failures: Sequence[RequestFailedError], *, asked: int) -> None:
        """Note what became of a clip's questions.

        Args:
            failures: Of the requests that failed.
            asked: Number of questions.

        Raises:
            JudgeLostError: It was one clip too many.
        """
        with self._lock:
            self._clips = self._clips + 1 if len(failures) == asked else 0
            clips = self._clips
        if not failures or clips < (REFUSED_CLIPS if failures[0].is_about_request else CLIPS):
            return
        remedy = _REMEDIES.get(failures[0].status or 0, "look into the server's log")
        raise JudgeLostError(
            f"{self._where}: the server answers nothing any more, {clips} videos in a row; the "
            f"last time: {failures[0]}; {remedy}; what was answered is kept, and the same command "
            "goes on from there"
        )
