"""Tables of numbers as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def markdown(columns: Sequence[str], rows: Iterable[Sequence[object]], *, left: int = 1) -> str:
    """A table, without a newline at its end.

    Args:
        columns: The heading of each column.
        rows: A cell for each column.
        left: How many columns, from the first, are words and not numbers.
    """
    marks = ["---" if number < left else "---:" for number in range(len(columns))]
    lines = [columns, marks, *rows]
    return "\n".join("| " + " | ".join(map(str, cells)) + " |" for cells in lines)
