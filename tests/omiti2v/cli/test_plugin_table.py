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
    name = "a-name-of-more-than-thirty-letters"
    print_plugins([replace(ROW, name=name, summary="what it is, " * 9)], as_json=False)
    printed = capsys.readouterr().out.splitlines()
    assert printed[1].startswith(f"{name}  ")
    assert max(map(len, printed)) <= 80


def test_other_people_s_words_can_not_drive_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_plugins([ROW], as_json=False)
    printed = capsys.readouterr().out
    assert "\x1b[31m" not in printed
    for word in ("mine", "nothing", "yes", "my-package"):
        assert word in printed
