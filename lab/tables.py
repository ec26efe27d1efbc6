"""Tables of numbers as Markdown, and their places on a page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from omiti2v.errors import UserError


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


def fill(page: str, tables: Mapping[str, str]) -> str:
    """The page with its tables made anew.

    Raises:
        UserError: The page has no place for a table.
    """
    for name, table in tables.items():
        before, mark, rest = page.partition(f"<!-- table: {name} -->\n")
        _, end, after = rest.partition("<!-- end of table -->")
        if not end:
            raise UserError(f"the page has no place for the table {name}: expected its marks")
        page = f"{before}{mark}\n{table}\n\n{end}{after}"
    return page
