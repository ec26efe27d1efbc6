"""Editions written for others, bytes of images unchanged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from omiti2v.dataset.export import export_edition
from omiti2v.dataset.official_import import import_release
from omiti2v.editions import Edition
from omiti2v.samples import Sample


def test_import_then_export_gives_the_same_release(release: Path, tmp_path: Path) -> None:
    edition = import_release(str(release), tmp_path / "official").edition
    export_edition(edition, tmp_path / "again", form="meta.json")
    for path in sorted(release.rglob("*")):
        if path.is_file():
            assert (tmp_path / "again" / path.relative_to(release)).read_bytes() == (
                path.read_bytes()
            )


def test_a_jpeg_keeps_its_bytes_and_its_ending(
    make_edition: Callable[..., Edition],
    make_samples: Callable[..., tuple[Sample, ...]],
    tmp_path: Path,
) -> None:
    (sample,) = make_samples(1)
    sample = sample.model_copy(update={"image": "images/a.jpg"})
    edition = make_edition(tmp_path / "edition", samples=[sample])
    export_edition(edition, tmp_path / "release", form="meta.json")
    written = tmp_path / "release" / "addition" / "none" / "structures" / "s000.jpg"
    assert written.read_bytes() == (tmp_path / "edition" / "images" / "a.jpg").read_bytes()
