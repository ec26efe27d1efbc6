"""A release is imported whole, or every problem is listed and nothing imported."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from omiti2v.dataset.official_import import BrokenReleaseError, import_release
from omiti2v.errors import UserError

Rows = list[dict[str, Any]]
EditMeta = Callable[[Callable[[Rows], object]], None]


def problems_of(release: Path, target: Path) -> list[str]:
    """The problems of a release that must be refused without a trace."""
    before = sorted(target.parent.iterdir())
    with pytest.raises(BrokenReleaseError, match="nothing was imported") as caught:
        import_release(str(release), target)
    assert sorted(target.parent.iterdir()) == before
    return list(caught.value.problems)


def test_numbered_questions_unknown_keys_and_other_resolutions_are_taken_with_notes(
    release: Path, edit_meta: EditMeta, tmp_path: Path
) -> None:
    def change(rows: Rows) -> None:
        rows[0]["resolution"] = [832, 480]
        rows[0]["questions"][0]["id"] = 7
        for row in rows:
            row["seed"] = 1
        rows[1]["questions"][0]["weight"] = 1
        del rows[2]["resolution"], rows[2]["sub-category"], rows[2]["expected-change"]

    edit_meta(change)
    imported = import_release(str(release), tmp_path / "official")
    assert imported.edition.samples[0].questions[0].id == "7"
    assert imported.edition.samples[2].subcategory is None
    assert imported.edition.samples[2].expected_change is None
    assert sorted(imported.notes) == [
        "meta.json: [0] 's000': resolution: says (832, 480), the image has (64, 48)",
        "meta.json: key 'questions.weight' is not known and was ignored, 1 times",
        "meta.json: key 'seed' is not known and was ignored, 9 times",
    ]


def test_every_problem_is_listed_with_its_place_and_nothing_is_imported(
    release: Path, edit_meta: EditMeta, tmp_path: Path
) -> None:
    rows = json.loads((release / "meta.json").read_text())
    (release / rows[0]["image-path"]).unlink()
    (release / rows[1]["image-path"]).write_text("not an image")
    image = release / rows[2]["image-path"]
    image.write_bytes(image.read_bytes()[:200])

    def change(rows: Rows) -> None:
        rows[3]["main-category"] = "replacement"
        rows[3]["prompt"] = ["a", "list"]
        rows[4]["id"] = "S001"
        del rows[5]["questions"][1]["expected_answer"]
        rows[5]["questions"][2]["expected_answer"] = "maybe"
        rows[6]["image-path"] = "../annotations/images/s006.png"
        rows[7]["questions"][3]["id"] = "q1"
        rows[8]["questions"] = []
        rows.append("a text")  # type: ignore[arg-type]

    edit_meta(change)
    found = "\n".join(problems_of(release, tmp_path / "official"))
    expected = [
        "[0] 's000': image-path: 'addition/object/objects/s000.png' No such file or directory",
        "[1] 's001': image-path: 'deletion/time_of_day/nature-environment/s001.png' is not an",
        "[2] 's002': image-path: 'modification/object/objects/s002.png' is a damaged image",
        "[3] 's003': main-category: input should be 'addition', 'deletion' or 'modification', got",
        "[3] 's003': prompt: input should be a valid string, got ['a', 'list']",
        "[4] 'S001': id: is taken by meta.json: [1] 's001'",
        "[5] 's005': questions.1.expected_answer: field required",
        "[5] 's005': questions.2.expected_answer: input should be 'yes' or 'no', got 'maybe'",
        "[6] 's006': image: expected a relative path inside",
        "[7] 's007': the record 's007': question id 'q1' is used more than once",
        "[8] 's008': questions: tuple should have at least 1 item",
        "[9]: the record: input should be an object",
    ]
    missing = [line for line in expected if f"meta.json: {line}" not in found]
    assert not missing, found
    assert len(found.splitlines()) == len(expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"{", "meta.json: not JSON: EOF"),
        (b"\xff", "meta.json: not JSON"),
        (b'[{"id": NaN}]', "meta.json: not JSON"),
        (b"[" * 100_000, "meta.json: not JSON: recursion limit"),
        (b"{}", "meta.json: expected a list of samples, got {}"),
        (b"[]", "meta.json: expected a list of samples, got []"),
        (b" " * (1 << 24) + b"[]", "meta.json: has 16777218 bytes, expected at most 16777216"),
        (None, "meta.json: No such file"),
    ],
)
def test_a_meta_json_that_is_no_list_of_samples_is_refused(
    text: bytes | None, message: str, release: Path, tmp_path: Path
) -> None:
    (release / "meta.json").unlink()
    if text is not None:
        (release / "meta.json").write_bytes(text)
    (problem,) = problems_of(release, tmp_path / "official")
    assert problem.startswith(message)


def to_link(path: Path, secret: Path) -> None:
    secret.write_text("secret")
    path.unlink()
    path.symlink_to(secret)


def to_pipe(path: Path, secret: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def to_folder(path: Path, secret: Path) -> None:
    path.unlink()
    path.mkdir()


def to_huge_file(path: Path, secret: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(1 << 40)  # sparse


def to_huge_picture(path: Path, secret: Path) -> None:
    PIL.Image.new("1", (8_200, 8_200)).save(path, "PNG")


def to_gigantic_picture(path: Path, secret: Path) -> None:
    PIL.Image.new("1", (14_000, 14_000)).save(path, "PNG")


def to_gif(path: Path, secret: Path) -> None:
    PIL.Image.new("L", (8, 8)).save(path, "GIF")


@pytest.mark.parametrize(
    ("hostile", "message"),
    [
        (to_link, "is not an image; expected JPEG, PNG or WebP"),
        (to_pipe, "expected a file, got a pipe"),
        (to_folder, "expected a file, got a folder"),
        (to_huge_file, "has 1099511627776 bytes, expected at most"),
        (to_huge_picture, "has more than 67108864 pixels"),
        (to_gigantic_picture, "has more than 67108864 pixels"),
        (to_gif, "is not an image; expected JPEG, PNG or WebP"),
    ],
)
def test_a_hostile_image_is_a_problem_and_not_read(
    hostile: Callable[[Path, Path], None], message: str, release: Path, tmp_path: Path
) -> None:
    rows = json.loads((release / "meta.json").read_text())
    hostile(release / rows[0]["image-path"], tmp_path / "secret")
    found = problems_of(release, tmp_path / "official")
    assert message in found[0]


@pytest.mark.parametrize(
    "path", ["/etc/hostname", "a/../../b.png", "a\\b.png", "a\0b.png", "./a.png", "a//b.png", ""]
)
def test_a_path_that_is_not_plain_is_a_problem(
    path: str, release: Path, edit_meta: EditMeta, tmp_path: Path
) -> None:
    edit_meta(lambda rows: rows[0].update({"image-path": path}))
    (problem,) = problems_of(release, tmp_path / "official")
    assert problem.startswith("meta.json: [0] 's000': image")


def test_an_import_never_writes_over_what_is_there(release: Path, tmp_path: Path) -> None:
    (tmp_path / "official").mkdir()
    (tmp_path / "official" / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="is there already; expected a new folder"):
        import_release(str(release), tmp_path / "official")
    assert [path.name for path in (tmp_path / "official").iterdir()] == ["mine.txt"]


def test_a_hub_id_needs_its_commit(tmp_path: Path) -> None:
    for source in ("AIPeanutman/OmitI2V", "AIPeanutman/OmitI2V@main", "nowhere"):
        with pytest.raises(UserError, match=r"expected a folder, or ORG/NAME@<40 hex digits>"):
            import_release(source, tmp_path / "official")
    assert not list(tmp_path.iterdir())
