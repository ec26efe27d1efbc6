"""Records: parsed with limits, written so that no crash tears them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import model_validator

from omiti2v.errors import UserError
from omiti2v.records import (
    MAX_LINE_BYTES,
    Record,
    RecordLog,
    canonical_json,
    parse_record,
    read_records,
    write_atomically,
)


class Row(Record):
    name: str
    value: float


class Noted(Record):
    name: str
    note: str | None = None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{"name": "a"}', "value: field required"),
        ('{"name": 3, "value": 1.0}', "name: input should be a valid string, got 3"),
        ('{"name": "a", "value": "1"}', "value: input should be a valid number, got '1'"),
        ('{"name": "a", "value": NaN}', "value: input should be a finite number, got nan"),
        ('{"name": "a", "value": 1e999}', "value: input should be a finite number, got inf"),
        ('{"name": "a", "value": 1, "extra": 2}', "extra: unknown field"),
        (
            '{"name": "a", "value": ',
            "the record: invalid JSON: EOF while parsing a value at col",
        ),
        ("[" * 100_000, "the record: invalid JSON"),
        ("3", "the record: input should be an object"),
    ],
)
def test_a_wrong_record_is_refused_in_one_line_that_names_place_and_field(
    text: str, complaint: str
) -> None:
    with pytest.raises(UserError) as caught:
        parse_record(Row, text, where="rows.jsonl:7")
    message = str(caught.value)
    assert message.startswith(f"rows.jsonl:7: {complaint}")
    assert "\n" not in message


class Ordered(Record):
    id: str
    first: int
    last: int

    @model_validator(mode="after")
    def _in_order(self) -> Ordered:
        if self.first > self.last:
            raise ValueError("first is after last")
        return self


def test_a_rule_about_a_whole_record_names_it_and_does_not_repeat_it() -> None:
    with pytest.raises(UserError) as caught:
        parse_record(Ordered, '{"id": "a-1", "first": 2, "last": 1}', where="rows.jsonl:7")
    assert str(caught.value) == "rows.jsonl:7: the record 'a-1': first is after last"


def test_a_log_reads_back_what_was_appended(tmp_path: Path) -> None:
    rows = [Row(name=str(number), value=number / 3) for number in range(5)]
    with RecordLog(tmp_path / "log.jsonl") as log:
        log.append(rows[:2])
        log.append(rows[2:])
    assert read_records(tmp_path / "log.jsonl", Row) == rows


@pytest.mark.parametrize("torn", ['{"name": "x", "va', '{"name": "x", "value": 1}', "x" * 10_000])
def test_a_torn_last_line_is_passed_over_and_cut_off_when_writing_goes_on(
    tmp_path: Path, torn: str
) -> None:
    path = tmp_path / "log.jsonl"
    first, second = Row(name="a", value=1), Row(name="b", value=2)
    path.write_text(first.model_dump_json() + "\n" + torn)
    assert read_records(path, Row, torn_tail=True) == [first]
    with RecordLog(path) as log:
        log.append([second])
    assert read_records(path, Row) == [first, second]


def test_a_last_line_without_a_newline_counts_in_any_file_but_a_log(tmp_path: Path) -> None:
    path = tmp_path / "by-hand.jsonl"
    path.write_text('{"name": "a", "value": 1}\n{"name": "b", "value": 2}')
    assert [row.name for row in read_records(path, Row)] == ["a", "b"]


def test_records_of_a_file_share_what_they_repeat_and_stay_what_they_were(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"name": "a b", "value": 1.0}\n{"name": "a b", "value": 2.0}\n')
    one, other = read_records(path, Row)
    assert one.name is other.name
    assert one.model_fields_set is other.model_fields_set
    assert (one, other) == (Row(name="a b", value=1.0), Row(name="a b", value=2.0))
    assert one.model_copy(update={"value": 3.0}) == Row(name="a b", value=3.0)
    assert one.model_copy().model_fields_set is not one.model_fields_set


def test_records_that_set_other_fields_keep_their_own_names_of_them(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"name": "a"}\n{"name": "a", "note": "b"}\n')
    rows = read_records(path, Noted)
    assert [row.model_dump(exclude_unset=True) for row in rows] == [
        {"name": "a"},
        {"name": "a", "note": "b"},
    ]


def test_a_text_that_breaks_off_in_mid_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    write_atomically(path, ["an ", "old one"])

    def pieces() -> Iterator[str]:
        yield "a new "
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write_atomically(path, pieces())
    assert path.read_text() == "an old one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_hostile_field_name_stays_one_short_line() -> None:
    with pytest.raises(UserError) as caught:
        parse_record(Row, '{"name": "a", "value": 1, "x\\ny' + "z" * 5000 + '": 1}', where="w")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_a_full_disk_is_one_line_and_loses_nothing_written_before(tmp_path: Path) -> None:
    # A limit on the file size makes the kernel refuse the write, as a full disk does.
    script = f"""
import resource, signal
from pathlib import Path
from omiti2v.errors import UserError
from omiti2v.records import Record, RecordLog
class Row(Record):
    name: str
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
log = RecordLog(Path({str(tmp_path / "log.jsonl")!r}))
log.append([Row(name="kept")])
try:
    log.append([Row(name="x" * 1000) for _ in range(10)])
except UserError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "can't be written" in done.stdout
    assert done.stdout.count("\n") == 1
    assert (tmp_path / "log.jsonl").read_text() == '{"name":"kept"}\n'


def test_a_line_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"x" * (MAX_LINE_BYTES + 10) + b"\n")
    with pytest.raises(UserError, match="line longer than"):
        read_records(path, Row)


def test_an_atomic_write_leaves_the_old_file_where_the_new_one_cannot_be_written(
    tmp_path: Path,
) -> None:
    path = tmp_path / "file.json"
    write_atomically(path, "old")
    (tmp_path / "blocked").write_text("")
    with pytest.raises(UserError, match="can't be written"):
        write_atomically(tmp_path / "blocked" / "file.json", "new")
    write_atomically(path, "new")
    assert path.read_text() == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["blocked", "file.json"]


def test_an_atomic_write_does_not_take_the_place_of_a_pipe_a_device_or_a_folder(
    tmp_path: Path,
) -> None:
    pipe, link, folder = tmp_path / "pipe", tmp_path / "link", tmp_path / "folder"
    os.mkfifo(pipe)
    link.symlink_to("/dev/null")
    folder.mkdir()
    for path in (pipe, link, folder):
        with pytest.raises(UserError, match="expected a regular file"):
            write_atomically(path, "new")
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert folder.is_dir()


def test_canonical_json_does_not_depend_on_the_order_of_keys() -> None:
    assert canonical_json({"b": 1, "a": "é"}) == canonical_json({"a": "é", "b": 1})
    with pytest.raises(ValueError, match="JSON"):
        canonical_json({"a": float("nan")})
