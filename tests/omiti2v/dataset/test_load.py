"""Loading an edition by name or folder, with its images as files."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from omiti2v.dataset.compile import compile_annotations
from omiti2v.dataset.export import export_edition
from omiti2v.dataset.load import load_edition, load_open_edition
from omiti2v.editions import load_edition_folder
from omiti2v.errors import UserError


@pytest.fixture
def package(annotations: Path, tmp_path: Path) -> Path:
    """A folder like that of the installed package, annotations nowhere near."""
    compile_annotations(annotations, tmp_path / "site" / "omiti2v")
    return tmp_path / "site" / "omiti2v"


def test_the_installed_edition_equals_the_annotations(
    package: Path, annotations: Path, tmp_path: Path
) -> None:
    source = load_edition_folder(annotations)
    shipped = load_open_edition(package, cache=tmp_path / "cache")
    assert (shipped.name, shipped.samples) == ("open", source.samples)
    assert shipped.fingerprint == source.fingerprint
    for sample in source.samples:
        assert shipped.image_path(sample).read_bytes() == source.image_path(sample).read_bytes()


def test_images_that_are_missing_or_changed_in_the_cache_are_written_anew(
    package: Path, tmp_path: Path
) -> None:
    first = load_open_edition(package, cache=tmp_path / "cache")
    paths = [first.image_path(sample) for sample in first.samples]
    contents = [path.read_bytes() for path in paths]
    for path in paths:
        os.utime(path, (1, 1))
    paths[0].unlink()
    paths[1].write_bytes(b"something else")
    load_open_edition(package, cache=tmp_path / "cache")
    assert [path.read_bytes() for path in paths] == contents
    assert [path.stat().st_mtime == 1 for path in paths[:3]] == [False, False, True]


def test_an_edition_that_is_not_compiled_is_named_with_the_command(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"not compiled here; run `omiti2v data build`"):
        load_open_edition(tmp_path)


def test_in_a_checkout_a_stale_compilation_is_refused(annotations: Path, tmp_path: Path) -> None:
    root = tmp_path / "checkout"
    shutil.copytree(annotations, root / "annotations")
    (root / "pyproject.toml").touch()
    compile_annotations(root / "annotations", root / "omiti2v")
    load_open_edition(root / "omiti2v", cache=tmp_path / "cache")
    (root / "annotations" / "edition.json").write_text('{"name": "open", "version": "1.0"}')
    with pytest.raises(UserError, match="compiled from other annotations"):
        load_open_edition(root / "omiti2v", cache=tmp_path / "cache")
    compile_annotations(root / "annotations", root / "omiti2v")
    assert load_open_edition(root / "omiti2v", cache=tmp_path / "cache").version == "1.0"
    with (root / "annotations" / "images" / "s003.png").open("ab") as image:
        image.write(b"\0")
    with pytest.raises(UserError, match=r"compiled from other annotations .* `omiti2v data build`"):
        load_open_edition(root / "omiti2v", cache=tmp_path / "cache")


def test_a_folder_may_be_annotations_an_edition_or_an_export(
    annotations: Path, tmp_path: Path
) -> None:
    edition = load_edition(annotations)
    export_edition(edition, tmp_path / "export")
    exported = load_edition(str(tmp_path / "export"), cache=tmp_path / "cache")
    assert (exported.name, exported.fingerprint) == ("custom", edition.fingerprint)
    with pytest.raises(UserError, match="no such folder"):
        load_edition(tmp_path / "absent")
