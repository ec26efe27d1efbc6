"""Write an edition for others: as the hub shows it, or in the authors' layout."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from omiti2v.dataset.card import CARD, plain_card
from omiti2v.dataset.compile import LICENCES, NAME, copy_licences, pack_edition
from omiti2v.dataset.croissant import write_croissant
from omiti2v.dataset.image_files import check_image
from omiti2v.dataset.load import PACKAGE
from omiti2v.dataset.official import META, official_sample
from omiti2v.dataset.parquet import DATA, write_parquet
from omiti2v.editions import Edition
from omiti2v.errors import CannotWriteError, UserError
from omiti2v.temporary_folder import temporary_folder

Format = Literal["parquet", "meta.json"]


def export_edition(edition: Edition, folder: Path, *, form: Format = "parquet") -> None:
    """Write an edition to a new folder.

    Args:
        edition: With its images at hand.
        folder: Must not exist, or be empty. It appears whole or not at all.
        form: `parquet`: a dataset card, Croissant metadata and `data/<category>.parquet`, for
            `load_dataset(folder)` or the hub. `meta.json`: the layout of the authors' release, with
            the image files' bytes as they are.

    Raises:
        UserError: The folder is taken or can't be written, or an image is broken.
    """
    with new_folder(folder) as draft:
        if form == "parquet":
            _write_hub_folder(edition, draft)
        else:
            _write_official_folder(edition, draft)


def brought_card(edition: Edition) -> Path | None:
    """The card that comes with the package for OmitI2V-Open; None where `plain_card` makes one."""
    return PACKAGE / CARD if edition.name == NAME else None


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A draft folder that takes the place of `folder` when the block ends without an exception.

    Raises:
        UserError: There is something at `folder` already, or it can't be written.
    """
    if folder.is_symlink() or (folder.exists() and not _is_empty_folder(folder)):
        raise UserError(f"{folder}: is there already; expected a new folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with temporary_folder(prefix=f".{folder.name}.", inside=folder.parent) as draft:
            yield draft
            draft.chmod(0o755)
            draft.replace(folder)
    except OSError as error:
        raise CannotWriteError(folder, error) from None


def _is_empty_folder(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def _write_hub_folder(edition: Edition, folder: Path) -> None:
    write_parquet(pack_edition(edition), folder)
    if brought := brought_card(edition):
        card = brought.read_text(encoding="utf-8")
        (folder / CARD).write_text(card, encoding="utf-8")
        copy_licences(PACKAGE / DATA / LICENCES, folder / DATA / LICENCES)
        write_croissant(edition, folder, card=card)
    else:
        (folder / CARD).write_text(plain_card(edition), encoding="utf-8")
        write_croissant(edition, folder)


def _write_official_folder(edition: Edition, folder: Path) -> None:
    packed = pack_edition(edition)
    rows = []
    for sample in edition.samples:
        content = packed.images[sample.id]
        facts = check_image(content)
        row = official_sample(sample, ending=facts.ending, resolution=(facts.width, facts.height))
        path = folder / row.image_path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        rows.append(row.model_dump(mode="json", by_alias=True))
    text = json.dumps(rows, ensure_ascii=False, indent=2)
    (folder / META).write_text(text + "\n", encoding="utf-8")
