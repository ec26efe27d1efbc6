"""Editions by name or folder; images of packed ones are unpacked into the user's cache folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import platformdirs

from omiti2v.dataset.compile import NAME, read_annotations
from omiti2v.dataset.parquet import DATA, PackedEdition, parquet_paths, read_parquet
from omiti2v.digests import sha256_of_file
from omiti2v.editions import Edition, load_edition_folder
from omiti2v.errors import UserError
from omiti2v.records import write_bytes_atomically
from omiti2v.reviews.confirmed import REVIEWS, with_confirmations
from omiti2v.samples import CATEGORIES

PACKAGE = Path(__file__).resolve().parent.parent
"""The folder of the package `omiti2v`, which has the layout of a data set on the hub."""


def load_edition(edition: str | Path = NAME, *, cache: Path | None = None) -> Edition:
    """Load an edition: see `omiti2v.load_edition`.

    Args:
        edition: "open" or a folder.
        cache: Where images of packed editions are unpacked; the user's cache folder where None.

    Raises:
        UserError: The edition is missing, broken, or not compiled from its annotations.
    """
    if edition == NAME:
        return load_open_edition(PACKAGE, cache=cache)
    folder = Path(edition)
    if parquet_paths(folder) and not any(folder.glob("*.jsonl")):
        return unpack(read_parquet(folder), cache=cache)
    return with_confirmations(load_edition_folder(folder), folder / REVIEWS)


def load_open_edition(package: Path, *, cache: Path | None = None) -> Edition:
    """OmitI2V-Open as it lies compiled in the package.

    Args:
        package: The folder of the package `omiti2v`.
        cache: As for `load_edition`.

    Raises:
        UserError: It is not compiled, broken, or, in a checkout, not what the annotations say.
    """
    if len(parquet_paths(package)) != len(CATEGORIES):
        raise UserError(
            f"{package / DATA}: OmitI2V-Open is not compiled here; run `omiti2v data build` in a "
            "checkout, or install omiti2v again"
        )
    packed = read_parquet(package)
    annotations = annotations_of(package)
    if annotations is None:
        return unpack(packed, cache=cache)
    now, then = read_annotations(annotations), packed.edition
    if (now.fingerprint, now.version) != (then.fingerprint, then.version):
        raise UserError(
            f"{package / DATA}: compiled from other annotations than {annotations} now holds; run "
            "`omiti2v data build`"
        )
    # Reviews go on after compiling, and change neither questions nor fingerprint.
    return with_confirmations(unpack(packed, cache=cache), annotations / REVIEWS)


def annotations_of(package: Path) -> Path | None:
    """The annotations beside the package in a checkout; None where it is installed elsewhere."""
    root = package.parent
    is_checkout = (root / "pyproject.toml").is_file() and (root / "annotations").is_dir()
    return root / "annotations" if is_checkout else None


def unpack(packed: PackedEdition, *, cache: Path | None = None) -> Edition:
    """The edition with its images as files, each whole and of the right digest.

    Files that are there and right stay; any other is written anew, atomically, so that several
    processes may do this at once.

    Args:
        packed: The edition and its images' bytes.
        cache: The folder of all unpacked editions; the user's cache folder where None.

    Raises:
        UserError: A file can't be written.
    """
    edition = packed.edition
    folder = (cache or platformdirs.user_cache_path("omiti2v") / "editions") / edition.fingerprint
    for sample in edition.samples:
        path = folder / sample.image
        if not _holds(path, edition.image_sha256[sample.id]):
            write_bytes_atomically(path, packed.images[sample.id])
    return replace(edition, root=folder)


def _holds(path: Path, sha256: str) -> bool:
    return path.is_file() and sha256_of_file(path) == sha256
