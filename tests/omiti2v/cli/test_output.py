"""Whatever takes what is printed: terminals of other encodings, pipes that close, full disks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

NAME = "a model 🎬 視頻 é"


@pytest.fixture
def named(files: Path) -> Path:
    """An edition and a submission whose name and files few encodings can write."""
    (files / "videos" / "submission.yaml").write_text(f"name: {NAME}\n", encoding="utf-8")
    (files / "videos" / "🎬.mp4").touch()
    return files


def run(
    command: str, folder: Path, *, redirected: str = "", **environment: str
) -> tuple[int, str, str]:
    line = f"{sys.executable} -m omiti2v {command} {redirected}"
    done = subprocess.run(
        ["bash", "-c", line], cwd=folder, env=os.environ | environment, capture_output=True
    )
    texts = (
        text.decode("ascii" if environment else "utf-8") for text in (done.stdout, done.stderr)
    )
    return done.returncode, *texts


STRICT = {"PYTHONIOENCODING": "ascii:strict"}
LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize("environment", [STRICT, LOCALE], ids=["strict", "locale"])
def test_what_can_not_be_encoded_is_written_as_escapes(
    named: Path, environment: dict[str, str]
) -> None:
    code, out, err = run("check videos -e edition", named, **environment)
    assert code == 0 and "Traceback" not in err
    assert r"a model \U0001f3ac \u8996\u983b \xe9: 6 of 6 samples" in " ".join(out.split())
    assert r"\U0001f3ac.mp4" in out


def test_json_stays_json_and_tables_stay_tables(named: Path) -> None:
    code, out, _ = run("check videos -e edition --json", named, **STRICT)
    assert code == 0 and json.loads(out)["submission"]["name"] == NAME
    code, out, _ = run("check --help", named, **STRICT)
    assert code == 0 and "\\u" not in out


def test_an_error_is_one_line_in_any_encoding(tmp_path: Path) -> None:
    code, _, err = run("check 🎬 -e 🎬", tmp_path, **STRICT)
    assert code == 1
    assert (
        err == "error: \\U0001f3ac: no such folder; expected an edition: *.jsonl files and images\n"
    )


@pytest.mark.parametrize(
    ("redirected", "code", "complaint"),
    [
        (">/dev/full", 1, "error: standard output: No space left on device; make room"),
        (">&-", 0, ""),
        (">/dev/null 2>/dev/full", 0, ""),
        (">/dev/full 2>&1", 1, ""),
        ("| true; exit ${PIPESTATUS[0]}", 1, ""),
        ("2>&1 | true; exit ${PIPESTATUS[0]}", 1, ""),
    ],
)
def test_output_that_is_not_taken_is_no_traceback(
    tmp_path: Path, redirected: str, code: int, complaint: str
) -> None:
    done, _, err = run("backbone list", tmp_path, redirected=redirected)
    assert (done, err.strip()) == (code, complaint)


@pytest.mark.parametrize(("redirected", "code"), [(">/dev/full", 1), (">/dev/null 2>/dev/full", 0)])
def test_neither_are_records_and_a_progress_bar(named: Path, redirected: str, code: int) -> None:
    done, _, err = run("check videos -e edition --json", named, redirected=redirected)
    assert done == code and "Traceback" not in err


def test_a_file_that_is_opened_never_takes_the_place_of_a_closed_output() -> None:
    code = (
        "import os; from omiti2v.cli.console import open_output as make; make(); print(os.dup(1))"
    )
    line = f"{sys.executable} -c '{code}' 2>&- 0<&-"
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=True)
    assert done.stdout == b"3\n"


def test_a_folder_whose_name_is_no_text_has_a_name_all_the_same(files: Path) -> None:
    (files / "videos" / "submission.yaml").unlink()
    folder = files / "videos"
    folder.rename(files / os.fsdecode(b"v\xff"))
    code, out, _ = run("check $'v\\xff' -e edition --json", files)
    assert code == 0
    assert json.loads(out)["submission"]["name"] == "v\N{REPLACEMENT CHARACTER}"
