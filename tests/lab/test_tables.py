"""Tables as Markdown."""

from __future__ import annotations

from lab.tables import markdown


def test_the_first_columns_are_words() -> None:
    table = markdown(["a", "b", "c"], [["x", "y", 1], ["z", "", 2.5]], left=2)
    assert table.splitlines() == [
        "| a | b | c |",
        "| --- | --- | ---: |",
        "| x | y | 1 |",
        "| z |  | 2.5 |",
    ]
