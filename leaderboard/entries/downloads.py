"""A table as a file for other programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable

from leaderboard.entries.display_text import as_cell
from leaderboard.entries.table import Row, Table

_FACTS = ("id", "name", "version", "method", "backbone", "badge", "added", "open_weights")


def table_as_csv(table: Table) -> str:
    """The table with a column a number; intervals as `NAME low` and `NAME high`."""
    columns = sorted({name for row in table.rows for name in row.figures})
    rows: list[list[object]] = []
    for row in table.rows:
        cells: list[object] = [
            *_rank(row).values(),
            *_facts(row).values(),
            row.coverage,
            row.unranked,
        ]
        for name in columns:
            figure = row.figures.get(name)
            cells += [figure.value, figure.low, figure.high] if figure else [None] * 3
        rows.append(cells)
    titles = (title for name in columns for title in (name, f"{name} low", f"{name} high"))
    return as_csv(("rank", "rank_worst", *_FACTS, "coverage", "unranked", *titles), rows)


def as_csv(titles: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A CSV file whose cells a spreadsheet takes for no formulas."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(titles)
    for row in rows:
        writer.writerow([as_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue()


def table_as_json(table: Table) -> str:
    """The table with its edition and judge."""
    return json.dumps(
        {
            "edition": table.key.edition,
            "edition_fingerprint": table.key.edition_fingerprint,
            "judge": table.key.judge,
            "judge_fingerprint": table.key.judge_fingerprint,
            "ranked_by": table.by,
            "rows": [
                {
                    **_rank(row),
                    **_facts(row),
                    "coverage": row.coverage,
                    "unranked": row.unranked,
                    "source": row.source,
                    "note": row.note,
                    "figures": {
                        name: {"value": f.value, "low": f.low, "high": f.high, "n": f.n}
                        for name, f in sorted(row.figures.items())
                    },
                }
                for row in table.rows
            ],
        },
        indent=2,
        allow_nan=False,
    )


def _rank(row: Row) -> dict[str, int | None]:
    """The best and the worst place that a row may have."""
    standing = row.standing
    return {
        "rank": standing.best if standing else None,
        "rank_worst": standing.worst if standing else None,
    }


def _facts(row: Row) -> dict[str, object]:
    return {name: getattr(row, name) if name != "added" else str(row.added) for name in _FACTS}
