"""The versions of OmitI2V-Open, known by their fingerprints.

A version is no part of a fingerprint: it is looked up here, so that runs, entries and plans of any
age are named by their version without carrying it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from omiti2v.number_format import short_digest

TITLE = "OmitI2V-Open"


@dataclass(frozen=True)
class EditionVersion:
    """A version of OmitI2V-Open.

    Attributes:
        version: As "1.0".
        released: The day.
        fingerprint: Of its samples and images, 64 hex digits.
        changes: What is different from the version before, in a sentence.
    """

    version: str
    released: date
    fingerprint: str
    changes: str


VERSIONS = (
    EditionVersion(
        "0.9",
        date(2026, 11, 22),
        "31f8402c6c20dd0fe43a5dde8987de30730db110324161dda0afa1009e6c7278",
        "The first samples, without facets.",
    ),
    EditionVersion(
        "1.0",
        date(2026, 12, 1),
        "934677e21a5ece1d0848ba6dff8f407c5538e053c7f43514f5d4e395a9b35cf9",
        "Every sample lists its facets, people, edits and target area, and every question names "
        "the facet that it tests; samples, questions and images were revised and added.",
    ),
)
"""Oldest first; the last one is current."""

CURRENT = VERSIONS[-1]

_BY_FINGERPRINT = {known.fingerprint: known for known in VERSIONS}


def version_of(fingerprint: str) -> EditionVersion | None:
    """The version with that fingerprint; None where it is no version of OmitI2V-Open."""
    return _BY_FINGERPRINT.get(fingerprint)


def edition_label(name: str, fingerprint: str) -> str:
    """An edition with its version, where that is known, and its short fingerprint.

    >>> edition_label("open", VERSIONS[0].fingerprint)
    'open 0.9 (31f8402c6c20)'
    >>> edition_label("custom", "92aed31364f3328f" * 4)
    'custom 92aed31364f3'
    """
    known, short = version_of(fingerprint), short_digest(fingerprint)
    return f"{name} {known.version} ({short})" if known else f"{name} {short}"


def versioned_name(name: str, fingerprint: str) -> str:
    """An edition's name, with its version where that is known.

    >>> versioned_name("open", VERSIONS[0].fingerprint)
    'open 0.9'
    """
    known = version_of(fingerprint)
    return f"{name} {known.version}" if known else name


def old_version_note(fingerprint: str) -> str | None:
    """What to know of results on a version that is not the current one, else None.

    Goes after the name of the results, as in "RUN: of OmitI2V-Open 0.9, ...".
    """
    known = version_of(fingerprint)
    if known is None or known is CURRENT:
        return None
    return (
        f"of {TITLE} {known.version}, not of {CURRENT.version}, the current version: scores on the "
        "two are not comparable"
    )


def stale_table(*, version: str | None, fingerprint: str) -> str | None:
    """What is to be changed here where the annotations are not those of `CURRENT`, else None.

    Args:
        version: In the annotations' `edition.json`; None where it gives none.
        fingerprint: Of the annotations.
    """
    if version != CURRENT.version:
        return (
            f"annotations/edition.json: version: {version}, but the newest in "
            f"omiti2v/edition_versions.py is {CURRENT.version}; make them the same"
        )
    known = version_of(fingerprint)
    if known and known is not CURRENT:
        return (
            f"annotations/edition.json: version: {version}, but the samples are those of "
            f"{known.version}"
        )
    if known is None:
        return (
            f"omiti2v/edition_versions.py: {CURRENT.version}: fingerprint: the annotations have "
            f'another; paste "{fingerprint}" while {CURRENT.version} is not published, else add a '
            "version"
        )
    return None
