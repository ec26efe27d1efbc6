"""Tables of scores that know that the judge errs, on a narrow terminal."""

from __future__ import annotations

import pytest

from omiti2v.cli.estimates import print_rows


def test_why_a_score_is_not_corrected_is_not_cut_off(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    row = {"score (%)": "Success", "judge": "", "corrected": "not available", "95 % interval": ""}
    print_rows([{**row, "rates": "the calibration has too few trials of its kind"}], ())
    shown = capsys.readouterr().out
    assert {"calibration", "trials", "kind"} <= set(shown.split())
