"""Numbers written into a dataset card, and nothing else of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from omiti2v.dataset.card import BEGIN, CARD, END, fill_card, stale_card
from omiti2v.dataset.compile import read_annotations
from omiti2v.dataset.load import PACKAGE, load_edition
from omiti2v.dataset.stats import EditionStats, compute_stats
from omiti2v.errors import UserError
from omiti2v.samples import Facet, Question, Sample


@pytest.fixture
def stats(annotations: Path) -> EditionStats:
    return compute_stats(read_annotations(annotations))


def test_the_numbers_of_a_card_are_replaced_and_the_rest_stays(stats: EditionStats) -> None:
    card = f"head\n{BEGIN}\nold numbers\n{END}\ntail\n"
    once = fill_card(card, stats, where="card")
    assert once.startswith(f"head\n{BEGIN}\n")
    assert once.endswith(f"{END}\ntail\n")
    assert "old numbers" not in once
    assert f"`{stats.fingerprint}`" in once
    assert "| addition | 3 | 33.3 % | 33.2 % |" in once
    assert fill_card(once, stats, where="card") == once


@pytest.mark.parametrize("card", ["", BEGIN, f"{END}\n{BEGIN}", f"{BEGIN}\n{BEGIN}\n{END}"])
def test_a_card_without_a_place_for_the_numbers_is_refused(card: str, stats: EditionStats) -> None:
    with pytest.raises(UserError, match="README: expected one line"):
        fill_card(card, stats, where="README")


def test_the_card_of_the_package_has_a_place_for_the_numbers(stats: EditionStats) -> None:
    fill_card((PACKAGE / "README.md").read_text(), stats, where="README.md")


def test_a_card_with_the_numbers_of_another_edition_is_stale(
    stats: EditionStats, tmp_path: Path
) -> None:
    card = tmp_path / "card.md"
    # The fingerprint of an old version may stand in the card's prose.
    card.write_text(f"`{stats.fingerprint}`\n{BEGIN}\nFingerprint: `{'0' * 64}`\n{END}\n")
    problem = stale_card(card, stats.fingerprint)
    assert problem is not None
    assert problem.endswith(f"write them anew: omiti2v data stats --card {card}")
    card.write_text(fill_card(card.read_text(), stats, where="card"))
    assert stale_card(card, stats.fingerprint) is None


def test_the_card_of_the_package_has_the_numbers_of_its_edition() -> None:
    assert stale_card(PACKAGE / CARD, load_edition("open").fingerprint) is None


def test_the_card_explains_every_column_and_field() -> None:
    card = (PACKAGE / "README.md").read_text()
    explained = set()
    for row in card.split("\n## Columns\n")[1].split("\n## ")[0].splitlines():
        explained |= (
            set(re.findall(r"`(\w+)`", row.split("|")[1])) if row.startswith("|") else set()
        )
    fields = (Sample.model_fields, Question.model_fields, Facet.model_fields)
    assert explained == {name for names in fields for name in names}
