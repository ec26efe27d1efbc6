"""`python -m omiti2v` is the `omiti2v` command."""

# Nothing else is imported before the working directory is off the path: a file there may have the
# name of any module.
import os
import sys


def leave_working_directory() -> None:
    """Take the working directory, which `python -m` puts first, off Python's path.

    Workers start with the path of the process that starts them, so they have it off as well. A
    checkout as the working directory stays, as the packages may be found only there.
    """
    try:
        here = os.getcwd()  # noqa: PTH109 (pathlib may be a file there)
    except OSError:  # it was deleted
        return
    checkout = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120
    if not sys.flags.safe_path and sys.path[0] == here and os.path.realpath(here) != checkout:
        del sys.path[0]


def main() -> None:
    """Run the command. A Ctrl-C before it has begun ends it without a word."""
    import signal

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    from omiti2v.cli import main as run

    run()


if __name__ == "__main__":
    leave_working_directory()
    main()
