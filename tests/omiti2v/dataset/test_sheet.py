"""The contact sheet: every sample on one page that loads and runs nothing."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path

import pytest

from omiti2v.dataset.compile import read_annotations
from omiti2v.dataset.sheet import write_sheet
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.samples import Facet, Sample


def test_every_sample_is_there_with_its_prompt_questions_and_licence(
    annotations: Path, tmp_path: Path
) -> None:
    edition = read_annotations(annotations)
    seen = []
    write_sheet(edition, tmp_path / "sheet.html", progress=lambda: seen.append(1))
    page = (tmp_path / "sheet.html").read_text()
    assert len(seen) == len(edition.samples)
    assert page.count("<article") == page.count("data:image/jpeg;base64,") == 9
    for sample in edition.samples:
        shown = [sample.id, sample.prompt, sample.attribution, sample.source, sample.caption_after]
        for text in (*shown, *(question.question for question in sample.questions)):
            assert text is not None
            assert html.escape(text) in page
    assert page.count("CC-BY-SA-4.0") == 9
    assert page.count("9 of 9") == 1


def test_text_of_samples_is_shown_and_never_becomes_markup(
    make_edition: Callable[..., Edition],
    make_samples: Callable[..., tuple[Sample, ...]],
    tmp_path: Path,
) -> None:
    (sample,) = make_samples(1)
    hostile = '<img src=x onerror=alert(1)>"\u202e\x1b'
    sample = sample.model_copy(
        update={"prompt": hostile, "caption_before": hostile, "subcategory": hostile}
    )
    write_sheet(make_edition(tmp_path, samples=[sample]), tmp_path / "sheet.html")
    page = (tmp_path / "sheet.html").read_text()
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;&#34;[U+202E][U+001B]" in page
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page


def test_facets_are_listed_under_their_name(
    make_edition: Callable[..., Edition],
    make_samples: Callable[..., tuple[Sample, ...]],
    tmp_path: Path,
) -> None:
    (sample,) = make_samples(1)
    facets = (Facet(id="f1", kind="manner", text="happens"),)
    sample = sample.model_copy(update={"facets": facets})
    write_sheet(make_edition(tmp_path, samples=[sample]), tmp_path / "sheet.html")
    page = (tmp_path / "sheet.html").read_text()
    assert (
        '<dt title="what the prompt asks for">facets</dt><dd dir="auto">manner: “happens”' in page
    )


def test_a_broken_image_is_named_and_no_page_is_written(annotations: Path, tmp_path: Path) -> None:
    edition = read_annotations(annotations)
    (annotations / "images" / "s004.png").write_bytes(b"not an image")
    with pytest.raises(UserError, match=r"s004\.png: is not an image"):
        write_sheet(edition, tmp_path / "sheet.html")
    assert not (tmp_path / "sheet.html").exists()
