"""What is written beside the videos: a line for each, and `submission.yaml`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from importlib import metadata
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field

from alignvid_ref.generation.settings import GenerationSettings, describe_difference
from alignvid_ref.generation.shards import Shard
from omiti2v.errors import UserError
from omiti2v.records import (
    Digest,
    canonical_json,
    read_records,
    write_atomically,
    write_records,
)
from omiti2v.samples import Sample
from omiti2v.submissions import SubmissionInfo, read_submission_info
from omiti2v.takes import AboutVideo

_PACKAGES = ("omiti2v", "av", "numpy", "opencv-python-headless", "pillow")
# Fields of their own in `submission.yaml`.
_OUTSIDE = {"method", "backbone", "revision", "seed"}
_MODEL_PACKAGES = ("torch", "diffusers", "transformers", "accelerate")


class VideoRecord(AboutVideo):
    """Where a video comes from.

    Attributes:
        sample_id: Its sample.
        take: The seed of its settings, where the folder has several videos of a sample.
        file: Its path in the folder.
        sha256: Of its bytes.
        input_sha256: Of the prompt and the reference image that it was made from.
        edition: Name of the sample's edition.
        edition_fingerprint: Of the sample's edition.
        seed: The video's own.
        height, width: Of this video, in pixels.
        steps_on: Denoising steps at which AlignVid, `alg` or `dymos` acted, as "on/all"; None for
            other methods.
        passes: Forwards of the transformer that making it took; None for a control.
        settings: Those of all videos of the folder, but for the seed where there are takes.
        device: As "cuda:0"; None for a control.
        versions: Of the packages.
        seconds: That making it took.
    """

    file: str
    sha256: Digest
    input_sha256: Digest
    edition: str
    edition_fingerprint: Digest
    seed: int
    height: int
    width: int
    steps_on: str | None = None
    passes: int | None = None
    settings: GenerationSettings
    device: str | None = None
    versions: dict[str, str]
    seconds: Annotated[float, Field(ge=0)]


def input_digest(sample: Sample, image_sha256: str) -> str:
    """SHA-256 over what a video is made from, 64 hex digits."""
    text = canonical_json({"prompt": sample.prompt, "image_sha256": image_sha256})
    return hashlib.sha256(text.encode()).hexdigest()


def installed_versions(settings: GenerationSettings) -> dict[str, str]:
    """Versions of the packages that take part in making videos."""
    names = (*_PACKAGES, *_MODEL_PACKAGES) if settings.backbone else _PACKAGES
    found = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def log_path(folder: Path, shard: Shard) -> Path:
    """The log of one shard; processes at work at the same time never write to the same."""
    name = "provenance" if shard.count == 1 else f"provenance-{shard.index + 1}-of-{shard.count}"
    return folder / f"{name}.jsonl"


def read_provenance(folder: Path, shard: Shard) -> dict[str, VideoRecord]:
    """The records of the videos in the folder, by video, from the logs of all shards.

    Lines of the shard's own log whose video never came to be, as after a kill, are dropped.

    Raises:
        UserError: A log can't be read or holds something else.
    """
    found: dict[str, VideoRecord] = {}
    for path in sorted(folder.glob("provenance*.jsonl")):
        records = read_records(path, VideoRecord, torn_tail=True)
        latest = {record.video_id: record for record in records}
        kept = [record for record in latest.values() if (folder / record.file).is_file()]
        if path == log_path(folder, shard) and len(kept) < len(records):
            write_records(path, kept)
        found |= {record.video_id: record for record in kept}
    return found


def require_same_settings(
    folder: Path,
    settings: GenerationSettings,
    records: Mapping[str, VideoRecord],
    *,
    seeds: Collection[int] = (),
) -> None:
    """Check that the folder has no videos made with other settings.

    Args:
        folder: Of the videos.
        settings: Of those to be made.
        records: Of those that are there.
        seeds: Where samples are to have several videos: all seeds asked for. A video that is there
            without a take must be of one of them.

    Raises:
        UserError: It has, or its `submission.yaml` says so.
    """
    wanted = settings.model_dump(exclude={"seed"} if seeds else None)
    for record in records.values():
        if seeds and record.take is None and record.settings.seed not in seeds:
            raise UserError(
                f"{folder / record.file}: made with seed {record.settings.seed}, which is not "
                "among --seeds; add it, or give another --output"
            )
        difference = describe_difference(record.settings.model_dump(), wanted)
        if difference:
            raise UserError(
                f"{folder / record.file}: made with other settings: {difference}; give the same "
                "settings or another --output"
            )
    info = read_submission_info(folder) if folder.is_dir() else None
    if info is not None:
        # Settings that are None were left out of a file that was written here.
        told = dict.fromkeys(wanted.keys() - _OUTSIDE) if "fit" in info.settings else {}
        difference = describe_difference(told | dict(info.settings), wanted)
        if difference:
            raise UserError(
                f"{folder / 'submission.yaml'}: tells of other settings: {difference}; give the "
                "same settings or another --output"
            )


def write_submission_file(
    folder: Path, settings: GenerationSettings, *, seeds: Collection[int] = ()
) -> None:
    """Write `submission.yaml` where there is none; what a person wrote into it stays.

    Args:
        folder: Of the videos.
        settings: Of all of them.
        seeds: Where samples have several videos. In a file that is there, the line of the seed or
            seeds alone is brought up to date.

    Raises:
        UserError: The file can't be read or written.
    """
    path = folder / "submission.yaml"
    line = f"seeds: [{', '.join(map(str, sorted(seeds)))}]"
    if path.exists():
        info = read_submission_info(folder) if seeds else None
        if info and not set(seeds) <= set(info.seeds):
            text = path.read_text(encoding="utf-8")
            write_atomically(path, _SEED_LINE.sub(line, text, count=1))
        return
    model = f"{settings.backbone} + " if settings.backbone else ""
    info = SubmissionInfo(
        name=f"{model}{settings.method}",
        method=settings.method,
        backbone=settings.backbone,
        revision=settings.revision,
        seed=None if seeds else settings.seed,
        settings=settings.model_dump(exclude=_OUTSIDE, exclude_none=True),
    )
    fields = info.model_dump(mode="json", exclude_none=True, exclude={"links", "seeds"})
    write_atomically(
        path,
        "# Fill in contact, license and links before you hand the folder in.\n"
        + yaml.safe_dump(fields, sort_keys=False, allow_unicode=True)
        + (f"{line}\n" if seeds else ""),
    )


# As it is written here; what a person wrote otherwise stays.
_SEED_LINE = re.compile(r"^(?:seed: \d+|seeds: \[[\d, ]*\])$", re.MULTILINE)
