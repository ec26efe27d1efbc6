"""Optional dependencies: one line that says what is missing and how to get it."""

from __future__ import annotations

import importlib
from importlib.util import find_spec

from omiti2v.errors import UserError


def require_extra(what: str, extra: str, *modules: str) -> None:
    """Check that the modules of an extra of this package can be imported.

    Args:
        what: What needs them, for the message.
        extra: The extra that brings them, as "vlm".
        modules: Their names.

    Raises:
        UserError: One can't be imported; the message gives the pip command.
    """
    require_modules(what, f"omiti2v[{extra}]", *modules)


def require_modules(what: str, requirement: str, *modules: str) -> None:
    """Check that modules can be imported; see `require_extra`.

    Args:
        what: What needs them, for the message.
        requirement: What brings them, as pip is told: "omiti2v[vlm]".
        modules: Their names.
    """
    for name in modules:
        try:
            importlib.import_module(name)
        except ImportError:
            raise UserError(
                f'{what} needs {name}, which is not installed: pip install "{requirement}"'
            ) from None


def are_installed(*modules: str) -> bool:
    """Whether top-level modules are there to be imported; nothing is imported."""
    return all(find_spec(name) for name in modules)
