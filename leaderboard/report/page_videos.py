"""Video files for the page: only those that the run was judged on, within a budget of bytes.

A folder of videos may come from anybody: a file may be a pipe, a gigabyte, or not the file whose
answers the run holds. Links in it are followed, as the run did.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from leaderboard.entries.names import is_plain_path
from omiti2v.errors import UserError
from omiti2v.findings import VideoReport
from omiti2v.ordinary_file import read_file
from omiti2v.takes import by_sample, sample_of

MAX_MEGABYTES = 24.0
"""What the embedded videos of a page may take, unless told otherwise."""
MAX_VIDEO_BYTES = 1 << 28
VIDEO_TYPES = {".mp4": "video/mp4", ".webm": "video/webm"}
"""The kinds that browsers play, by the ending of the file's name."""
BROWSER_CODECS = ("av1", "h264", "vp8", "vp9")
"""The codecs that every browser of today plays; HEVC plays in some."""
# What files of these types begin with; a page must never be served under the name of a video.
_BEGINNINGS = {".mp4": (b"ftyp", 4), ".webm": (b"\x1a\x45\xdf\xa3", 0)}


@dataclass(frozen=True)
class PageVideo:
    """A video in the page.

    Attributes:
        source: A `data:` URI, or a link relative to the page.
        fps: Frames per second; None where the run does not say.
    """

    source: str
    fps: float | None


@dataclass(frozen=True)
class VideoFolders:
    """Where the videos of a report's runs are, and how they get into the page.

    Attributes:
        folders: One for each run, in their order.
        max_megabytes: What the embedded videos may take in the page; 10^6 bytes each.
        link: Link to the files instead of embedding them.
    """

    folders: tuple[Path, ...]
    max_megabytes: float = MAX_MEGABYTES
    link: bool = False


@dataclass(frozen=True)
class PageVideos:
    """What was found.

    Attributes:
        found: By the run's position and the video's id.
        problems: As `found`: why a video that the run had is not in the page. Names no folder.
        left_out: Samples whose videos did not fit, by id, in the order of importance.
        max_megabytes: The budget; None where files are linked.
    """

    found: Mapping[tuple[int, str], PageVideo] = field(default_factory=dict)
    problems: Mapping[tuple[int, str], str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    max_megabytes: float | None = None

    @cached_property
    def samples(self) -> frozenset[str]:
        """Ids of the samples of which the page has a video."""
        return frozenset(sample_of(video) for _, video in self.found)


def gather_page_videos(
    sample_ids: Iterable[str],
    logs: Sequence[Mapping[str, VideoReport]],
    videos: VideoFolders,
    *,
    page: Path,
) -> PageVideos:
    """Read the runs' videos of samples, the most important samples first.

    All videos of a sample go in, or none: half a comparison is none. A sample that does not fit is
    left out, and a smaller one after it may still go in.

    Args:
        sample_ids: In the order of importance.
        logs: The reports of each run's videos by their ids.
        videos: Where they are.
        page: The page's file; links are relative to it.

    Raises:
        UserError: A folder does not exist.
        ValueError: Not one folder for each run.
    """
    if len(videos.folders) != len(logs):
        raise ValueError("expected one folder of videos for each run")
    for folder in videos.folders:
        if not folder.is_dir():
            raise UserError(f"{folder}: no such folder; expected the videos of a run")
    takes = [by_sample(log) for log in logs]
    found: dict[tuple[int, str], PageVideo] = {}
    problems: dict[tuple[int, str], str] = {}
    left_out: list[str] = []
    budget = None if videos.link else int(videos.max_megabytes * 1_000_000)
    for sample_id in sample_ids:
        reports = [
            (position, folder, log[video])
            for position, (log, folder) in enumerate(zip(logs, videos.folders, strict=True))
            for video in takes[position].get(sample_id, ())
        ]
        need = sum(
            embedded_size(folder / report.file)
            for _, folder, report in reports
            if is_playable(report)
        )
        if budget is not None and need > budget:
            left_out.append(sample_id)
            continue
        for position, folder, report in reports:
            try:
                uri = verified_uri(report, folder)
            except UserError as error:
                problems[position, report.video_id] = f"{report.file}: {error}"
                continue
            if budget is None:
                uri = relative_link(folder / report.file, page=page)
            else:
                budget -= len(uri)
            found[position, report.video_id] = PageVideo(uri, report.fps)
    return PageVideos(
        found, problems, tuple(left_out), None if videos.link else videos.max_megabytes
    )


def verified_uri(report: VideoReport, folder: Path) -> str:
    """A run's video as a `data:` URI, if the file is the one in the log.

    Args:
        report: From the run's log.
        folder: Where its submission is.

    Raises:
        UserError: It is not there, no ordinary file, named outside the folder, not the one of the
            log, or of a kind that browsers don't play. The message does not name it.
    """
    if not is_plain_path(report.file):
        raise UserError("is no plain path within the folder")
    if not report.frames:
        raise UserError("could not be decoded")
    if not is_playable(report):
        raise UserError(
            f"not shown: browsers don't play its codec, {report.codec}; for a page that plays it, "
            "score the video as H.264 (ffmpeg -i OLD.mp4 -c:v libx264 -pix_fmt yuv420p NEW.mp4)"
        )
    content = read_file(folder / report.file, limit=MAX_VIDEO_BYTES)
    if hashlib.sha256(content).hexdigest() != report.sha256:
        raise UserError("not the file that the run is about: its SHA-256 differs from the log")
    uri = video_data_uri(content, Path(report.file).suffix)
    if uri is None:
        raise UserError("not shown: browsers play mp4 and webm")
    return uri


def is_playable(report: VideoReport) -> bool:
    """Whether browsers play its codec; so too where the log does not name one."""
    return report.codec in (None, *BROWSER_CODECS)


def video_data_uri(content: bytes, suffix: str) -> str | None:
    """A video as a `data:` URI; None where it is neither mp4 nor webm.

    Args:
        content: The whole file.
        suffix: Of its name, as ".mp4".
    """
    kind = suffix.lower()
    if kind not in VIDEO_TYPES:
        return None
    mark, offset = _BEGINNINGS[kind]
    if content[offset : offset + len(mark)] != mark:
        return None
    return f"data:{VIDEO_TYPES[kind]};base64,{base64.b64encode(content).decode('ascii')}"


def embedded_size(path: Path) -> int:
    """Bytes that a file takes in the page; 0 where there is none to embed."""
    try:
        size = path.stat().st_size
    except (OSError, ValueError):
        return 0
    return len("data:video/webm;base64,") + 4 * -(-size // 3) if size <= MAX_VIDEO_BYTES else 0


def relative_link(path: Path, *, page: Path) -> str:
    """A link from a page to a file that works wherever the two are moved together."""
    # A link keeps its own name: where it leads, the file may have none that tells its type.
    place = path.parent.resolve() / path.name
    return quote(os.path.relpath(place, page.resolve().parent).replace(os.sep, "/"))
