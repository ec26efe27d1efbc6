"""The files of a run, out of a zip of which no byte is trusted.

Only the few files that a run is made of are unpacked, under names that come from here and not from
the zip. Nothing else in it is opened: no video, no picture, no archive within the archive.
"""

from __future__ import annotations

import codecs
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from omiti2v.errors import UserError
from omiti2v.records import brief
from omiti2v.submission_files import VIDEO_SUFFIXES


@dataclass(frozen=True, kw_only=True)
class UploadLimits:
    """Bounds on a zipped run folder; one beyond any of them is refused.

    A finished run on OmitI2V-Open, its report and pictures included, is about 10 MB zipped and
    750 files.

    Attributes:
        max_zip_bytes: Size of the zip.
        max_directory_bytes: Size of its list of files, which is read as a whole.
        max_files: Number of files and folders in it.
        max_file_bytes: Size of one file of the run, unpacked.
        max_total_bytes: Size of all files of the run, unpacked, as the zip states it.
        max_ratio: Unpacked size by packed size, for files of the run above `ratio_from` bytes.
        ratio_from: See there.
        max_resamples: Of the tests of a comparison with the run.
    """

    max_zip_bytes: int = 64 << 20
    max_directory_bytes: int = 1 << 20
    max_files: int = 5_000
    max_file_bytes: int = 32 << 20
    max_total_bytes: int = 128 << 20
    max_ratio: int = 200
    ratio_from: int = 1 << 20
    max_resamples: int = 20_000


DEFAULT_UPLOAD_LIMITS = UploadLimits()

LOGS = ("responses.jsonl", "measurements.jsonl", "videos.jsonl")
RUN_FILES = frozenset({"run.json", "samples.jsonl", *LOGS, "check.json", "scores.json"})

ZIP_ONE = "zip one run folder, as `zip -r run.zip RUN`"
ZIP_AGAIN = "zip the run folder again, as `zip -r run.zip RUN`"
_ZIP_SMALL = "zip one run folder alone, as `zip -r run.zip RUN -i '*.json' '*.jsonl'`"

_ARCHIVES = (".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar", ".zst")
_OTHER_FORMS = (
    (0, b"\x1f\x8b", "a gzip file"),
    (257, b"ustar", "a tar file"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z file"),
    (0, b"Rar!", "a RAR file"),
    (4, b"ftyp", "a video"),
    (0, b"{", "a JSON file"),
)
_BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_LONGEST_COMMENT = 0xFFFF
_ZIP64_SIGNATURE = b"PK\x06\x07"
_ZIP64_LOCATOR_BYTES = 20
_ENCRYPTED = 0x1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_CHUNK = 1 << 20
_LONGEST_NAME = 300

Parts = tuple[str, ...]


@dataclass(frozen=True)
class ZippedRun:
    """A run in a zip.

    Attributes:
        place: Where it lies in the zip, as `demo-out/runs/still`; empty at the top.
        changed: When each of its `RUN_FILES` was last changed, as the zip says: year to second.
    """

    place: str
    changed: Mapping[str, tuple[int, ...]]


def unpack_run(content: bytes, folder: Path, limits: UploadLimits) -> ZippedRun:
    """Find the one run in a zip, at any depth, and unpack its files.

    Args:
        content: The zip.
        folder: Where its `RUN_FILES` go.
        limits: On everything.

    Raises:
        UserError: The zip is refused; the message is one line that says why and what to do.
    """
    _refuse_other_forms(content, limits)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            place, members = _find_run(archive.infolist(), limits)
            for name, member in members.items():
                (folder / name).write_bytes(_read(archive, member, limits))
            return ZippedRun(place, {name: row.date_time for name, row in members.items()})
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise UserError(f"zip: broken: {brief(str(error), limit=120)}; {ZIP_AGAIN}") from None
    except OSError as error:
        why = f"{error.strerror}; try again later" if error.strerror else f"broken; {ZIP_AGAIN}"
        raise UserError(f"zip: can't be unpacked: {why}") from None


def _refuse_other_forms(content: bytes, limits: UploadLimits) -> None:
    """Look at the end of the zip before its list of files is read into memory."""
    if not content:
        raise UserError(f"zip: an empty file, of 0 bytes; {ZIP_AGAIN}")
    if len(content) > limits.max_zip_bytes:
        raise UserError(
            f"zip: {len(content)} bytes, expected at most {limits.max_zip_bytes}; {_ZIP_SMALL}"
        )
    end = content[-_END.size :]
    if not (end.startswith(_END_SIGNATURE) and end.endswith(b"\x00\x00")):
        raise UserError(f"zip: {_other_form(content)}")
    _, disk, _, _, files, directory_bytes, directory_place, _ = _END.unpack(end)
    before = content[-_END.size - _ZIP64_LOCATOR_BYTES : -_END.size]
    if before.startswith(_ZIP64_SIGNATURE) or files == 0xFFFF:
        raise UserError(
            "zip: in the form for more than 65,534 files or 4 GB (zip64), expected a plain zip; "
            f"{_ZIP_SMALL}"
        )
    if disk:
        raise UserError(f"zip: a part of a split zip, expected a whole one; {ZIP_AGAIN}")
    if directory_bytes > limits.max_directory_bytes:
        raise UserError(
            f"zip: a list of files of {directory_bytes} bytes, expected at most "
            f"{limits.max_directory_bytes}; {_ZIP_SMALL}"
        )
    if files > limits.max_files:
        raise UserError(f"zip: {files} files, expected at most {limits.max_files}; {_ZIP_SMALL}")
    if not files:
        raise UserError(f"zip: a zip without a file in it; {ZIP_AGAIN}")
    foreign = len(content) - _END.size - directory_bytes - directory_place
    if foreign < 0:
        raise UserError(f"zip: its beginning is missing, so it was cut off; {ZIP_AGAIN}")
    if foreign:
        raise UserError(
            f"zip: {foreign} bytes before its first file, as in self-extracting archives, expected "
            f"a plain zip; {ZIP_AGAIN}"
        )


def _other_form(content: bytes) -> str:
    """What a file is that does not end as a plain zip does, and what to do."""
    place = content.rfind(_END_SIGNATURE, max(0, len(content) - _END.size - _LONGEST_COMMENT))
    if content.startswith(b"PK") and place >= 0:
        return (
            f"{len(content) - place - _END.size} bytes after its end, as a comment, expected a "
            f"plain zip; {ZIP_AGAIN}"
        )
    if content.startswith(b"PK"):
        return f"its end is missing, so it was cut off; upload it again, or {ZIP_AGAIN}"
    for place, start, what in _OTHER_FORMS:
        if content.startswith(start, place):
            return f"{what}, expected a zip; {ZIP_ONE}"
    return f"no zip at all; {ZIP_ONE}"


def _find_run(
    members: Sequence[zipfile.ZipInfo], limits: UploadLimits
) -> tuple[str, dict[str, zipfile.ZipInfo]]:
    """The folder of the one run in a zip, and its files by name."""
    if len(members) > limits.max_files:
        raise UserError(f"zip: {len(members)} files, expected at most {limits.max_files}")
    placed = [(_parts(member), member) for member in members]
    files = [(parts, member) for parts, member in placed if not _is_foreign(parts, member)]
    folders = sorted({parts[:-1] for parts, _ in files if parts[-1].casefold() == "run.json"})
    if not folders:
        raise UserError(f"zip: {_without_run([parts for parts, _ in files])}")
    if len(folders) > 1:
        named = ", ".join(brief("/".join(folder) or ".") for folder in folders[:3])
        more = ", ..." if len(folders) > 3 else ""
        raise UserError(f"zip: {len(folders)} runs, in {named}{more}, expected one; {ZIP_ONE}")
    root = folders[0]
    found: dict[str, zipfile.ZipInfo] = {}
    for parts, member in files:
        name = unicodedata.normalize("NFC", parts[-1]).casefold()
        if parts[:-1] != root or name not in RUN_FILES:
            continue
        if name in found:
            raise UserError(f"zip: {brief(name)}: two files of this name; {ZIP_AGAIN}")
        if problem := _problem(member, limits):
            raise UserError(f"zip: {brief(member.orig_filename)}: {problem}")
        found[name] = member
    names = {parts[-1] for parts, _ in files if parts[:-1] == root}
    for name in sorted(RUN_FILES - found.keys()):
        if f"{name}.gz" in names:
            raise UserError(f"zip: {name}.gz: expected {name}; `gunzip` it, and {ZIP_AGAIN}")
    if sum(member.file_size for member in found.values()) > limits.max_total_bytes:
        raise UserError(
            f"zip: unpacks to more than {limits.max_total_bytes} bytes, too many for a run"
        )
    return "/".join(root), found


def _parts(member: zipfile.ZipInfo) -> Parts:
    """The parts of a name; refused where it could lead anywhere else, though nothing goes there."""
    # What zipfile makes of a name can differ from what stands there. Some archivers of Windows
    # write backslashes.
    name = member.orig_filename.replace("\\", "/")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if name.startswith("/") or re.match("[A-Za-z]:", name) or ".." in parts or not parts:
        raise UserError(
            f"zip: {brief(member.orig_filename)}: expected a relative path inside the run folder; "
            f"{ZIP_AGAIN}"
        )
    if not name.isprintable() or len(name) > _LONGEST_NAME:
        raise UserError(
            f"zip: {brief(member.orig_filename)}: expected a printable name of at most "
            f"{_LONGEST_NAME} characters; leave it out, and {ZIP_AGAIN}"
        )
    return parts


def _is_foreign(parts: Parts, member: zipfile.ZipInfo) -> bool:
    """Whether it is a folder, or what systems and editors leave beside people's files."""
    return member.is_dir() or any(part == "__MACOSX" or part.startswith(".") for part in parts)


def _without_run(files: Sequence[Parts]) -> str:
    """Why there is no run in a zip, and what to do."""
    names = [brief("/".join(parts)) for parts in files if parts[-1].lower().endswith(_ARCHIVES)]
    if any(parts[-1] in RUN_FILES for parts in files):
        return f"logs but no run.json; {ZIP_ONE}, with all that `omiti2v score` wrote"
    if names:
        return f"no run.json, but an archive within, {names[0]}, which is not opened; {ZIP_ONE}"
    if any(parts[-1].lower().endswith(VIDEO_SUFFIXES) for parts in files):
        return f"videos but no run.json; first `omiti2v score VIDEOS -o RUN`, then {ZIP_ONE}"
    return f"no run.json in it; {ZIP_ONE}, where RUN is what `omiti2v score` wrote"


def _problem(member: zipfile.ZipInfo, limits: UploadLimits) -> str | None:
    """Why a file of a run is not read, and what to do."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return f"expected an ordinary file, got a link or something else; {ZIP_AGAIN}"
    if member.flag_bits & _ENCRYPTED:
        return "is encrypted; zip the run folder without a password"
    if member.compress_type not in _METHODS:
        return f"is packed in a way that is not read here, expected deflate; {ZIP_AGAIN}"
    if member.file_size > limits.max_file_bytes:
        return f"unpacks to more than {limits.max_file_bytes} bytes, too many for a run's"
    if member.file_size > max(limits.ratio_from, limits.max_ratio * member.compress_size):
        return f"unpacks to more than {limits.max_ratio} times its size, as no file of a run"
    return None


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: UploadLimits) -> bytes:
    """A file's bytes, however many the zip states."""
    parts: list[bytes] = []
    size = 0
    with archive.open(member) as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > limits.max_file_bytes:
                raise UserError(
                    f"zip: {brief(member.filename)}: unpacks to more than {limits.max_file_bytes} "
                    "bytes, too many for a run's"
                )
            parts.append(chunk)
    content = b"".join(parts)
    if content.startswith(_BYTE_ORDER_MARKS):
        raise UserError(
            f"{member.filename.rpartition('/')[2]}: begins with a byte order mark, as some editors "
            "write; save it as plain UTF-8, or take the file that `omiti2v score` wrote"
        )
    return content
