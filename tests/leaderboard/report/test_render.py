"""The page as a browser gets it: parsed, not searched for strings, wherever markup matters."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from leaderboard.report import write_report
from omiti2v.errors import UserError
from omiti2v.runs import Run
from omiti2v.submissions import SubmissionInfo

MakeRun = Callable[..., Run]
MakeKite = Callable[..., object]

VOID = {"meta", "img", "input", "wbr", "br"}
HOSTILE = (
    "<script>alert(1)</script> {{ 7*7 }} {% raw %} \u202egnp.exe\x07 \"'><img src=x onerror=a>"
)


class Document(HTMLParser):
    """Elements with their attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def classes(element: dict[str, str | None]) -> list[str]:
    return (element["class"] or "").split()


def render(path: Path, *runs: Run) -> tuple[str, Document]:
    write_report(runs, path / "report.html")
    page = (path / "report.html").read_text(encoding="utf-8")
    return page, Document(page)


@pytest.fixture
def hostile_run(make_run: MakeRun, make_kite: MakeKite) -> Run:
    """A run folder with markup and control characters in every text that it can hold."""
    short = HOSTILE[:100]
    sample = make_kite(
        0, prompt=HOSTILE, domain=short, subcategory=short, attribution=HOSTILE, licence=HOSTILE
    )
    return make_run(
        name=HOSTILE, samples=[sample], answers=[("yes", "unknown", "no")], judge=HOSTILE
    )


def test_the_page_is_well_formed_and_complete(make_run: MakeRun, tmp_path: Path) -> None:
    _, document = render(tmp_path, make_run())
    assert document.open == []
    assert len(document.all("h1")) == 1
    assert len(document.all("article")) == 12
    assert document.all("html")[0]["lang"] == "en"
    assert all(cell.get("scope") in ("row", "col") for cell in document.all("th"))
    # A reference image, and a strip in two halves that share their words.
    assert [bool(image["alt"]) for image in document.all("img")] == [True, True, False] * 10


def test_ids_are_unique_and_labels_have_their_field(make_run: MakeRun, tmp_path: Path) -> None:
    _, document = render(tmp_path, make_run())
    ids = [attributes["id"] for _, attributes in document.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {label["for"] for label in document.all("label")} <= set(ids)


def test_the_page_asks_nothing_of_the_network_and_runs_nothing(
    make_run: MakeRun, tmp_path: Path
) -> None:
    page, document = render(tmp_path, make_run())
    names = {name for name, _ in document.elements}
    assert not names & {"script", "link", "iframe", "object", "embed", "form", "base"}
    policy = next(m for m in document.all("meta") if m.get("http-equiv"))["content"]
    assert policy is not None and policy.split("; ") == [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    for name, attributes in document.elements:
        assert not [key for key in attributes if key.startswith("on")], name
        assert (attributes.get("src") or "data:image/webp;").startswith("data:image/webp;")
        assert (attributes.get("href") or "#").startswith("#")
    style = page[page.index("<style>") : page.index("</style>")]
    assert "url(" not in style and "@import" not in style


def test_text_of_a_run_folder_is_shown_as_text(hostile_run: Run, tmp_path: Path) -> None:
    page, document = render(tmp_path, hostile_run)
    assert document.open == []
    assert document.all("script") == []
    assert not [image for image in document.all("img") if image.get("src") == "x"]
    shown = HOSTILE.replace("\u202e", "[U+202E]").replace("\x07", "[U+0007]")
    # Title, heading, column heads, prompt, attribution, licence and judge.
    assert document.text.count(shown) >= 7
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]", page)


def test_links_of_a_submission_can_not_be_clicked(make_run: MakeRun, tmp_path: Path) -> None:
    submission = SubmissionInfo(name="x", links=("javascript:alert(1)",))
    _, document = render(tmp_path, make_run(submission=submission))
    assert "javascript:alert(1)" in document.text
    assert all((link["href"] or "").startswith("#sample-") for link in document.all("a"))


def test_pictures_are_inside_the_page(make_run: MakeRun, tmp_path: Path) -> None:
    _, document = render(tmp_path, make_run())
    # Ten videos could be read: a strip in two halves and a reference image each.
    assert len(document.all("img")) == 30


def test_an_absent_picture_is_named_as_such(make_run: MakeRun, tmp_path: Path) -> None:
    _, document = render(tmp_path, make_run(pictures=False))
    assert document.all("img") == []
    # Twelve reference images, ten strips; the other two samples say why they have no video.
    assert document.text.count("no picture") == 22


def test_right_and_wrong_are_told_apart_without_colour(make_run: MakeRun, tmp_path: Path) -> None:
    _, document = render(tmp_path, make_run(answers=[("yes", "yes", "unknown")]))
    assert "✓ yes, right" in document.text
    assert "✗ yes, wrong" in document.text
    assert "? unknown" in document.text


def test_a_score_that_is_not_available_is_called_so(make_run: MakeRun, tmp_path: Path) -> None:
    _, document = render(tmp_path, make_run(judge=None))
    assert "not available" in document.text
    assert "no judge: metrics only" in document.text
    assert "None" not in document.text and "nan" not in document.text.split()


def test_every_outcome_has_its_filter_and_its_samples(make_run: MakeRun, tmp_path: Path) -> None:
    page, document = render(tmp_path, make_run())
    for outcome in ("success", "partial", "negligent", "broken", "unscored"):
        assert f"#show-{outcome}:checked) .sample:not(.is-{outcome})" in page
        assert [field for field in document.all("input") if field["id"] == f"show-{outcome}"]
        shown = [card for card in document.all("article") if f"is-{outcome}" in classes(card)]
        assert shown


@pytest.mark.parametrize("count", [2, 7])
def test_runs_are_rows_of_every_table_so_that_none_grows_wide(
    make_run: MakeRun, tmp_path: Path, count: int
) -> None:
    rows = [("yes", "no", "yes"), ("no", "yes", "yes")]
    runs = [make_run(answers=rows, name=f"run {i}", folder=f"r{i}") for i in range(count)]
    page, document = render(tmp_path, *runs)
    tables = page.split("<table")[1:]
    assert max(table.split("</thead>")[0].count("<th ") for table in tables) <= 6
    heads = [cell for cell in document.all("th") if cell["scope"] == "rowgroup"]
    assert heads and {cell["rowspan"] for cell in heads} == {str(count)}
    answers = page.split('<td class="answers">')[1].split("</td>")[0]
    assert answers.count('class="number"') == answers.count("P(yes)</span>") == count
    assert len(document.all("img")) == 2 + 4 * count  # reference images, and strips in halves


def test_what_is_the_same_of_all_runs_is_said_once(make_run: MakeRun, tmp_path: Path) -> None:
    first = make_run(answers=[("yes", "no", "yes")])
    same = make_run(answers=[("yes", "no", "yes")], folder="same")
    other = make_run(answers=[("yes", "no", "yes")], folder="other", judge="another judge")
    assert render(tmp_path, first, same)[0].count("<dt>Judge</dt>") == 1
    page, document = render(tmp_path, first, other)
    assert page.count("<dt>Judge</dt>") == 2
    assert "The numbers of different judges are not comparable." in document.text


def test_what_scrolls_is_reached_by_the_keyboard_and_named(
    make_run: MakeRun, tmp_path: Path
) -> None:
    _, document = render(tmp_path, make_run(), make_run(folder="second"))
    areas = [row for row in document.all("div") if "scroll" in (row.get("class") or "").split()]
    assert len(areas) > 3
    assert {(area["role"], area["tabindex"]) for area in areas} == {("group", "0")}
    names = [area["aria-label"] for area in areas]
    assert all(names) and len(names) == len(set(names))


def test_a_report_that_can_not_be_written_is_one_line(make_run: MakeRun, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="can't be written"):
        write_report([make_run()], tmp_path / "file" / "report.html")


def test_the_same_runs_give_the_same_bytes(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run()
    assert render(tmp_path, run)[0] == render(tmp_path, run)[0]


def test_a_judge_that_said_too_little_is_the_first_notice_and_scores_are_not_available(
    make_run: MakeRun, tmp_path: Path
) -> None:
    silent = make_run(name="silent", answers=[("unknown", "unknown", "yes")] * 3)
    other = make_run(name="other", folder="other", answers=[("yes", "no", "yes")] * 3)
    page, document = render(tmp_path, silent, other)
    reason = "the judge said yes or no to 3 of the 9 questions put to it"
    assert page.index(reason) < page.index("<table")
    assert f"Not available: {reason}" in page
    assert "Not compared: the answers of a judge make no score, see above." in document.text
    assert "1 of 3 right" not in document.text
    assert "3 of 3 right" in document.text
    assert "unknown" in document.text
