"""The work on one folder of videos: what is there is kept, what is missing is made."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import PIL.Image

from alignvid_ref.generation.controls import Control, Frames, control_frames
from alignvid_ref.generation.pictures import blurred, cover, video_size
from alignvid_ref.generation.provenance import (
    VideoRecord,
    input_digest,
    installed_versions,
    log_path,
    read_provenance,
    require_same_settings,
    write_submission_file,
)
from alignvid_ref.generation.seeds import sample_seed
from alignvid_ref.generation.settings import GenerationSettings
from alignvid_ref.generation.shares import WHOLE, Share
from omiti2v.dataset.image_files import load_rgb_image
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.mp4 import encode_mp4
from omiti2v.records import Record, RecordLog, write_bytes_atomically
from omiti2v.samples import Sample

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Clip:
    """What a maker gives for one sample.

    Attributes:
        frames: As many and as large as asked for.
        steps_on: See `VideoRecord.steps_on`.
    """

    frames: Frames
    steps_on: str | None = None


Maker = Callable[[PIL.Image.Image, str, int], Clip]
"""From a picture at the size of the video, a prompt and a seed to a clip."""


@dataclass(frozen=True)
class Job:
    """Videos to be made.

    Attributes:
        edition: With its images.
        sample_ids: Which of its samples.
        folder: Where the videos go.
        settings: Of all of them.
        multiple: What the sides of a video must be a multiple of.
        share: The part of the samples that this process makes.
    """

    edition: Edition
    sample_ids: Sequence[str]
    folder: Path
    settings: GenerationSettings
    multiple: int = 16
    share: Share = WHOLE


class Failure(Record):
    """A video that was asked for and is not there."""

    sample_id: str
    reason: str


class GenerationReport(Record):
    """What a call of `produce` did.

    Attributes:
        folder: Of the videos.
        share: As "1/4".
        made: Videos made now.
        kept: Videos that were there.
        failures: Videos asked for that are not there.
    """

    folder: str
    share: str
    made: int
    kept: int
    failures: tuple[Failure, ...]


def control_maker(control: Control, *, frames: int) -> Maker:
    """The maker of a control; it needs no model."""

    def make(picture: PIL.Image.Image, prompt: str, seed: int) -> Clip:
        return Clip(control_frames(control, picture, frames=frames, seed=seed))

    return make


def produce(
    job: Job,
    load_maker: Callable[[], Maker],
    *,
    device: str | None = None,
    progress: Callable[[], None] = lambda: None,
) -> GenerationReport:
    """Make the videos of a job that are not there yet, with their provenance.

    Killed at any point, the same call goes on: a video appears whole or not at all, and one that is
    finished is not made again. A sample that fails is reported and the others go on.

    Args:
        job: What to make.
        load_maker: Called once, and only if a video is missing.
        device: Of the maker, for the provenance.
        progress: Called after each sample.

    Raises:
        UserError: The folder holds videos made with other settings, can't be read or written, or
            the model can't be loaded.
    """
    records = read_provenance(job.folder, job.share)
    require_same_settings(job.folder, job.settings, records)
    versions = installed_versions(job.settings)
    maker: Maker | None = None
    made = kept = 0
    failures: list[Failure] = []
    with RecordLog(log_path(job.folder, job.share)) as log:
        for sample_id in job.share.of(job.sample_ids):
            sample = job.edition.by_id[sample_id]
            try:
                if _is_finished(job, sample, records.get(sample_id)):
                    kept += 1
                    progress()
                    continue
            except UserError as error:
                failures.append(Failure(sample_id=sample_id, reason=str(error)))
                progress()
                continue
            maker = maker or load_maker()
            try:
                _make(job, sample, maker, log, versions=versions, device=device)
                # Not before: settings with which nothing can be made must not bind the folder.
                write_submission_file(job.folder, job.settings)
                made += 1
            except Exception as error:  # whatever a model or its libraries raise
                logger.info("%s failed", sample_id, exc_info=True)
                failures.append(Failure(sample_id=sample_id, reason=_one_line(error)))
            progress()
    if kept:
        write_submission_file(job.folder, job.settings)
    return GenerationReport(
        folder=str(job.folder),
        share=str(job.share),
        made=made,
        kept=kept,
        failures=tuple(failures),
    )


def _is_finished(job: Job, sample: Sample, record: VideoRecord | None) -> bool:
    """Whether the sample's video is there, as its record says.

    Raises:
        UserError: There is a file of that name that this is not.
    """
    path = job.folder / f"{sample.id}.mp4"
    if not path.exists() and not path.is_symlink():
        return False
    if record is None:
        raise UserError(f"{path}: not made here (no provenance); move it or choose another folder")
    if record.input_sha256 != input_digest(sample, job.edition.image_sha256[sample.id]):
        raise UserError(f"{path}: made from another prompt or image; delete it to make it again")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != record.sha256:
        raise UserError(f"{path}: changed since it was made; delete it to make it again")
    return True


def _make(
    job: Job,
    sample: Sample,
    maker: Maker,
    log: RecordLog,
    *,
    versions: dict[str, str],
    device: str | None,
) -> None:
    start = time.monotonic()
    settings = job.settings
    image = load_rgb_image(job.edition.image_path(sample))
    height, width = video_size(
        image,
        fit=settings.fit,
        height=settings.height,
        width=settings.width,
        multiple=job.multiple,
    )
    picture = cover(blurred(image) if settings.method == "blur" else image, height, width)
    seed = sample_seed(settings.seed, sample.id)
    clip = maker(picture, sample.prompt, seed)
    expected = (settings.frames, height, width, 3)
    if clip.frames.shape != expected:
        raise ValueError(f"the model gave frames of shape {clip.frames.shape}, not {expected}")
    content = encode_mp4(clip.frames, fps=settings.fps)
    path = job.folder / f"{sample.id}.mp4"
    for draft in job.folder.glob(f".{path.name}.*"):
        draft.unlink(missing_ok=True)  # left behind by a kill
    record = VideoRecord(
        sample_id=sample.id,
        file=path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        input_sha256=input_digest(sample, job.edition.image_sha256[sample.id]),
        edition=job.edition.name,
        edition_fingerprint=job.edition.fingerprint,
        seed=seed,
        height=height,
        width=width,
        steps_on=clip.steps_on,
        settings=settings,
        device=device,
        versions=versions,
        seconds=round(time.monotonic() - start, 3),
    )
    # The record first: then a video without a record is never one of ours.
    log.append([record])
    write_bytes_atomically(path, content)


def _one_line(error: Exception, *, limit: int = 300) -> str:
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    if isinstance(error, UserError):
        return first
    text = f"{type(error).__name__}: {first}" if first else type(error).__name__
    return text if len(text) <= limit else text[: limit - 3] + "..."
