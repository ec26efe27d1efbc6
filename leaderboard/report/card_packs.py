"""The samples of a large report, packed: a browser unpacks those that it shows.

A pack is JSON, as gzip, as base64: no text of a run can end the element that holds it, and a
browser passes over it as fast as it reads.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterator, Sequence

from leaderboard.report.sample_cards import SampleCard

ALL_AT_ONCE = 500
"""Up to so many samples stand in the page as they are."""
PACKED_PAGE = 50
"""Beyond, so many stand there at a time."""
_PACK_CHARACTERS = 200_000


def pack_cards(
    cards: Sequence[SampleCard], as_markup: Callable[[SampleCard], str]
) -> Iterator[str]:
    """Packs of the cards' markup, and at last an index, packed too.

    The index has a row for each card: number of its pack and place in it, the sample's id, the
    classes that the filters go by, and the text that is searched, in lower case.
    """
    index: list[tuple[int, int, str, list[str], str]] = []
    markups: list[str] = []
    number = size = 0
    for card in cards:
        sample = card.sample
        words = f"{sample.id} {sample.prompt}".lower()
        index.append((number, len(markups), sample.id, card.classes, words))
        markups.append(as_markup(card))
        size += len(markups[-1])
        if size > _PACK_CHARACTERS:
            yield _packed(markups)
            markups, number, size = [], number + 1, 0
    if markups:
        yield _packed(markups)
    yield _packed(index)


def _packed(value: object) -> str:
    text = json.dumps(value, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode("ascii")
