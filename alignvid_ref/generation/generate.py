"""Videos of one folder: those that are there are kept, those that are missing are made."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import PIL.Image

from alignvid_ref.baselines.blurred_image import blurred
from alignvid_ref.generation.controls import Control, Frames, control_frames
from alignvid_ref.generation.image_fit import video_size
from alignvid_ref.generation.losing_streak import LosingStreak, reason_of
from alignvid_ref.generation.preflight import describe_time, describe_videos
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
from alignvid_ref.generation.shards import WHOLE, Shard
from omiti2v.dataset.frame_fit import cover
from omiti2v.dataset.image_files import load_rgb_image
from omiti2v.digests import sha256_of_file
from omiti2v.editions import Edition
from omiti2v.errors import CannotWriteError, UserError
from omiti2v.mp4 import encode_mp4
from omiti2v.plurals import counted
from omiti2v.records import Record, RecordLog, write_bytes_atomically
from omiti2v.safe_text import name_as_text
from omiti2v.samples import Sample
from omiti2v.takes import AboutVideo, video_id_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class GeneratedVideo:
    """The video of one sample, not yet encoded.

    Attributes:
        frames: As many and as large as asked for.
        steps_on: See `VideoRecord.steps_on`.
        passes: See `VideoRecord.passes`.
    """

    frames: Frames
    steps_on: str | None = None
    passes: int | None = None


GenerateVideo = Callable[[PIL.Image.Image, str, int], GeneratedVideo]
"""From a reference image at the size of the video, a prompt and a seed to a video."""


@dataclass(frozen=True)
class Plan:
    """How the videos of a folder are made.

    Attributes:
        settings: Of all of them.
        load_model: Loads the model, where there is one, and gives what makes a video with it.
        multiple: What the sides of a video must be a multiple of.
        device: Where the model works; None for a control.
        preflight: Tells in a few lines what the model will do and take, and raises a UserError
            where that is nothing. Called once, before the model is loaded.
    """

    settings: GenerationSettings
    load_model: Callable[[], GenerateVideo]
    multiple: int
    device: str | None = None
    preflight: Callable[[], Sequence[str]] = tuple


@dataclass(frozen=True)
class Job:
    """Videos to be made.

    Attributes:
        edition: With its images.
        sample_ids: Which of its samples.
        folder: Where the videos go.
        plan: How they are made.
        seeds: Of each sample's videos; none for the seed of the plan alone.
        shard: The part of the videos that this process makes.
    """

    edition: Edition
    sample_ids: Sequence[str]
    folder: Path
    plan: Plan
    seeds: tuple[int, ...] = ()
    shard: Shard = WHOLE

    @property
    def all_seeds(self) -> tuple[int, ...]:
        """The seeds of each sample's videos, at least one."""
        return self.seeds or (self.plan.settings.seed,)

    @property
    def share(self) -> list[tuple[str, int]]:
        """Sample id and seed of each video that this process makes."""
        return self.shard.of([(name, seed) for name in self.sample_ids for seed in self.all_seeds])


class Failure(AboutVideo):
    """A video that was asked for and is not there."""

    reason: str


class GenerationReport(Record):
    """What a call of `generate_videos` did.

    Attributes:
        folder: Of the videos.
        share: As "1/4".
        made: Videos made now.
        kept: Videos that were there.
        failures: Videos that were tried and are not there.
        untried: Videos that were not tried because the run ended before.
        stopped: Why it did, and what to do; None where it went through.
    """

    folder: str
    share: str
    made: int
    kept: int
    failures: tuple[Failure, ...]
    untried: int = 0
    stopped: str | None = None


def bind_control(control: Control, *, frames: int) -> GenerateVideo:
    """The function that makes a control; it needs no model."""

    def make(picture: PIL.Image.Image, prompt: str, seed: int) -> GeneratedVideo:
        return GeneratedVideo(control_frames(control, picture, frames=frames, seed=seed))

    return make


def generate_videos(
    job: Job,
    *,
    progress: Callable[[], None] = lambda: None,
    tell: Callable[[str], None] = lambda line: None,
) -> GenerationReport:
    """Make the videos of a job that are not there yet, with their provenance.

    Killed at any point, the same call goes on: a video appears whole or not at all, and one that is
    finished is not made again. One that fails is reported and the others go on, until
    `LosingStreak` ends the run; after one that can't be written none is made. Where each sample
    has several seeds its videos are `<id>/<seed>.mp4`, else `<id>.mp4`; one that was there when
    seeds are added is renamed.

    Args:
        job: What to make; the model is loaded once, and only if a video is missing.
        progress: Called after each video.
        tell: Gets lines for a person: before the first video what will be done, after it how long
            the others take.

    Raises:
        UserError: The folder holds videos made with other settings, can't be read or written, the
            model can't be loaded, or what is asked of it comes to nothing.
    """
    records = read_provenance(job.folder, job.shard)
    settings = job.plan.settings.model_copy(update={"seed": job.all_seeds[0]})
    takes = {row.take for row in records.values() if row.take is not None}
    has_takes = bool(takes) or len(job.all_seeds) > 1
    seeds = {*job.all_seeds, *takes} if has_takes else set()
    require_same_settings(job.folder, settings, records, seeds=seeds)
    made = kept = 0
    failures: list[Failure] = []
    missing: list[_Video] = []
    stopped: str | None = None
    with RecordLog(log_path(job.folder, job.shard)) as log:
        for sample_id, seed in job.share:
            video = _Video(job.edition.by_id[sample_id], seed, seed if has_takes else None)
            try:
                if has_takes:
                    _name_by_seed(job, video, records, log)
                finished = _is_finished(job, video, records.get(video.id))
            except CannotWriteError:
                raise
            except UserError as error:
                failures.append(video.failure(str(error)))
                progress()
                continue
            if finished:
                kept += 1
                progress()
            else:
                missing.append(video)
        if kept:
            write_submission_file(job.folder, settings, seeds=seeds)
        if missing:
            tell(f"{counted(len(missing), 'video')} to make, {kept} there already")
            tell(describe_videos(settings))
            for line in job.plan.preflight():
                tell(line)
            versions = installed_versions(settings)
            generate = job.plan.load_model()
        streak = LosingStreak()
        tried = 0
        for tried, video in enumerate(missing, 1):
            start = time.monotonic()
            try:
                picture = _picture(job, video)
            except UserError as error:  # says nothing of the model
                failures.append(video.failure(str(error)))
                progress()
                continue
            try:
                _make(job, video, picture, generate, log, versions)
                # Not before: settings with which nothing can be made must not bind the folder.
                write_submission_file(job.folder, settings, seeds=seeds)
            except CannotWriteError:
                raise  # no video that is made after it could be kept
            except Exception as error:  # whatever a model or its libraries raise
                logger.info("%s failed", video.id, exc_info=True)
                failures.append(video.failure(reason_of(error)))
                stopped = streak.lost(error)
            else:
                made += 1
                streak.won()
                left = len(missing) - tried
                if made == 1 and left:
                    took = time.monotonic() - start
                    tell(
                        f"the first video took {describe_time(took)}; at that rate the other "
                        f"{left} take {describe_time(left * took)}"
                    )
            progress()
            if stopped is not None:
                break
    return GenerationReport(
        folder=name_as_text(str(job.folder)),
        share=str(job.shard),
        made=made,
        kept=kept,
        failures=tuple(failures),
        untried=len(missing) - tried,
        stopped=stopped,
    )


@dataclass(frozen=True)
class _Video:
    """A video that is to be there.

    Attributes:
        sample: Of which sample.
        seed: Its settings' seed.
        take: The same, where the folder has several videos of a sample.
    """

    sample: Sample
    seed: int
    take: int | None

    @property
    def id(self) -> str:
        """What it is called."""
        return video_id_of(self.sample.id, self.take)

    @property
    def file(self) -> str:
        """Its path in the folder."""
        return f"{self.sample.id}.mp4" if self.take is None else f"{self.sample.id}/{self.take}.mp4"

    def failure(self, reason: str) -> Failure:
        """That it is not there."""
        return Failure(sample_id=self.sample.id, take=self.take, reason=reason)


def _name_by_seed(job: Job, video: _Video, records: dict[str, VideoRecord], log: RecordLog) -> None:
    """Where the sample's one video was made before there were seeds, name it by its seed.

    Raises:
        UserError: It is not what its record says.
    """
    plain = _Video(video.sample, video.seed, None)
    record = records.get(plain.id)
    if record is not None and record.settings.seed != video.seed:
        return  # another of the seeds asked for
    if not _is_finished(job, plain, record) or record is None:
        return
    records[video.id] = record.model_copy(update={"take": video.take, "file": video.file})
    # The record first, as for a new video: a line whose video is not there is dropped.
    log.append([records[video.id]])
    path = job.folder / video.file
    try:
        path.parent.mkdir(exist_ok=True)
        (job.folder / plain.file).replace(path)
    except OSError as error:
        raise CannotWriteError(path, error) from None


def _is_finished(job: Job, video: _Video, record: VideoRecord | None) -> bool:
    """Whether a video is there, as its record says.

    Raises:
        UserError: There is a file of that name that this is not.
    """
    sample = video.sample
    path = job.folder / video.file
    if not path.exists() and not path.is_symlink():
        return False
    if record is None:
        raise UserError(f"{path}: not made here (no provenance); move it or choose another folder")
    if record.input_sha256 != input_digest(sample, job.edition.image_sha256[sample.id]):
        raise UserError(f"{path}: made from another prompt or image; delete it to make it again")
    if sha256_of_file(path) != record.sha256:
        raise UserError(f"{path}: changed since it was made; delete it to make it again")
    return True


def _picture(job: Job, video: _Video) -> PIL.Image.Image:
    """The reference image as the model gets it.

    Raises:
        UserError: It can't be read.
    """
    settings = job.plan.settings
    image = load_rgb_image(job.edition.image_path(video.sample))
    height, width = video_size(
        image,
        fit=settings.fit,
        height=settings.height,
        width=settings.width,
        multiple=job.plan.multiple,
    )
    return cover(blurred(image) if settings.method == "blur" else image, height, width)


def _make(
    job: Job,
    video: _Video,
    picture: PIL.Image.Image,
    generate: GenerateVideo,
    log: RecordLog,
    versions: dict[str, str],
) -> None:
    start = time.monotonic()
    sample = video.sample
    settings = job.plan.settings.model_copy(update={"seed": video.seed})
    height, width = picture.height, picture.width
    seed = sample_seed(settings.seed, sample.id)
    made = generate(picture, sample.prompt, seed)
    expected = (settings.frames, height, width, 3)
    if made.frames.shape != expected:
        raise ValueError(f"the model gave frames of shape {made.frames.shape}, not {expected}")
    content = encode_mp4(made.frames, fps=settings.fps)
    path = job.folder / video.file
    for draft in path.parent.glob(f".{path.name}.*"):
        with suppress(OSError):
            draft.unlink()  # left behind by a kill
    record = VideoRecord(
        sample_id=sample.id,
        take=video.take,
        file=video.file,
        sha256=hashlib.sha256(content).hexdigest(),
        input_sha256=input_digest(sample, job.edition.image_sha256[sample.id]),
        edition=job.edition.name,
        edition_fingerprint=job.edition.fingerprint,
        seed=seed,
        height=height,
        width=width,
        steps_on=made.steps_on,
        passes=made.passes,
        settings=settings,
        device=job.plan.device,
        versions=versions,
        seconds=round(time.monotonic() - start, 3),
    )
    # The record first: then a video without a record is never one of ours.
    log.append([record])
    write_bytes_atomically(path, content)
