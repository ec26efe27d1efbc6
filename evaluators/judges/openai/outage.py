"""A server that has stopped answering: told after a few videos, not after all of them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

from evaluators.judges.base import JudgeLostError
from evaluators.judges.openai.failure import RequestFailedError

CLIPS = 3
"""Clips in a row without an answer, or each with a question that hangs, after which no more is
asked."""
REFUSED_CLIPS = 10
"""The same where each time it is the request that is refused: some videos are long or filtered."""
LATE_CLIPS, LATE_AMONG = 8, 16
"""The same where of so many clips so many had a request that hung, though another was answered."""

_REMEDIES = {
    401: "give the name of the environment variable that holds the right API key",
    403: "give the name of the environment variable that holds the right API key",
    402: "look at the account's credit and limits",
    404: "look whether the server still serves the model",
    429: "look at the account's credit and limits, or set --requests-per-minute",
}


class Outage:
    """Counts the clips about which a server does not answer; for many threads at once.

    Args:
        where: The server's address, for the message.
    """

    def __init__(self, where: str) -> None:
        self._where = where
        self._silent = 0
        self._hanging = 0
        self._late: deque[bool] = deque(maxlen=LATE_AMONG)
        self._lock = threading.Lock()

    def note(
        self,
        failures: Sequence[RequestFailedError],
        *,
        asked: int,
        late: Sequence[RequestFailedError],
    ) -> None:
        """Note what became of a clip's questions.

        Args:
            failures: Of the requests that failed.
            asked: Number of questions.
            late: Attempts that timed out, whatever became of their questions.

        Raises:
            JudgeLostError: It was one clip too many.
        """
        hung = [failure for failure in failures if failure.timed_out]
        with self._lock:
            silent = self._silent = self._silent + 1 if len(failures) == asked else 0
            hanging = self._hanging = self._hanging + 1 if hung else 0
            self._late.append(bool(late))
            among, clips = len(self._late), sum(self._late)
        if failures and silent >= (REFUSED_CLIPS if failures[0].is_about_request else CLIPS):
            what, last = f"answers nothing any more, {silent} videos in a row", failures[0]
        elif hanging >= CLIPS:
            what, last = f"leaves questions unanswered, {hanging} videos in a row", hung[0]
        elif late and clips >= LATE_CLIPS:
            what, last = f"lets requests hang, in {clips} of the last {among} videos", late[-1]
        else:
            return
        remedy = _REMEDIES.get(last.status or 0, "look into the server's log")
        remedy = last.remedy or (
            f"{remedy}; what was answered is kept, and the same command goes on from there"
        )
        raise JudgeLostError(f"{self._where}: the server {what}; the last time: {last}; {remedy}")
