"""The process that fetches: one request after another, each a line of JSON, answered by a line."""

from __future__ import annotations

import errno
import json
import os
import sys

from evaluators.child_process.serve import die_with_parent

NO_ROOM = "no room: "
_LOCAL_FAULTS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


def serve(parent: int) -> None:
    """Answer until the parent is gone.

    A request has an address and the path of the copy; the answer is "", or says what went wrong,
    after `NO_ROOM` where it is this machine's fault.
    """
    die_with_parent(parent)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # storages may print
    for line in sys.stdin:
        answers.write(json.dumps(_answer(*json.loads(line))) + "\n")
        answers.flush()


def _answer(location: str, copy: str) -> str:
    try:
        # Here, for what it brings may be missing too; every kind of storage raises its own.
        import fsspec  # type: ignore[import-untyped]

        storage, path = fsspec.core.url_to_fs(location)
        storage.get_file(path, copy)
    except FileNotFoundError:
        return "there is no such file"
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _LOCAL_FAULTS:
            return f"{NO_ROOM}{error.strerror}"
        return " ".join(str(error).split())[:200] or type(error).__name__
    return ""
