import json

import pytest

from omiti2v.cli.console import print_json
from omiti2v.records import Record


class Named(Record):
    name: str


@pytest.mark.parametrize(
    "unseen", ["\u202e", "\x9b", "\x7f", "\u200b", "\u2028", "\ufeff", "\U000e0041", "\x1b"]
)
def test_json_for_a_terminal_escapes_what_would_act_unseen(
    capsys: pytest.CaptureFixture[str], unseen: str
) -> None:
    print_json(Named(name=f"a{unseen}b"))
    printed = capsys.readouterr().out
    assert unseen not in printed
    assert json.loads(printed) == {"name": f"a{unseen}b"}


def test_json_keeps_letters_of_every_script_readable(capsys: pytest.CaptureFixture[str]) -> None:
    name = 'Überflug "視頻" 🎬 नि'
    print_json(Named(name=name))
    printed = capsys.readouterr().out
    assert "Überflug" in printed and "視頻" in printed and "🎬" in printed
    assert json.loads(printed) == {"name": name}
