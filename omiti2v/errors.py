"""The one exception that a user is meant to read."""


class UserError(Exception):
    """Something that whoever runs the command can mend.

    The message is one line: the file or field, what was expected, what came, and what to do. The
    command line prints it without a traceback and exits with 1; every other exception is a bug.
    """


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
