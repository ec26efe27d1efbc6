"""`omiti2v demo`: the whole path, on rendered videos, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where to put videos, runs and the report.")
    ] = Path("demo-out"),
) -> None:
    """Render a few samples and control submissions, score them, and write a report."""
