"""Editions: read from a folder, named by a fingerprint over samples and image bytes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from omiti2v.dataset.image_files import load_rgb_image
from omiti2v.editions import Edition, load_edition_folder, read_pinned_edition
from omiti2v.errors import UserError

MakeEdition = Callable[..., Edition]


def rows_of(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines()]


def write_rows(folder: Path, rows: list[dict[str, object]]) -> None:
    (folder / "samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_samples_come_ordered_by_id_whatever_file_they_stand_in(
    make_edition: MakeEdition, tmp_path: Path
) -> None:
    edition = make_edition(tmp_path)
    rows = rows_of(tmp_path)
    write_rows(tmp_path, [rows[2]])
    (tmp_path / "another.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows[:2]))
    again = load_edition_folder(tmp_path)
    assert [sample.id for sample in again.samples] == ["s000", "s001", "s002"]
    assert again.fingerprint == edition.fingerprint


def test_the_fingerprint_changes_with_a_word_a_question_or_an_image_byte(
    make_edition: MakeEdition, tmp_path: Path
) -> None:
    seen = {make_edition(tmp_path).fingerprint}
    rows = rows_of(tmp_path)
    rows[0]["prompt"] = "Another change happens"
    write_rows(tmp_path, rows)
    seen.add(load_edition_folder(tmp_path).fingerprint)
    rows[1]["questions"][0]["expected_answer"] = "no"  # type: ignore[index]
    write_rows(tmp_path, rows)
    seen.add(load_edition_folder(tmp_path).fingerprint)
    with (tmp_path / "images" / "s002.png").open("ab") as image:
        image.write(b"\0")
    seen.add(load_edition_folder(tmp_path).fingerprint)
    assert len(seen) == 4


def test_the_fingerprint_does_not_change_with_file_names_times_or_other_files(
    make_edition: MakeEdition, tmp_path: Path
) -> None:
    before = make_edition(tmp_path).fingerprint
    rows = rows_of(tmp_path)
    (tmp_path / "images" / "s000.png").rename(tmp_path / "images" / "moved.png")
    rows[0]["image"] = "images/moved.png"
    write_rows(tmp_path, rows[::-1])
    (tmp_path / "notes.txt").write_text("hello")
    os.utime(tmp_path / "images" / "s001.png", (0, 0))
    assert load_edition_folder(tmp_path).fingerprint == before


def test_a_pinned_edition_has_the_fingerprint_of_the_whole_one(
    make_edition: MakeEdition, tmp_path: Path
) -> None:
    edition = make_edition(tmp_path / "edition")
    edition.save_samples(tmp_path / "samples.jsonl")
    pinned = read_pinned_edition(tmp_path / "samples.jsonl", name=edition.name)
    assert pinned.samples == edition.samples
    assert pinned.fingerprint == edition.fingerprint
    with pytest.raises(UserError, match="images are not at hand"):
        pinned.image_path(pinned.samples[0])


def test_the_name_comes_from_edition_json(make_edition: MakeEdition, tmp_path: Path) -> None:
    assert make_edition(tmp_path).name == "custom"
    (tmp_path / "edition.json").write_text('{"name": "open"}')
    assert load_edition_folder(tmp_path).name == "open"
    (tmp_path / "edition.json").write_text('{"name": "<b>"}')
    with pytest.raises(UserError, match=r"edition\.json: name: string should match pattern"):
        load_edition_folder(tmp_path)


def test_a_file_without_a_final_newline_keeps_its_last_sample(
    make_edition: MakeEdition, tmp_path: Path
) -> None:
    before = make_edition(tmp_path)
    path = tmp_path / "samples.jsonl"
    path.write_text(path.read_text().rstrip("\n"))
    assert load_edition_folder(tmp_path).fingerprint == before.fingerprint


def test_ids_that_differ_only_in_case_are_refused(
    make_edition: MakeEdition, tmp_path: Path
) -> None:
    make_edition(tmp_path)
    rows = rows_of(tmp_path)
    rows[1]["id"] = "S000"
    write_rows(tmp_path, rows)
    with pytest.raises(UserError, match=r"samples\.jsonl:2: id 'S000' is taken by .*:1"):
        load_edition_folder(tmp_path)


def test_an_edition_may_be_made_of_links_as_the_hub_s_cache_is(
    make_edition: MakeEdition, tmp_path: Path
) -> None:
    before = make_edition(tmp_path / "blobs")
    folder = tmp_path / "snapshot"
    folder.mkdir()
    (folder / "questions.jsonl").symlink_to("../blobs/samples.jsonl")
    (folder / "images").symlink_to("../blobs/images")
    after = load_edition_folder(folder)
    assert after.fingerprint == before.fingerprint
    assert load_rgb_image(after.image_path(after.samples[0])).size == (64, 48)


@pytest.mark.parametrize("name", ["more.jsonl", "edition.json"])
def test_a_file_of_an_edition_that_leads_nowhere_is_named_and_not_passed_over(
    make_edition: MakeEdition, tmp_path: Path, name: str
) -> None:
    make_edition(tmp_path)
    (tmp_path / name).symlink_to(name)
    with pytest.raises(UserError, match=f"{name}: can't be read: Too many levels"):
        load_edition_folder(tmp_path)


def test_an_image_may_not_be_missing_or_a_folder_or_lead_nowhere(
    make_edition: MakeEdition, tmp_path: Path
) -> None:
    folder = tmp_path / "edition"
    make_edition(folder)
    image = folder / "images" / "s001.png"
    image.unlink()
    with pytest.raises(UserError, match=r"jsonl:2: image: images/s001\.png: No such file"):
        load_edition_folder(folder)
    image.mkdir()
    with pytest.raises(UserError, match="expected a file, got a folder"):
        load_edition_folder(folder)
    image.rmdir()
    image.symlink_to(image)
    with pytest.raises(UserError, match=r"jsonl:2: image: images/s001\.png: Too many levels"):
        load_edition_folder(folder)


def test_a_folder_without_samples_is_no_edition(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no \*\.jsonl file"):
        load_edition_folder(tmp_path)
    with pytest.raises(UserError, match="no such folder"):
        load_edition_folder(tmp_path / "absent")
    (tmp_path / "samples.jsonl").write_text("\n\n")
    with pytest.raises(UserError, match="hold no samples"):
        load_edition_folder(tmp_path)


def test_a_version_is_read_and_changes_no_fingerprint(
    make_edition: MakeEdition, tmp_path: Path
) -> None:
    before = make_edition(tmp_path)
    assert before.version is None
    (tmp_path / "edition.json").write_text('{"name": "open", "version": "1.0"}')
    after = load_edition_folder(tmp_path)
    assert (after.version, after.fingerprint) == ("1.0", before.fingerprint)
    (tmp_path / "edition.json").write_text('{"name": "open", "version": "<b>"}')
    with pytest.raises(UserError, match=r"edition\.json: version: "):
        load_edition_folder(tmp_path)
