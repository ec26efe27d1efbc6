"""Optional dependencies: one line that says what is missing and how to get it."""

from __future__ import annotations

import importlib

from omiti2v.errors import UserError


def require_extra(what: str, extra: str, *modules: str) -> None:
    """Check that the modules of an extra can be imported.

    Args:
        what: What needs them, for the message.
        extra: The extra of this package that brings them, as "vlm".
        modules: Their names.

    Raises:
        UserError: One can't be imported; the message gives the pip command.
    """
    for name in modules:
        try:
            importlib.import_module(name)
        except ImportError:
            raise UserError(
                f'{what} needs {name}, which is not installed: pip install "omiti2v[{extra}]"'
            ) from None
