"""The samples of a large report, as a browser unpacks them."""

import base64
import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaderboard.report import write_report
from leaderboard.report.card_packs import ALL_AT_ONCE, PACKED_PAGE, pack_cards
from leaderboard.report.report_page import build_page
from omiti2v.runs import Run

MakeRun = Callable[..., Run]

RIGHT = ("yes", "no", "yes")
IGNORED = ("no", "yes", "yes")
HOSTILE = "</script><script>alert(1)</script><!--\u202e"
PACK = re.compile('<script type="text/plain" class="pack">([A-Za-z0-9+/=]*)</script>')


def unpack(pack: str) -> Any:
    return json.loads(gzip.decompress(base64.b64decode(pack)))


def test_the_index_leads_to_the_markup_of_every_card(make_run: MakeRun) -> None:
    runs = [make_run(), make_run(folder="second", answers=[RIGHT] * 12)]
    cards = build_page(runs).cards
    *packs, index = map(unpack, pack_cards(cards, lambda card: card.sample.id + "x" * 60_000))
    assert [len(pack) for pack in packs] == [4, 4, 4]
    assert [packs[row[0]][row[1]][:7] for row in index] == [row[2] for row in index]
    assert [row[2] for row in index] == [card.sample.id for card in cards]
    assert index[0][3:] == [
        ["of-deletion", "is-negligent", "is-flipped"],
        "kite-01 a red kite rises into the sky while the small green boat sails out of view.",
    ]


@pytest.mark.parametrize("beyond", [0, 1])
def test_only_a_large_report_is_packed(
    make_run: MakeRun, make_kite: Callable[..., Any], tmp_path: Path, beyond: int
) -> None:
    count = ALL_AT_ONCE + beyond
    samples = [make_kite(i, id=f"kite-{i:03d}") for i in range(count)]
    run = make_run(samples=samples, answers=[RIGHT] * count, pictures=False)
    write_report([run], tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    packs = PACK.findall(page)
    assert page.count("<script") == (len(packs) + 1 if beyond else 0)
    assert page.count("<article") == (PACKED_PAGE if beyond else count)
    if beyond:
        *markups, index = map(unpack, packs)
        assert len(index) == count == sum(map(len, markups))
        # What is packed is what stands in the page.
        assert page.count(markups[0][0]) == 1


def test_no_text_of_a_run_gets_out_of_its_pack(
    make_run: MakeRun, make_kite: Callable[..., Any], tmp_path: Path
) -> None:
    samples = [make_kite(0, id=f"kite-{i:03d}", prompt=HOSTILE) for i in range(ALL_AT_ONCE + 1)]
    run = make_run(samples=samples, answers=[IGNORED] * len(samples), pictures=False)
    write_report([run], tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    packs = PACK.findall(page)
    assert page.count("<script") == page.count("</script>") == len(packs) + 1
    markup = "".join(unpack(packs[0]))
    assert "<script" not in markup and "\u202e" not in markup
    assert "&lt;script&gt;alert(1)" in markup
