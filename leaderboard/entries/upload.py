"""A zipped run folder from anybody, read without trusting a byte of it.

Nothing is unpacked but the few files that a run is made of, into a folder of its own that is gone
when this returns, under names that come from here and not from the zip. Nothing is executed, and
no archive within the archive is opened.
"""

from __future__ import annotations

import stat
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO

from leaderboard.entries.add import claimed_scores
from leaderboard.entries.board import Board
from leaderboard.entries.finding import Finding
from leaderboard.entries.names import edition_path
from leaderboard.entries.plausibility import refuse_impossible_run
from leaderboard.entries.verify import differences
from omiti2v.edition_versions import edition_label
from omiti2v.errors import UserError
from omiti2v.records import brief, read_record
from omiti2v.runs import Run, RunInfo, RunPaths, read_run
from omiti2v.scores import Scores, same_scores
from omiti2v.temporary_folder import temporary_folder


@dataclass(frozen=True, kw_only=True)
class UploadLimits:
    """Bounds on a zipped run folder; one beyond any of them is refused.

    A finished run on OmitI2V-Open, its report and pictures included, is about 10 MB zipped and
    750 files.

    Attributes:
        max_zip_bytes: Size of the zip.
        max_directory_bytes: Size of its list of files, which is read as a whole.
        max_files: Number of files and folders in it.
        max_depth: Parts of a path.
        max_file_bytes: Size of one file, unpacked.
        max_total_bytes: Size of all files, unpacked, as the zip states it.
        max_ratio: Unpacked size by packed size, for files above `ratio_from` bytes.
        ratio_from: See there.
        max_resamples: Of the tests of a comparison with the run.
    """

    max_zip_bytes: int = 64 << 20
    max_directory_bytes: int = 1 << 20
    max_files: int = 5_000
    max_depth: int = 3
    max_file_bytes: int = 32 << 20
    max_total_bytes: int = 128 << 20
    max_ratio: int = 200
    ratio_from: int = 1 << 20
    max_resamples: int = 20_000


DEFAULT_UPLOAD_LIMITS = UploadLimits()

ARCHIVES = (".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar", ".zst", ".whl", ".jar")

_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_ZIP64_SIGNATURE = b"PK\x06\x07"
_ZIP64_LOCATOR_BYTES = 20
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Upload:
    """What came out of an upload.

    Attributes:
        run: Held against its own edition as any run folder is. Its `paths` name files that are
            gone; everything else is in memory.
        claimed: Its own `scores.json`; None where it has none.
    """

    run: Run
    claimed: Scores | None

    def differences(self) -> list[Finding]:
        """In which numbers the claimed scores are not what the log gives.

        Raises:
            UserError: The log does not fit its edition.
        """
        if self.claimed is None:
            return []
        found = claimed_scores(self.run)
        if same_scores(self.claimed, found):
            return []
        return list(differences(self.run.info.submission.name, self.claimed, found))


def read_uploaded_run(
    content: bytes, board: Board, *, limits: UploadLimits = DEFAULT_UPLOAD_LIMITS
) -> Upload:
    """Read a zipped run folder.

    Args:
        content: The zip's bytes.
        board: Where it is to go: only runs on its editions are read, so that nobody can make the
            server score samples of their own.
        limits: On everything.

    Raises:
        UserError: The zip or the run is refused; the message is one line that says why.
    """
    with temporary_folder(prefix="omiti2v-upload-") as folder:
        paths = RunPaths(folder)
        try:
            _unpack(content, paths, limits)
            return _read(paths, board, limits)
        except UserError as error:
            told = str(error).replace(f"{folder}/", "").replace(str(folder), "zip")
            raise UserError(told) from None


def _read(paths: RunPaths, board: Board, limits: UploadLimits) -> Upload:
    # run.json first, alone: it says whether the rest is worth reading.
    info = read_record(paths.info, RunInfo)
    refuse_impossible_run(info)
    if edition_path(info.edition.fingerprint) not in board.storage.names:
        raise UserError(
            "run.json: edition: "
            f"{edition_label(brief(info.edition.name), info.edition.fingerprint)} is not one of "
            "this board"
        )
    if info.resamples > limits.max_resamples:
        raise UserError(
            f"run.json: resamples: expected at most {limits.max_resamples}, got {info.resamples}; "
            "run `omiti2v score` again with fewer"
        )
    run = read_run(paths.folder)
    return Upload(run, read_record(paths.scores, Scores) if paths.scores.is_file() else None)


def _unpack(content: bytes, paths: RunPaths, limits: UploadLimits) -> None:
    """Write the files of a run, and no others."""
    wanted = {
        path.name: path
        for path in (
            paths.info,
            paths.samples,
            paths.responses,
            paths.measurements,
            paths.videos,
            paths.check,
            paths.scores,
        )
    }
    _check_directory(content, limits)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
            _check_members(members, limits)
            for name, member in _run_members(members).items():
                if name in wanted:
                    wanted[name].write_bytes(_read_member(archive, member, limits))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise UserError(f"zip: broken: {brief(str(error), limit=120)}") from None
    except OSError as error:
        why = f"{error.strerror}; try again later" if error.strerror else "broken"
        raise UserError(f"zip: can't be unpacked: {why}") from None


def _check_directory(content: bytes, limits: UploadLimits) -> None:
    """Look at the end of the zip before its list of files is read into memory."""
    if len(content) > limits.max_zip_bytes:
        raise UserError(
            f"zip: {len(content)} bytes, expected at most {limits.max_zip_bytes}; leave out "
            "strips/ and references/"
        )
    end = content[-_END.size :]
    if len(end) < _END.size or not end.startswith(_END_SIGNATURE):
        raise UserError("zip: expected a zip file without a comment, got something else")
    _, _, _, _, files, directory_bytes, _, _ = _END.unpack(end)
    before = content[-_END.size - _ZIP64_LOCATOR_BYTES : -_END.size]
    if before.startswith(_ZIP64_SIGNATURE) or files == 0xFFFF:
        raise UserError("zip: expected a plain zip file, got one in the form for huge ones")
    if files > limits.max_files or directory_bytes > limits.max_directory_bytes:
        raise UserError(f"zip: {files} files, expected at most {limits.max_files}")


def _check_members(members: list[zipfile.ZipInfo], limits: UploadLimits) -> None:
    if len(members) > limits.max_files:
        raise UserError(f"zip: {len(members)} files, expected at most {limits.max_files}")
    if sum(member.file_size for member in members) > limits.max_total_bytes:
        raise UserError(f"zip: unpacks to more than {limits.max_total_bytes} bytes")
    seen: set[str] = set()
    for member in members:
        problem = _problem(member, limits)
        if problem:
            raise UserError(f"zip: {brief(member.orig_filename)}: {problem}")
        name = unicodedata.normalize("NFC", member.filename).casefold().rstrip("/")
        if name in seen:
            raise UserError(f"zip: {brief(member.filename)}: there are two files of this name")
        seen.add(name)


def _problem(member: zipfile.ZipInfo, limits: UploadLimits) -> str | None:
    """Why a file in a zip is not accepted."""
    # What zipfile makes of a name can differ from what stands there.
    name = member.orig_filename
    parts = name.removesuffix("/").split("/")
    kind = stat.S_IFMT(member.external_attr >> 16)
    problems = {
        "expected a relative path inside the run folder": (
            name.startswith("/")
            or "\\" in name
            or ":" in name
            or any(part in ("", ".", "..") for part in parts)
        ),
        "expected a printable name": not name.isprintable() or len(name) > 300,
        f"nested deeper than {limits.max_depth} levels": len(parts) > limits.max_depth,
        "expected an ordinary file, got a link or something else": kind
        not in (0, stat.S_IFREG, stat.S_IFDIR),
        "is encrypted": bool(member.flag_bits & _ENCRYPTED),
        "is packed in a way that is not read here": member.compress_type not in _METHODS,
        "is an archive within the archive": name.lower().endswith(ARCHIVES),
        f"unpacks to more than {limits.max_file_bytes} bytes": member.file_size
        > limits.max_file_bytes,
        f"unpacks to more than {limits.max_ratio} times its size": member.file_size
        > limits.ratio_from
        and member.file_size > limits.max_ratio * max(1, member.compress_size),
    }
    return next((text for text, holds in problems.items() if holds), None)


def _run_members(members: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """The files beside `run.json`, by name: at the top, or in the one folder there."""
    files = [member for member in members if not member.is_dir()]
    roots = {
        member.filename.removesuffix("run.json")
        for member in files
        if member.filename.split("/")[-1] == "run.json"
    }
    if len(roots) != 1:
        raise UserError(f"zip: expected one run.json, found {len(roots)}; zip one run folder")
    root = roots.pop()
    return {
        member.filename.removeprefix(root): member
        for member in files
        if member.filename.startswith(root)
    }


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: UploadLimits) -> bytes:
    """A file's bytes, however many the zip states."""
    parts = []
    size = 0
    with archive.open(member) as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > limits.max_file_bytes:
                raise UserError(
                    f"zip: {brief(member.filename)}: unpacks to more than {limits.max_file_bytes} "
                    "bytes"
                )
            parts.append(chunk)
    return b"".join(parts)
