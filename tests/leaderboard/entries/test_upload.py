"""Uploads are hostile until they are proved to be a run: what is refused, what comes through."""

from __future__ import annotations

import io
import json
import stat
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from leaderboard.entries import Board, as_zip, make_row, prepare_entry, read_uploaded_run
from leaderboard.entries.run_zip import UploadLimits
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.runs import Run
from omiti2v.samples import Sample

from .conftest import DAY, digest, stamp_of, still

MakeRun = Callable[..., Run]
Members = Mapping[str, bytes]


@pytest.fixture
def board(make_run: MakeRun, add: Callable[..., str], load: Callable[[], Board]) -> Board:
    """A board with the edition and one entry."""
    add(make_run("on the board", still))
    return load()


@pytest.fixture
def run_files(make_run: MakeRun, board: Board) -> dict[str, bytes]:
    """A good run folder's files."""
    folder = make_run("a model", still).paths.folder
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def zipped(members: Members, *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=compression)
    return content.getvalue()


def refusal(content: bytes, board: Board, **limits: int) -> str:
    """Why an upload is refused: one line, that tells nothing of the server."""
    with pytest.raises(UserError) as caught:
        read_uploaded_run(content, board, limits=UploadLimits(**limits))
    message = str(caught.value)
    assert message.isprintable()
    assert "omiti2v-upload-" not in message
    return message


@pytest.mark.parametrize("root", ["", "run/", "my run/"])
def test_a_good_run_comes_through_and_is_the_same(
    run_files: dict[str, bytes], board: Board, root: str
) -> None:
    files = {root + name: data for name, data in run_files.items()}
    files[f"{root}report.html"] = b"<script>alert(1)</script>"
    files[f"{root}strips/s000.jpg"] = b"\xff\xd8"
    upload = read_uploaded_run(zipped(files), board)
    assert upload.run.info.submission.name == "a model"
    assert len(upload.run.responses) == 48
    assert upload.differences() == []
    entry = prepare_entry(board, upload.run, added=DAY)
    assert entry.id == "open/a-model"
    with zipfile.ZipFile(io.BytesIO(as_zip(entry.files))) as archive:
        assert set(archive.namelist()) == set(entry.files)
        assert all(name.startswith("entries/open/a-model/") for name in entry.files)


def test_nothing_is_left_behind(
    run_files: dict[str, bytes], board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    read_uploaded_run(zipped(run_files), board)
    refusal(zipped({**run_files, "responses.jsonl": b'{"sample_id'}), board)
    assert list(place.iterdir()) == []


# --- the zip ---


@pytest.mark.parametrize(
    "name",
    [
        "../run.json",
        "run/../../run.json",
        "/etc/passwd",
        "//server/share/run.json",
        "C:/run.json",
        "C:run.json",
        "..\\run.json",
        "run\\run.json",
        "run//run.json",
        "./run.json",
        "run/a\nb.json",
        "x" * 301,
        "run.json\x00.txt",
    ],
)
def test_a_path_that_could_lead_elsewhere_is_refused(
    run_files: dict[str, bytes], board: Board, tmp_path: Path, name: str
) -> None:
    content = zipped({**run_files, "P" * len(name.encode()): b"{}"})
    content = content.replace(b"P" * len(name.encode()), name.encode())
    before = sorted(tmp_path.rglob("*"))
    refusal(content, board)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_name_that_reads_otherwise_than_it_is_is_refused(
    run_files: dict[str, bytes], board: Board
) -> None:
    assert "a printable name" in refusal(zipped({**run_files, "run/\u202etxt.json": b""}), board)


@pytest.mark.parametrize(
    "kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK]
)
def test_links_and_devices_are_refused(
    run_files: dict[str, bytes], board: Board, kind: int
) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in run_files.items():
            member = zipfile.ZipInfo(name)
            if name == "responses.jsonl":
                member.external_attr = (kind | 0o777) << 16
                data = b"/etc/passwd"
            archive.writestr(member, data)
    assert "expected an ordinary file" in refusal(content.getvalue(), board)


@pytest.mark.parametrize(("one", "two"), [("run.json", "run.json"), ("RUN.json", "run.json")])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(
    run_files: dict[str, bytes], board: Board, one: str, two: str
) -> None:
    content = io.BytesIO(zipped({k: v for k, v in run_files.items() if k != "run.json"}))
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr(one, run_files["run.json"])
        archive.writestr(two, run_files["run.json"])
    assert "two files of this name" in refusal(content.getvalue(), board)


def test_a_zip_bomb_is_refused_before_it_goes_off(
    run_files: dict[str, bytes], board: Board
) -> None:
    """200 MB of spaces as run.json, in 200 kB."""
    content = io.BytesIO()
    block = b" " * (1 << 20)
    with (
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("run.json", "w") as file,
    ):
        for _ in range(200):
            file.write(block)
    bomb = content.getvalue()
    assert len(bomb) < 300_000
    tracemalloc.start()
    try:
        message = refusal(bomb, board)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "unpacks to more than" in message
    assert peak < 8 << 20


def test_a_bomb_that_lies_about_its_size_is_refused(
    run_files: dict[str, bytes], board: Board
) -> None:
    honest = zipped({**run_files, "scores.json": b" " * (30 << 20)})
    size = struct.pack("<L", 30 << 20)
    lying = honest.replace(size, struct.pack("<L", 1000))
    assert lying != honest
    assert refusal(lying, board)


def test_a_file_is_refused_for_its_ratio_alone(run_files: dict[str, bytes], board: Board) -> None:
    small, large = b" " * (1 << 20), b" " * (2 << 20)
    content = zipped({**run_files, "check.json": large})
    assert "unpacks to more than 200 times its size" in refusal(content, board)
    # Small files may be as empty as they like, and what is not read may be anything.
    assert "check.json" in refusal(zipped({**run_files, "check.json": small}), board)
    read_uploaded_run(zipped({**run_files, "strips/x.txt": large}), board)


def test_a_file_of_the_right_ratio_and_too_many_bytes_is_refused(
    run_files: dict[str, bytes], board: Board
) -> None:
    content = zipped({**run_files, "responses.jsonl": bytes(50_000)}, compression=0)
    assert "responses.jsonl" in refusal(content, board, max_file_bytes=49_999)
    assert "unpacks to more than 9000 bytes" in refusal(content, board, max_total_bytes=9000)


def test_small_bombs_are_counted_together(run_files: dict[str, bytes], board: Board) -> None:
    files = {name: bytes(20_000) for name in run_files}
    limits = {"max_file_bytes": 30_000, "max_total_bytes": 100_000}
    assert "unpacks to more than 100000 bytes" in refusal(zipped(files), board, **limits)


def test_a_zip_under_the_name_of_a_file_of_a_run_is_not_opened(
    run_files: dict[str, bytes], board: Board
) -> None:
    inner = zipped({"run.json": bytes(1000)})
    assert "check.json: " in refusal(zipped({**run_files, "check.json": inner}), board)


def test_a_huge_list_of_files_is_not_read(run_files: dict[str, bytes], board: Board) -> None:
    """The end of the zip says few files, the list is of many megabytes."""
    content = zipped({**run_files, **{f"{n:0200}": b"" for n in range(8000)}})
    end = bytearray(content[-22:])
    end[8:12] = struct.pack("<HH", 3, 3)
    start = time.process_time()
    assert "zip: a list of files of" in refusal(content[:-22] + bytes(end), board)
    assert time.process_time() - start < 0.5


def test_the_form_for_huge_zips_is_refused(run_files: dict[str, bytes], board: Board) -> None:
    content = zipped(run_files)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
    assert "(zip64), expected a plain zip" in refusal(
        content[:-22] + locator + content[-22:], board
    )


def test_encrypted_and_oddly_packed_files_are_refused(
    run_files: dict[str, bytes], board: Board
) -> None:
    assert "packed in a way" in refusal(zipped(run_files, compression=zipfile.ZIP_LZMA), board)
    content = bytearray(zipped(run_files))
    place = content.rindex(b"PK\x01\x02")
    content[place + 8] |= 1
    assert "is encrypted" in refusal(bytes(content), board)


@pytest.mark.parametrize("cut", [0, 10, 100, -1, -21, -200])
def test_a_cut_or_foreign_file_is_refused(
    run_files: dict[str, bytes], board: Board, cut: int
) -> None:
    refusal(zipped(run_files)[:cut], board)
    refusal(b"\x80\x04\x95pickle" * 20, board)
    refusal(zipped(run_files) + b"a comment", board)


def test_every_byte_flipped_is_refused_or_read_never_worse(
    run_files: dict[str, bytes], board: Board
) -> None:
    content = zipped(run_files)
    for place in range(0, len(content), max(1, len(content) // 120)):
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        try:
            read_uploaded_run(bytes(damaged), board)
        except UserError as error:
            assert str(error).isprintable()


def test_an_upload_beyond_the_size_is_refused_unread(board: Board) -> None:
    assert "expected at most 67108864" in refusal(bytes((64 << 20) + 1), board)


# --- what is in it ---


def changed(files: dict[str, bytes], name: str, change: Callable[[dict], None]) -> bytes:
    document = json.loads(files[name])
    change(document)
    return zipped({**files, name: json.dumps(document).encode()})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (b"[" * 5_000_000, "run.json"),
        (b'{"a":' * 100_000, "run.json"),
        (b"", "run.json"),
        (b"null", "run.json"),
        (b"\xff\xfe{", "run.json"),
    ],
)
def test_a_document_that_is_none_is_refused(
    run_files: dict[str, bytes], board: Board, text: bytes, complaint: str
) -> None:
    content = zipped({**run_files, "run.json": text})
    assert complaint in refusal(content, board, max_ratio=1_000_000)


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" + "0" * 400, "1" * 5000]
)
@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("responses.jsonl", '"p_yes":'),
        ("measurements.jsonl", '"value":'),
        ("scores.json", '"value": '),
        ("run.json", '"protocol": '),
        ("run.json", '"seed": '),
        ("videos.jsonl", '"fps":'),
        ("videos.jsonl", '"frames":'),
    ],
)
def test_numbers_that_are_none_are_refused(
    make_run: MakeRun, board: Board, name: str, before: str, value: str
) -> None:
    folder = make_run("a model", still, speeds={"s000": 1.0}).paths.folder
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    head, found, rest = files[name].decode().partition(before)
    assert found
    tail = rest[min(rest.index(mark) for mark in ",}\n" if mark in rest) :]
    content = zipped({**files, name: f"{head}{before}{value}{tail}".encode()})
    # A number that is only too large to be true is found when the run is looked at as a whole.
    with pytest.raises(UserError) as caught:
        prepare_entry(board, read_uploaded_run(content, board).run, added=DAY)
    assert str(caught.value).isprintable()


def test_a_deep_or_endless_identity_of_a_judge_is_refused(
    run_files: dict[str, bytes], board: Board
) -> None:
    def nest(document: dict) -> None:
        value: object = 1
        for _ in range(60):
            value = [value]
        document["judge"]["identity"]["x"] = value

    def spread(document: dict) -> None:
        document["judge"]["identity"]["x"] = list(range(6000))

    assert "nested deeper than 16" in refusal(changed(run_files, "run.json", nest), board)
    assert "more than 5000 values" in refusal(changed(run_files, "run.json", spread), board)


def test_forged_scores_are_listed_and_the_log_counts(
    run_files: dict[str, bytes], board: Board
) -> None:
    def better(document: dict) -> None:
        document["scores"]["accuracy"]["value"] = 0.99
        document["outcomes"]["success"]["value"] = 0.99

    upload = read_uploaded_run(changed(run_files, "scores.json", better), board)
    assert {(row.what, row.stated, row.found) for row in upload.differences()} == {
        ("accuracy", "0.99", "0.5"),
        ("outcome:success", "0.99", "0"),
    }
    files = prepare_entry(board, upload.run, added=DAY).files
    (scores,) = (content for name, content in files.items() if name.endswith("scores.json"))
    assert json.loads(scores)["scores"]["accuracy"]["value"] == 0.5


@pytest.mark.parametrize("name", ["responses.jsonl", "videos.jsonl", "samples.jsonl", "run.json"])
def test_a_run_without_one_of_its_logs_is_refused(
    run_files: dict[str, bytes], board: Board, name: str
) -> None:
    refusal(zipped({key: data for key, data in run_files.items() if key != name}), board)


def test_forged_fingerprints_are_refused(run_files: dict[str, bytes], board: Board) -> None:
    def edition(document: dict) -> None:
        document["edition"]["fingerprint"] = digest("my own")

    assert "is not one of this board" in refusal(changed(run_files, "run.json", edition), board)
    easier = run_files["samples.jsonl"].replace(
        b'"expected_answer":"no"', b'"expected_answer":"yes"'
    )
    forged = zipped({**run_files, "samples.jsonl": easier})
    assert "not those of edition open" in refusal(forged, board)

    def judge(document: dict) -> None:
        document["judge"]["fingerprint"] = digest("a better judge")

    assert "answered by judge" in refusal(changed(run_files, "run.json", judge), board)

    def identity(document: dict) -> None:
        document["judge"]["identity"]["name"] = "a better judge"

    upload = read_uploaded_run(changed(run_files, "run.json", identity), board)
    with pytest.raises(UserError, match="one of the two was changed"):
        prepare_entry(board, upload.run, added=DAY)


def test_samples_of_ones_own_are_not_scored_here(
    make_run: MakeRun, board: Board, make_samples: Callable[..., tuple[Sample, ...]]
) -> None:
    samples = make_samples(3)
    own = Edition("open", samples, {sample.id: digest("x") for sample in samples}, None)
    folder = make_run("own", of=own).paths.folder
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert "is not one of this board" in refusal(zipped(files), board)


def test_a_run_that_asks_for_a_million_resamples_is_refused(
    run_files: dict[str, bytes], board: Board
) -> None:
    def greedy(document: dict) -> None:
        document["resamples"] = 1_000_000

    assert "expected at most 20000" in refusal(changed(run_files, "run.json", greedy), board)


def test_a_run_of_endless_metrics_is_refused(run_files: dict[str, bytes], board: Board) -> None:
    """Each would cost as much as accuracy does."""

    def many(document: dict) -> None:
        stamp = document["metrics"]["speed"]
        document["metrics"] = {f"speed {number}": stamp for number in range(10_000)}

    assert "metrics: expected at most 64" in refusal(changed(run_files, "run.json", many), board)


SCRIPT = '<script>alert(1)</script><img src=x onerror="alert(2)">'


def test_script_tags_in_every_text_field_stay_text(
    make_run: MakeRun, board: Board, load: Callable[[], Board], add: Callable[..., str]
) -> None:
    from omiti2v.submissions import SubmissionInfo

    submission = SubmissionInfo(
        name=SCRIPT,
        method=SCRIPT,
        backbone=SCRIPT,
        revision=SCRIPT,
        settings={SCRIPT: SCRIPT},
        contact=SCRIPT,
        licence=SCRIPT,
        links=(SCRIPT, "javascript:alert(1)", "https://example.org/"),
    )
    run = make_run(
        "x",
        still,
        folder="script",
        submission=submission,
        judge=stamp_of(SCRIPT),
        versions={SCRIPT: SCRIPT},
        reports={"file": SCRIPT, "codec": SCRIPT},
    )
    files = {path.name: path.read_bytes() for path in run.paths.folder.iterdir()}
    upload = read_uploaded_run(zipped(files), board)
    entry = prepare_entry(board, upload.run, added=DAY, note=SCRIPT)
    # The name becomes a folder without a trace of markup.
    assert entry.id == "open/script-alert-1-script-img-src-x-onerror-alert-2"
    add(run)
    row = make_row(load().by_id[entry.id])
    assert (row.name, row.method, row.backbone, row.license) == (SCRIPT,) * 4
    assert row.links == ("https://example.org/",)
    from omiti2v.html_templates import page_environment

    page = page_environment("leaderboard.report").from_string("{{ row }}").render(row=str(row))
    assert "<script" not in page
    assert "<img" not in page
