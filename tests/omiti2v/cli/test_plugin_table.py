"""What is registered, one line each, for people and for programs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from omiti2v.cli.console import STDOUT
from omiti2v.cli.plugin_table import PluginRow, print_plugins

ROW = PluginRow("mine", "a \x1b[31mred\x1b[0m thing", "", True, "my-package")


def test_programs_get_every_field(capsys: pytest.CaptureFixture[str]) -> None:
    print_plugins([ROW], as_json=True)
    (row,) = json.loads(capsys.readouterr().out)
    assert row == {
        "name": "mine",
        "summary": "a \x1b[31mred\x1b[0m thing",
        "needs": "",
        "installed": True,
        "maker": "my-package",
    }


def test_a_name_is_never_broken(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(STDOUT, "width", 80)
    monkeypatch.setattr(type(STDOUT), "is_terminal", True)
    name = "a-name-of-more-than-thirty-letters"
    print_plugins([replace(ROW, name=name, summary="what it is, " * 9)], as_json=False)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith(f"{name}  usable")
    assert all(line.startswith("    ") for line in printed[1:])
    assert max(map(len, printed)) <= 80


def test_a_file_gets_one_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    long = replace(ROW, summary="what it is, " * 9, needs="omiti2v[clip]", installed=False)
    print_plugins([long, replace(ROW, name="b", maker="omiti2v")], as_json=False)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("mine  missing  what it is, ")
    assert first.endswith("Needs omiti2v[clip]. From my-package.")
    assert second.startswith("b     usable") and "From" not in second


def test_groups_are_apart_and_weights_on_the_hub_are_not_called_usable(
    capsys: pytest.CaptureFixture[str],
) -> None:
    hub = replace(ROW, name="owner/name", on_hub=True)
    print_plugins([ROW], [hub, replace(hub, installed=False)], as_json=False)
    first, gap, second, third = capsys.readouterr().out.splitlines()
    assert (first[:14], gap) == ("mine  usable  ", "")
    assert second.startswith("owner/name  on hub   ")
    assert third.startswith("owner/name  missing  ")


def test_other_people_s_words_can_not_drive_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_plugins([ROW], as_json=False)
    printed = capsys.readouterr().out
    assert "\x1b[31m" not in printed
    for word in ("mine", "usable", "my-package"):
        assert word in printed
