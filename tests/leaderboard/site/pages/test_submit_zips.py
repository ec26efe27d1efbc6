"""What becomes of a dropped file: good zips, clumsy ones and hostile ones, a row each."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import stat
import struct
import subprocess
import tarfile
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hostile_zips import Files, files_of, zipped

from leaderboard.entries import Board, load_board, open_storage
from leaderboard.entries.add import claimed_scores
from leaderboard.site.pages.submit import UploadVerdict, hand_in_commands, judge_upload
from leaderboard.site.state import Site
from omiti2v.runs import read_run

BEFORE = Path(__file__).parents[3] / "data" / "before"
TODAY = date(2026, 5, 6)
MIB = 1 << 20

Build = Callable[[Files], bytes]


# --- how a row's zip is made of the files of a good run, which are all called run/NAME ---


def moved(files: Files, folder: str) -> Files:
    return {folder + name.removeprefix("run/"): data for name, data in files.items()}


def without(files: Files, *names: str) -> Files:
    return {name: data for name, data in files.items() if name.removeprefix("run/") not in names}


def edited(files: Files, name: str, change: Callable[[Any], Any]) -> Files:
    """A JSON file as `change` leaves it."""
    document = json.loads(files[f"run/{name}"])
    change(document)
    return {**files, f"run/{name}": json.dumps(document).encode()}


def replaced(files: Files, name: str, old: bytes, new: bytes, times: int = -1) -> Files:
    assert old in files[f"run/{name}"]
    return {**files, f"run/{name}": files[f"run/{name}"].replace(old, new, times)}


def lines(files: Files, name: str, keep: Callable[[dict[str, Any]], Any]) -> Files:
    """A log with the rows that `keep` gives for each of its rows: a list of them."""
    rows = [json.loads(line) for line in files[f"run/{name}"].splitlines()]
    kept = [json.dumps(new) + "\n" for row in rows for new in keep(row)]
    return {**files, f"run/{name}": "".join(kept).encode()}


def logs(files: Files, keep: Callable[[dict[str, Any]], Any]) -> Files:
    for name in ("videos.jsonl", "responses.jsonl", "measurements.jsonl"):
        files = lines(files, name, keep)
    return files


def written(
    files: Files,
    *,
    compression: int = zipfile.ZIP_DEFLATED,
    later: str = "",
    comment: bytes = b"",
    streamed: bool = False,
) -> bytes:
    """As `zipped`, in another way of writing it; the file `later` is newer than the others."""
    content = BytesIO()
    target: Any = content
    if streamed:  # to a pipe: sizes come after the bytes, in data descriptors

        class Pipe:
            write, flush = content.write, content.flush

        target = Pipe()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, data in files.items():
            day = 2 if later and name.endswith(later) else 1
            info = zipfile.ZipInfo(name, (2026, 5, day, 0, 0, 0))
            info.compress_type = compression
            archive.writestr(info, data)
        archive.comment = comment
    return content.getvalue()


def twice(files: Files, name: str) -> bytes:
    content = BytesIO(zipped(files))
    with (
        pytest.warns(UserWarning, match="Duplicate name"),
        zipfile.ZipFile(content, "a") as archive,
    ):
        archive.writestr(name, files[name])
    return content.getvalue()


def renamed(files: Files, old: bytes, new: bytes) -> bytes:
    """A zip in which a name was changed afterwards, to one that zipfile would not write."""
    assert len(old) == len(new)
    return zipped({**files, old.decode(): b"{}"}).replace(old, new)


def flagged(files: Files, place: int, value: int) -> bytes:
    """A byte of every row of the list of files changed."""
    content = bytearray(zipped(files))
    start = content.index(b"PK\x01\x02")
    while (start := content.find(b"PK\x01\x02", start)) >= 0:
        content[start + place] |= value
        start += 4
    return bytes(content)


def wrong_crc(files: Files) -> bytes:
    content = written(files, compression=zipfile.ZIP_STORED)
    return content.replace(b'"answer":"yes"', b'"answer":"no "', 1)


def lying(files: Files) -> bytes:
    """30 MiB that the zip states as 1,000 bytes."""
    size = struct.pack("<L", 30 * MIB)
    return zipped({**files, "run/check.json": b" " * (30 * MIB)}).replace(
        size, struct.pack("<L", 1000)
    )


def hundred_thousand(zip64: bool) -> bytes:
    """A list of as many empty files, by hand: zipfile would take seconds."""
    row = b"PK\x01\x02" + bytes(24) + struct.pack("<H", 6) + bytes(16)
    names = b"".join(row + f"{number:06d}".encode() for number in range(100_000))
    count = 0xFFFF if zip64 else 100_000 & 0xFFFF
    return names + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(names), 0, 0)


def in_zip64(files: Files) -> bytes:
    content = zipped(files)
    return content[:-22] + struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1) + content[-22:]


def tarred(files: Files) -> bytes:
    content = BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, BytesIO(data))
    return content.getvalue()


def crlf(files: Files) -> Files:
    return {name: data.replace(b"\n", b"\r\n") for name, data in files.items()}


def in_takes(files: Files) -> Files:
    """Every sample has two videos, and the second is another file."""

    def both(row: dict[str, Any]) -> list[dict[str, Any]]:
        key = "video_sha256" if "video_sha256" in row else "sha256"
        other = row[key][::-1]
        return [{**row, "take": 1}, {**row, "take": 2, key: other}]

    return logs(without(files, "check.json"), both)


def link(files: Files, name: str) -> bytes:
    return zipped({**files, name: b"/etc/passwd"}, mode={name: stat.S_IFLNK | 0o777})


def all_yes(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**row, "answer": "yes", "p_yes": 0.9}]


def rescored(files: Files) -> Files:
    """A run whose scores are again those of its log."""
    with TemporaryDirectory() as folder:
        for name, data in without(files, "scores.json").items():
            (Path(folder) / Path(name).name).write_bytes(data)
        scores = claimed_scores(read_run(Path(folder)))
    return {**files, "run/scores.json": scores.model_dump_json().encode()}


def first_samples(count: int) -> Callable[[dict[str, Any]], list[dict[str, Any]]]:
    return lambda row: [row] if int(row["sample_id"][1:]) < count else []


def newer_fields(files: Files) -> Files:
    def change(info: dict[str, Any]) -> None:
        info["versions"]["omiti2v"] = "99.1.0"
        info["hologram"] = True

    return edited(files, "run.json", change)


def set_to(*keys: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        for key in keys[:-1]:
            document = document[key]
        document[keys[-1]] = value

    return change


# --- the table: what it is, the file, what becomes of it, and words that are said of it ---

JUNK: Files = {
    "__MACOSX/run/._run.json": b"\x00\x05\x16\x07",
    "__MACOSX/run/run.json": b"\x00\x05\x16\x07",
    "run/.DS_Store": b"\x00\x00\x00\x01Bud1",
    "run/.ipynb_checkpoints/run.json": b"{}",
    "run/strips/s000.jpg": b"\xff\xd8",
    "run/strips/S000.jpg": b"\xff\xd8",
    "run/report.html": b"<script>alert(1)</script>",
    "videos/s000.mp4": b"0" * (33 * MIB),
    "videos/__MACOSX": b"",
    "old-run.zip": b"PK\x03\x04",
    "run/weights.bin": bytes(3 * MIB),
}

ROWS: Mapping[str, tuple[Build, str, str]] = {
    # good
    "as zip -r does": (lambda f: zipped(f), "passes", ""),
    "at the top": (lambda f: zipped(moved(f, "")), "passes", ""),
    "deep down": (lambda f: zipped(moved(f, "a/b/c/d/e/f/g/h/")), "passes", ""),
    "under ./": (lambda f: zipped(moved(f, "./run/")), "passes", ""),
    "stored": (lambda f: written(f, compression=zipfile.ZIP_STORED), "passes", ""),
    "streamed to a pipe": (lambda f: written(f, streamed=True), "passes", ""),
    "with what does not belong to it": (lambda f: zipped({**f, **JUNK}), "passes", ""),
    "with folders listed": (lambda f: zipped({"run/": b"", "run/x/": b"", **f}), "passes", ""),
    "with CRLF": (lambda f: zipped(crlf(f)), "passes", ""),
    "in a folder of decomposed letters": (
        lambda f: zipped(moved(f, "Mode\u0300le \u00fc/")),
        "passes",
        "",
    ),
    "with Windows' backslashes": (
        lambda f: zipped(moved(f, "runs\\a\\")),
        "passes",
        "",
    ),
    "beside a link that is not read": (lambda f: link(f, "run/latest"), "passes", ""),
    # with a word of warning
    "one sample in 24 without a video": (
        lambda f: zipped(rescored(logs(f, first_samples(23)))),
        "warns",
        "without a rank: coverage 95.8 %, expected at least 99 %",
    ),
    "stopped in the middle": (
        lambda f: zipped(
            lines(without(f, "scores.json", "check.json"), "responses.jsonl", first_samples(20))
        ),
        "unfinished",
        "no scores.json, as a run that is not finished: run `omiti2v score` again",
    ),
    "with takes": (lambda f: zipped(rescored(in_takes(f))), "passes", ""),
    "by another version": (
        lambda f: zipped(
            edited(f, "run.json", set_to("versions", value={"omiti2v": "0.0.9"}))
        ),
        "warns",
        "scored by omiti2v 0.0.9",
    ),
    "by a newer version, and readable": (
        lambda f: zipped(
            edited(f, "run.json", set_to("versions", value={"omiti2v": "99.1.0"}))
        ),
        "warns",
        "scored by omiti2v 99.1.0",
    ),
    # its scores are not what its log gives
    "a log that was edited afterwards": (
        lambda f: written(
            lines(f, "responses.jsonl", all_yes),
            later="responses.jsonl",
        ),
        "differs",
        "responses.jsonl changed after scores.json was written",
    ),
    "measurements that were edited": (
        lambda f: written(replaced(f, "measurements.jsonl", b'"value":0.6', b'"value":0.9', 5)),
        "differs",
        "or measurements.jsonl was",
    ),
    "scores that were edited": (
        lambda f: written(
            edited(f, "scores.json", set_to("scores", "accuracy", "value", value=0.123))
        ),
        "differs",
        "scores.json was changed after it was written",
    ),
    "scores of another seed": (
        lambda f: written(edited(f, "scores.json", set_to("seed", value=7))),
        "differs",
        "run.json says seed 1, scores.json seed 7",
    ),
    "scores by another version": (
        lambda f: written(
            edited(
                edited(f, "scores.json", set_to("scores", "accuracy", "value", value=0.123)),
                "run.json",
                set_to("versions", value={"omiti2v": "0.0.9"}),
            )
        ),
        "differs",
        "scored by omiti2v '0.0.9', computed here by",
    ),
    # no zip that is read
    "nothing": (lambda f: b"", "refused", "an empty file, of 0 bytes"),
    "no zip": (lambda f: b"MZ this is no zip" * 9, "refused", "no zip at all"),
    "a tar file": (tarred, "refused", "a tar file, expected a zip"),
    "a gzip file": (lambda f: gzip.compress(tarred(f)), "refused", "a gzip file, expected a zip"),
    "run.json itself": (lambda f: f["run/run.json"], "refused", "a JSON file, expected a zip"),
    "a zip of nothing": (lambda f: zipped({}), "refused", "a zip without a file in it"),
    "cut off at the end": (lambda f: zipped(f)[:-300], "refused", "its end is missing"),
    "cut off at the beginning": (
        lambda f: zipped(f)[300:],
        "refused",
        "its beginning is missing",
    ),
    "with a comment": (
        lambda f: written(f, comment=b"my best run"),
        "refused",
        "11 bytes after its end, as a comment",
    ),
    "with bytes before it": (
        lambda f: b"#!/bin/sh\n" + zipped(f),
        "refused",
        "10 bytes before its first file",
    ),
    "zip64": (in_zip64, "refused", "(zip64), expected a plain zip"),
    "encrypted": (lambda f: flagged(f, 8, 1), "refused", "is encrypted; zip the run folder with"),
    "packed by LZMA": (
        lambda f: written(f, compression=zipfile.ZIP_LZMA),
        "refused",
        "is packed in a way that is not read here, expected deflate",
    ),
    "patched data": (lambda f: flagged(f, 8, 0x20), "refused", "zip: broken"),
    "a wrong checksum": (wrong_crc, "refused", "Bad CRC-32"),
    # no run, or not one
    "two runs": (
        lambda f: zipped({**f, **moved(f, "runs/b/")}),
        "refused",
        "2 runs, in 'run', 'runs/b', expected one",
    ),
    "videos alone": (
        lambda f: zipped({"videos/s000.mp4": b"\x00"}),
        "refused",
        "videos but no run.json; first `omiti2v score",
    ),
    "logs alone": (lambda f: zipped(without(f, "run.json")), "refused", "logs but no run.json"),
    "a zip in the zip": (
        lambda f: zipped({"runs/run.zip": zipped(f)}),
        "refused",
        "an archive within, 'runs/run.zip'",
    ),
    "something else": (lambda f: zipped({"a/readme.txt": b""}), "refused", "no run.json in it"),
    "logs in gzip": (
        lambda f: zipped(
            {
                **without(f, "responses.jsonl"),
                "run/responses.jsonl.gz": gzip.compress(f["run/responses.jsonl"]),
            }
        ),
        "refused",
        "responses.jsonl.gz: expected responses.jsonl; `gunzip` it",
    ),
    "without its samples": (
        lambda f: zipped(without(f, "samples.jsonl")),
        "refused",
        "samples.jsonl: not in the zip; zip all that",
    ),
    "a finished run without its answers": (
        lambda f: zipped(without(f, "responses.jsonl")),
        "refused",
        "responses.jsonl: not there, though the run was finished",
    ),
    # a run that can't be read
    "with a byte order mark": (
        lambda f: zipped({**f, "run/run.json": b"\xef\xbb\xbf" + f["run/run.json"]}),
        "refused",
        "run.json: begins with a byte order mark",
    ),
    "in UTF-16": (
        lambda f: zipped({**f, "run/run.json": f["run/run.json"].decode().encode("utf-16")}),
        "refused",
        "run.json: begins with a byte order mark",
    ),
    "a newer form": (
        lambda f: zipped(edited(f, "run.json", set_to("format", value=2))),
        "refused",
        "format 2: made by a newer omiti2v than",
    ),
    "fields of a newer version": (
        lambda f: zipped(newer_fields(f)),
        "refused",
        "hologram: unknown field; made by a newer omiti2v ('99.1.0') than",
    ),
    "not a number": (
        lambda f: zipped(replaced(f, "responses.jsonl", b'"p_yes":0.9', b'"p_yes":NaN', 1)),
        "refused",
        "responses.jsonl:",
    ),
    "deep JSON": (
        lambda f: zipped({**f, "run/run.json": b'{"a":' * 5000 + b"1" + b"}" * 5000}),
        "refused",
        "run.json: ",
    ),
    "a run.json of 20 MB": (
        lambda f: zipped({**f, "run/run.json": os.urandom(100_000).hex().encode() * 100}),
        "refused",
        "run.json",
    ),
    "a forged judge": (
        lambda f: zipped(
            edited(f, "run.json", set_to("judge", "identity", "protocol", value="paper"))
        ),
        "refused",
        "fingerprint",
    ),
    "another edition": (
        lambda f: zipped(edited(f, "run.json", set_to("edition", "fingerprint", value="0" * 64))),
        "refused",
        "is not one of this board, which has rendered ",
    ),
    # made to do harm
    "a bomb": (
        lambda f: zipped({**f, "run/videos.jsonl": b"0" * (30 * MIB)}),
        "refused",
        "unpacks to more than 200 times its size",
    ),
    "a bomb beyond the size of a file": (
        lambda f: zipped({**f, "run/scores.json": b"0" * (33 * MIB)}),
        "refused",
        "unpacks to more than 33554432 bytes",
    ),
    "a bomb that lies about its size": (lying, "refused", "zip: broken"),
    "100,000 files": (lambda f: hundred_thousand(zip64=False), "refused", "a list of files of"),
    "100,000 files, as zip64": (lambda f: hundred_thousand(zip64=True), "refused", "(zip64)"),
    "6,000 files": (
        lambda f: zipped({**f, **{f"run/strips/{n}.jpg": b"" for n in range(6000)}}),
        "refused",
        "expected at most 5000",
    ),
    "a path upwards": (lambda f: zipped({**f, "../x.json": b""}), "refused", "a relative path"),
    "a path upwards, in backslashes": (
        lambda f: zipped({**f, "run\\..\\..\\x": b""}),
        "refused",
        "a relative path",
    ),
    "an absolute path": (lambda f: zipped({**f, "/x.json": b""}), "refused", "a relative path"),
    "a drive": (lambda f: zipped({**f, "C:/x.json": b""}), "refused", "a relative path"),
    "a huge name": (
        lambda f: zipped({**f, "run/" + "x" * 60_000: b""}),
        "refused",
        "a printable name of at most 300 characters",
    ),
    "a name with a NUL": (
        lambda f: renamed(f, b"run/NULL.json", b"run/x\x00.json.."),
        "refused",
        "a printable name",
    ),
    "a name that reads backwards": (
        lambda f: zipped({**f, "run/\u202etxt.json": b""}),
        "refused",
        "a printable name",
    ),
    "a link": (lambda f: link(f, "run/responses.jsonl"), "refused", "got a link"),
    "two files of one name": (
        lambda f: twice(f, "run/scores.json"),
        "refused",
        "'scores.json': two files of this name",
    ),
    "two files of one name, in other letters": (
        lambda f: zipped({**f, "run/RUN.JSON": f["run/run.json"]}),
        "refused",
        "'run.json': two files of this name",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def files(place: Any) -> Files:
    return files_of(place.runs["fresh"])


def outcome(verdict: UploadVerdict) -> tuple[str, str]:
    """Passes, warns, unfinished, differs or refused, and what is said."""
    if verdict.refused is not None:
        assert verdict.card is None
        assert verdict.package is None
        return "refused", verdict.refused
    if verdict.differences:
        assert verdict.package is None
        return "differs", verdict.cause
    if verdict.package is None:
        return "unfinished", "\n".join(verdict.notes)
    return ("warns", "\n".join(verdict.notes)) if verdict.notes else ("passes", "")


@pytest.mark.parametrize("name", ROWS)
def test_a_dropped_file(site: Site, files: Files, name: str) -> None:
    build, expected, words = ROWS[name]
    found, said = outcome(judge_upload(build(files), site.board, today=TODAY))
    assert (found, said if words not in said else words) == (expected, words)
    if found == "refused":
        assert said.isprintable()
        assert "; " in said  # and what to do
        assert len(said) < 700
        assert "omiti2v-upload" not in said
        assert str(Path.cwd()) not in said


def test_each_file_is_refused_in_little_time_and_memory(site: Site, files: Files) -> None:
    for name in ("a bomb", "a bomb that lies about its size", "100,000 files", "6,000 files"):
        content = ROWS[name][0](files)
        tracemalloc.start()
        start = time.process_time()
        verdict = judge_upload(content, site.board, today=TODAY)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert verdict.refused, name
        assert time.process_time() - start < 3, name
        assert peak < 40 * MIB, name


@pytest.mark.skipif(shutil.which("zip") is None, reason="needs zip on PATH")
@pytest.mark.parametrize("options", ["-qr", "-qry", "-qrD", "-qr0"])
def test_the_pages_own_advice_passes(site: Site, place: Any, tmp_path: Path, options: str) -> None:
    shutil.copytree(place.runs["fresh"], tmp_path / "demo-out" / "runs" / "done-on-half")
    command = ["zip", options, "run.zip", "demo-out/runs/done-on-half"]
    subprocess.run(command, cwd=tmp_path, check=True)
    verdict = judge_upload((tmp_path / "run.zip").read_bytes(), site.board, today=TODAY)
    assert outcome(verdict) == ("passes", "")
    assert verdict.folder == "demo-out/runs/done-on-half"
    commands = hand_in_commands(verdict, "leaderboard/data", "it's a\nnote", True)
    assert commands.splitlines()[0] == (
        "omiti2v leaderboard add demo-out/runs/done-on-half --board leaderboard/data "
        "--open-weights --note 'it'\"'\"'s a note'"
    )


@pytest.fixture(scope="module")
def board_of_before(tmp_path_factory: pytest.TempPathFactory) -> Board:
    """A board as omiti2v 0.1 wrote it, without the run that is uploaded here."""
    board = tmp_path_factory.mktemp("before") / "board"
    shutil.copytree(BEFORE / "board", board)
    shutil.rmtree(board / "entries" / "known-answer" / "edit-done")
    return load_board(open_storage(board))


def test_a_run_of_before_passes_and_its_old_intervals_are_no_difference(
    board_of_before: Board,
) -> None:
    content = zipped(files_of(BEFORE / "runs" / "done"))
    assert outcome(judge_upload(content, board_of_before, today=TODAY)) == ("passes", "")


def test_a_folder_that_is_no_plain_path_is_not_put_into_a_command(site: Site, files: Files) -> None:
    for folder in ("$(reboot)/", "-rf/", "a b/", ""):
        verdict = judge_upload(zipped(moved(files, folder)), site.board, today=TODAY)
        assert verdict.folder == "RUN"
