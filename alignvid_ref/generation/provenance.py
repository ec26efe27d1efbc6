"""What is written beside the videos: a line for each, and `submission.yaml`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
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
    Record,
    canonical_json,
    read_records,
    write_atomically,
    write_records,
)
from omiti2v.samples import Sample, SampleId
from omiti2v.submissions import SubmissionInfo, read_submission_info

_PACKAGES = ("omiti2v", "av", "numpy", "opencv-python-headless", "pillow")
_MODEL_PACKAGES = ("torch", "diffusers", "transformers", "accelerate")


class VideoRecord(Record):
    """Where a video comes from.

    Attributes:
        sample_id: Its sample.
        file: Its name in the folder.
        sha256: Of its bytes.
        input_sha256: Of the prompt and the reference image that it was made from.
        edition: Name of the sample's edition.
        edition_fingerprint: Of the sample's edition.
        seed: The sample's own.
        height, width: Of this video, in pixels.
        steps_on: Denoising steps at which AlignVid acted, as "on/all"; None for other methods.
        settings: Those of all videos of the folder.
        device: As "cuda:0"; None for a control.
        versions: Of the packages.
        seconds: That making it took.
    """

    sample_id: SampleId
    file: str
    sha256: Digest
    input_sha256: Digest
    edition: str
    edition_fingerprint: Digest
    seed: int
    height: int
    width: int
    steps_on: str | None = None
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
    """The records of the videos in the folder, by sample id, from the logs of all shards.

    Lines of the shard's own log whose video never came to be, as after a kill, are dropped.

    Raises:
        UserError: A log can't be read or holds something else.
    """
    found: dict[str, VideoRecord] = {}
    for path in sorted(folder.glob("provenance*.jsonl")):
        records = read_records(path, VideoRecord, torn_tail=True)
        latest = {record.sample_id: record for record in records}
        kept = [record for record in latest.values() if (folder / record.file).is_file()]
        if path == log_path(folder, shard) and len(kept) < len(records):
            write_records(path, kept)
        found |= {record.sample_id: record for record in kept}
    return found


def require_same_settings(
    folder: Path, settings: GenerationSettings, records: Mapping[str, VideoRecord]
) -> None:
    """Check that the folder has no videos made with other settings.

    Raises:
        UserError: It has, or its `submission.yaml` says so.
    """
    wanted = settings.model_dump()
    for record in records.values():
        difference = describe_difference(record.settings.model_dump(), wanted)
        if difference:
            raise UserError(
                f"{folder / record.file}: made with other settings: {difference}; give the same "
                "settings or another --output"
            )
    info = read_submission_info(folder) if folder.is_dir() else None
    if info is not None:
        difference = describe_difference(dict(info.settings), wanted)
        if difference:
            raise UserError(
                f"{folder / 'submission.yaml'}: tells of other settings: {difference}; give the "
                "same settings or another --output"
            )


def write_submission_file(folder: Path, settings: GenerationSettings) -> None:
    """Write `submission.yaml` where there is none; what a person wrote into it stays.

    Raises:
        UserError: The file can't be written.
    """
    path = folder / "submission.yaml"
    if path.exists():
        return
    model = f"{settings.backbone} + " if settings.backbone else ""
    info = SubmissionInfo(
        name=f"{model}{settings.method}",
        method=settings.method,
        backbone=settings.backbone,
        revision=settings.revision,
        seed=settings.seed,
        settings=settings.model_dump(
            exclude={"method", "backbone", "revision", "seed"}, exclude_none=True
        ),
    )
    fields = info.model_dump(mode="json", exclude_none=True, exclude={"links"})
    write_atomically(
        path,
        "# Fill in contact, license and links before you hand the folder in.\n"
        + yaml.safe_dump(fields, sort_keys=False, allow_unicode=True),
    )
