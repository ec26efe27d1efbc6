"""Renders the clips of the contrast set into a folder, each once: what is rendered is kept."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import yaml

from evaluators.cache import default_cache_path
from evaluators.contrast.contrast_set import ContrastSet
from evaluators.contrast.pictures import Pictures, file_digest
from evaluators.contrast.recipe import CLIP_KINDS, FPS, Clip, ClipKind
from evaluators.contrast.render import frames_digest, render_clip
from omiti2v.editions import EditionInfo
from omiti2v.errors import UserError
from omiti2v.mp4 import encode_mp4
from omiti2v.records import (
    Digest,
    Record,
    canonical_json,
    read_record,
    read_records,
    write_atomically,
    write_bytes_atomically,
    write_records,
)
from omiti2v.samples import Sample, YesNo

EDITION_NAME = "contrast"

Progress = Callable[[], None]


class RenderedClip(Record):
    """What is kept beside a rendered clip.

    Attributes:
        frames_sha256: Of its frames, before they are encoded.
        file_sha256: Of the mp4.
        seconds: Of processor time that it took.
    """

    frames_sha256: Digest
    file_sha256: Digest
    seconds: float


class ClipLine(Record):
    """A line of `clips.jsonl`.

    Attributes:
        clip: `<sample id>/<kind>`.
        kind: Its kind, as a column of its own.
        video: Its file, from this one's folder.
        frames_sha256: Of its frames.
        breaks: Ids of the facets that it gets wrong.
        answers: The true answer to each question.
        reasons: Why.
        passes: Why no question sees what is wrong, where none does.
        licence, attribution: Of the sample's image; the clip is an adaptation of it.
    """

    clip: str
    kind: ClipKind
    video: str
    frames_sha256: Digest
    breaks: tuple[str, ...]
    answers: dict[str, YesNo]
    reasons: dict[str, str]
    passes: str | None
    licence: str | None
    attribution: str | None


@dataclass(frozen=True, eq=False)
class _Job:
    found: ContrastSet
    cache: Path


def default_clip_cache() -> Path:
    """Where rendered clips are kept: `contrast-clips/` beside the evaluation cache."""
    return default_cache_path().parent / "contrast-clips"


def write_contrast(
    found: ContrastSet,
    folder: Path,
    *,
    samples: Sequence[Sample] | None = None,
    workers: int | None = None,
    cache: Path | None = None,
    progress: Progress = lambda: None,
) -> None:
    """Write an edition of the samples, each kind of clip as a submission to it, and `clips.jsonl`.

    What was rendered before is not rendered again; an interrupted call is resumed by the same call.

    Args:
        found: The set.
        folder: Gets `edition/`, `videos/<kind>/<sample id>.mp4` and `clips.jsonl`.
        samples: Those whose clips are written; all where None.
        workers: Processes that render; as many as there are cores where None.
        cache: Where rendered clips are kept; see `default_clip_cache`.
        progress: Called after each clip.

    Raises:
        UserError: A picture can't be read, a file can't be written, or there are other clips.
    """
    chosen = found.samples if samples is None else tuple(samples)
    clips = [clip for sample in chosen for clip in found.clips[sample.id]]
    _require_no_others(folder / "clips.jsonl", clips)
    kept = cache or default_clip_cache()
    lines: dict[tuple[str, ClipKind], ClipLine] = {}
    for clip, made in rendered(found, clips, cache=kept, workers=workers):
        path = folder / "videos" / clip.kind / f"{clip.sample.id}.mp4"
        _put(kept / f"{found.digest(clip)}.mp4", path, digest=made.file_sha256)
        lines[clip.sample.id, clip.kind] = _line(clip, made)
        progress()
    _write_edition(found, chosen, folder / "edition")
    for kind in CLIP_KINDS:
        if any(clip.kind == kind for clip in clips):
            _write_about(folder / "videos" / kind / "submission.yaml", kind)
    write_records(folder / "clips.jsonl", [lines[clip.sample.id, clip.kind] for clip in clips])


def _require_no_others(path: Path, clips: Sequence[Clip]) -> None:
    if not path.is_file():
        return
    asked = {_name(clip) for clip in clips}
    others = [line.clip for line in read_records(path, ClipLine) if line.clip not in asked]
    if others:
        raise UserError(
            f"{path}: lists {len(others)} clips that are not asked for now, as {others[0]}; give "
            "each part or limit a folder of its own"
        )


def _name(clip: Clip) -> str:
    return f"{clip.sample.id}/{clip.kind}"


def rendered(
    found: ContrastSet, clips: Sequence[Clip], *, cache: Path, workers: int | None = None
) -> Iterator[tuple[Clip, RenderedClip]]:
    """Render what is not in the cache yet; each clip as it is done.

    Args:
        found: The set that the clips are of.
        clips: Which.
        cache: Gets `<digest>.mp4` and `<digest>.json` of each.
        workers: As for `write_contrast`.

    Raises:
        UserError: As for `write_contrast`.
    """
    todo = []
    for clip in clips:
        made = _kept(found, clip, cache)
        if made is None:
            todo.append(clip)
        else:
            yield clip, made
    count = min(workers or len(os.sched_getaffinity(0)), len(todo))
    if count <= 1:
        job = _Job(found, cache)
        for clip in todo:
            yield clip, _render(job, clip)
        return
    # Spawned: threads of OpenCV and of an engine do not survive a fork.
    try:
        yield from _rendered_by_processes(found, todo, count, cache)
    except BrokenProcessPool:
        raise UserError(
            "a process that renders was ended from outside, perhaps for lack of memory; what is "
            "rendered is kept: run the same command again, with fewer --workers where it has them"
        ) from None


def _rendered_by_processes(
    found: ContrastSet, todo: Sequence[Clip], count: int, cache: Path
) -> Iterator[tuple[Clip, RenderedClip]]:
    with ProcessPoolExecutor(
        count,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(_Job(found, cache),),
    ) as pool:
        futures = {pool.submit(_render_there, clip): clip for clip in todo}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


_JOB: list[_Job] = []


def _start_worker(job: _Job) -> None:
    cv2.setNumThreads(1)
    # Whoever interrupts the command interrupts its parent, which ends these.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _JOB[:] = [job]


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # it was killed: nobody waits for what is being rendered


def _render_there(clip: Clip) -> RenderedClip:
    return _render(_JOB[0], clip)


def _kept(found: ContrastSet, clip: Clip, cache: Path) -> RenderedClip | None:
    digest = found.digest(clip)
    about, video = cache / f"{digest}.json", cache / f"{digest}.mp4"
    if not about.is_file() or not video.is_file():
        return None
    try:
        made = read_record(about, RenderedClip)
        return made if file_digest(video) == made.file_sha256 else None
    except UserError:  # damaged: it is rendered again
        return None


def _render(job: _Job, clip: Clip) -> RenderedClip:
    digest = job.found.digest(clip)
    begun = time.process_time()
    frames = render_clip(clip, _pictures(job, clip.sample.id))
    content = encode_mp4(frames, fps=FPS, crf=clip.crf)
    video = job.cache / f"{digest}.mp4"
    write_bytes_atomically(video, content, sync=False)
    made = RenderedClip(
        frames_sha256=frames_digest(frames),
        file_sha256=file_digest(video),
        seconds=time.process_time() - begun,
    )
    write_atomically(job.cache / f"{digest}.json", canonical_json(made.model_dump()) + "\n")
    return made


@lru_cache(maxsize=1)
def _pictures(job: _Job, sample_id: str) -> Pictures:
    """Of one sample at a time: its clips stand one after the other."""
    return job.found.pictures(job.found.edition.by_id[sample_id])


def _put(source: Path, path: Path, *, digest: str) -> None:
    if not path.is_file() or file_digest(path) != digest:
        write_bytes_atomically(path, source.read_bytes(), sync=False)


def _line(clip: Clip, made: RenderedClip) -> ClipLine:
    return ClipLine(
        clip=_name(clip),
        kind=clip.kind,
        video=f"videos/{clip.kind}/{clip.sample.id}.mp4",
        frames_sha256=made.frames_sha256,
        breaks=clip.breaks,
        answers=clip.answers,
        reasons=clip.reasons,
        passes=clip.passes,
        licence=clip.sample.licence,
        attribution=clip.sample.attribution,
    )


def _write_edition(found: ContrastSet, samples: Sequence[Sample], folder: Path) -> None:
    for sample in samples:
        path = folder / sample.image
        _put(found.edition.image_path(sample), path, digest=found.edition.image_sha256[sample.id])
    write_records(folder / "samples.jsonl", samples)
    info = EditionInfo(name=EDITION_NAME, version=found.edition.version)
    text = canonical_json(info.model_dump(mode="json", exclude_none=True))
    write_atomically(folder / "edition.json", text + "\n")


def _write_about(path: Path, kind: ClipKind) -> None:
    about = {
        "name": f"contrast: {kind.replace('_', ' ')}",
        "method": "composited, known answers",
        "backbone": "none",
        "settings": {"kind": kind},
    }
    write_atomically(path, yaml.safe_dump(about, sort_keys=False))
