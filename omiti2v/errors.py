"""The one exception that a user is meant to read."""


class UserError(Exception):
    """Something that whoever runs the command can mend.

    The message is one line: the file or field, what was expected, what came, and what to do. The
    command line prints it without a traceback and exits with 1; every other exception is a bug.
    """
