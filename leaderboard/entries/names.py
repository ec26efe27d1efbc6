"""How entries and their files are called. No name here can leave its folder or drive a shell."""

from __future__ import annotations

import re
import unicodedata

from omiti2v.errors import UserError
from omiti2v.records import brief

ENTRIES = "entries"
EDITIONS = "editions"
CALIBRATIONS = "calibrations"

ENTRY = "entry.json"
RUN = "run.json"
SCORES = "scores.json"
MARKS = "marks.json"
RESPONSES = "responses.jsonl.gz"
MEASUREMENTS = "measurements.jsonl.gz"
VIDEOS = "videos.jsonl.gz"

PEOPLE = "people.json"
PEOPLE_ANSWERS = "people.jsonl.gz"
"""Both or neither: answers of people, and the scores anchored in them."""

REJUDGED = "rejudged.jsonl.gz"
"""The answers that the badge `videos` rests on; entries of before have none."""

LOGS = (RESPONSES, MEASUREMENTS, VIDEOS)

EDITION_NAME = r"^[a-z0-9][a-z0-9._-]{0,99}$"
SLUG = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
MAX_SLUG = 80
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_EDITION = re.compile(EDITION_NAME)
_SLUG = re.compile(SLUG)


def slug_of(name: str, *, version: int = 1) -> str:
    """A folder name for a submission's name, as `wan2-1-i2v-14b-alignvid` or `...-v2`.

    Args:
        name: From anywhere; what is not a letter or digit of ASCII becomes a hyphen.
        version: Later versions of a name stand beside the first, with its number at the end.
    """
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", ascii_name)[: MAX_SLUG - 8].strip("-") or "entry"
    return base if version == 1 else f"{base}-v{version}"


def is_plain_path(name: str) -> bool:
    """Whether a relative path with forward slashes is made of plain names only."""
    return len(name) <= 500 and all(_PART.fullmatch(part) for part in name.split("/"))


def split_entry_id(text: str) -> tuple[str, str]:
    """Edition and slug of `edition/slug`; the path of an entry's folder is taken too.

    Raises:
        UserError: It is not of this form.
    """
    parts = text.rstrip("/").split("/")[-2:]
    if len(parts) != 2 or not is_edition_name(parts[0]) or not is_slug(parts[1]):
        raise UserError(f"{brief(text)}: expected an entry as EDITION/NAME, as open/still-floor")
    return parts[0], parts[1]


def is_edition_name(text: str) -> bool:
    """Whether an edition of this name can have a folder on a board."""
    return bool(_EDITION.fullmatch(text))


def is_slug(text: str) -> bool:
    """Whether an entry's folder can have this name."""
    return len(text) <= MAX_SLUG and bool(_SLUG.fullmatch(text))


def edition_path(fingerprint: str) -> str:
    """Where a board keeps the samples of an edition."""
    return f"{EDITIONS}/{fingerprint}.jsonl.gz"


def calibration_path(fingerprint: str) -> str:
    """Where a board keeps the measured errors of a judge."""
    return f"{CALIBRATIONS}/{fingerprint}.json"


def entry_path(edition: str, slug: str, file: str = "") -> str:
    """Where a board keeps an entry, or a file of it."""
    return f"{ENTRIES}/{edition}/{slug}" + (f"/{file}" if file else "")
