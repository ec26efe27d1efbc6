"""Tables of numbers as Markdown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence


def markdown(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    left: int | Collection[str] = 1,
) -> str:
    """A table, without a newline at its end.

    Args:
        columns: The heading of each column.
        rows: A cell for each column.
        left: Which columns are words and not numbers, or how many from the first.
    """
    words = columns[:left] if isinstance(left, int) else left
    marks = ["---" if name in words else "---:" for name in columns]
    lines = [columns, marks, *rows]
    return "\n".join("| " + " | ".join(map(str, cells)) + " |" for cells in lines)
