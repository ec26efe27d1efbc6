"""The one exception that a user is meant to read."""

from __future__ import annotations

import errno

_REMEDIES = {
    errno.ENOSPC: "make room",
    errno.EDQUOT: "make room within your quota",
    errno.EFBIG: "raise the limit on the size of files",
    errno.EACCES: "mend its permissions or choose another place",
    errno.EPERM: "mend its permissions or choose another place",
    errno.EROFS: "choose another place",
    errno.ENAMETOOLONG: "choose a shorter name",
}


class UserError(Exception):
    """Something that whoever runs the command can mend.

    The message is one line: the file or field, what was expected, what came, and what to do. The
    command line prints it without a traceback and exits with 1; every other exception is a bug.
    """


class CannotWriteError(UserError):
    """A file can't be written, which is the place's fault and not that of what goes into it.

    Args:
        place: The file or folder.
        error: Why.
    """

    def __init__(self, place: object, error: OSError) -> None:
        super().__init__(
            f"{place}: can't be written: {error.strerror or error}; "
            f"{remedy_of(error) or 'see to the disk'} and run the same command again"
        )
        self._given = (str(place), error)

    def __reduce__(self) -> tuple[type[CannotWriteError], tuple[str, OSError]]:
        # A worker's exception is pickled on its way to the parent.
        return type(self), self._given


def remedy_of(error: OSError) -> str | None:
    """What helps against an error of the system, as "make room"; None where that is not known."""
    return _REMEDIES.get(error.errno or 0)


def one_line(error: BaseException, *, limit: int = 200) -> str:
    """A foreign exception as one printable line: its type and how its message begins.

    That is the first line, and the next where the first only announces it with a colon.

    Args:
        error: Of a library, whose messages may have many lines.
        limit: Largest number of characters.
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    first = " ".join(lines[: 2 if lines and lines[0].endswith(":") else 1])
    text = f"{type(error).__name__}: {first}" if first else type(error).__name__
    text = "".join(character for character in text if character.isprintable())
    return text if len(text) <= limit else text[: limit - 3] + "..."
