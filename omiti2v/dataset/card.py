"""The dataset card: numbers that are written into it, and cards for other editions."""

from __future__ import annotations

from pathlib import Path

from omiti2v.dataset.stats import EditionStats
from omiti2v.dataset.stats_tables import build_tables, markdown
from omiti2v.edition_versions import version_of
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.number_format import short_digest
from omiti2v.records import write_atomically
from omiti2v.samples import CATEGORIES

CARD = "README.md"
BEGIN = "<!-- statistics: written by `omiti2v data stats --card`, not by hand -->"
END = "<!-- end of statistics -->"


def fill_card(text: str, stats: EditionStats, *, where: str) -> str:
    """The card with the numbers between its two marks replaced.

    Args:
        text: A Markdown document with the lines `BEGIN` and `END`.
        stats: The numbers.
        where: The place to name when the marks are missing.

    Raises:
        UserError: The marks are not there, once each and in this order.
    """
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end) or BEGIN in rest or END in head + tail:
        raise UserError(f"{where}: expected one line {BEGIN!r} and below it one {END!r}")
    known = version_of(stats.fingerprint)
    version = f", version {known.version} of {known.released}" if known else ""
    fingerprint = f"Fingerprint of the edition: `{stats.fingerprint}`{version}\n"
    return f"{head}{BEGIN}\n\n{fingerprint}\n{markdown(build_tables(stats))}\n{END}{tail}"


def update_card(path: Path, stats: EditionStats) -> None:
    """Replace the numbers in a card.

    Raises:
        UserError: The file can't be read or written, or has no place for the numbers.
    """
    write_atomically(path, fill_card(_read_card(path), stats, where=str(path)))


def stale_card(path: Path, fingerprint: str) -> str | None:
    """What to do where the numbers in a card are not of the edition with that fingerprint.

    Raises:
        UserError: The file can't be read.
    """
    _, _, rest = _read_card(path).partition(BEGIN)
    if f"`{fingerprint}`" in rest.partition(END)[0]:
        return None
    return (
        f"{path}: its numbers are not of the edition {short_digest(fingerprint)}; write them anew: "
        f"omiti2v data stats --card {path}"
    )


def _read_card(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: can't be read: {error}") from None


def plain_card(edition: Edition) -> str:
    """A card for an edition that brings none: what makes its folder load, and its name."""
    present = [
        category
        for category in CATEGORIES
        if any(sample.category == category for sample in edition.samples)
    ]
    lines = ["---", "configs:", "- config_name: all", "  default: true", "  data_files:"]
    lines += ["  - split: test", "    path:"]
    lines += [f"    - data/{category}.parquet" for category in present]
    for category in present:
        lines += [f"- config_name: {category}", "  data_files:", "  - split: test"]
        lines += [f"    path: data/{category}.parquet"]
    title = f"# Edition {edition.name} {edition.version or ''}".rstrip()
    lines += ["---", "", title, "", f"Fingerprint: `{edition.fingerprint}`"]
    return "\n".join(lines) + "\n"
