"""Seconds are added and divided, rows printed."""

from __future__ import annotations

import json

import pytest

from lab.benchmarks.measuring import Seconds, benchmark_parser, fastest, print_rows, timed


def test_seconds_add_up_and_divide() -> None:
    assert (Seconds(1, 2) + Seconds(3, 4)).per(2) == Seconds(2, 3)


def test_what_is_timed_is_given_back() -> None:
    result, taken = timed(lambda: 7)
    assert result == 7
    assert taken.wall >= 0
    calls: list[int] = []
    fastest(lambda: calls.append(1), times=4)
    assert len(calls) == 4


def test_rows_are_printed_with_numbers_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"what": "a", "s": 0.12345}, {"what": "b", "s": None, "more": 2000.4}]
    print_rows(rows, as_json=False, note="End.")
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:6] == [
        "| what | s | more |",
        "| --- | ---: | ---: |",
        "| a | 0.123 |  |",
        "| b |  | 2000 |",
    ]
    assert lines[-1] == "End."
    print_rows(rows, as_json=True)
    assert json.loads(capsys.readouterr().out)["rows"] == rows


def test_numbers_of_entries_are_asked_for_where_there_are_any() -> None:
    assert benchmark_parser("A.\nB.", entries=True).parse_args([]).entries == [10, 100, 1000]
    assert not hasattr(benchmark_parser(None).parse_args(["--json"]), "entries")
