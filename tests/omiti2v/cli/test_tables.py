from __future__ import annotations

import pytest
from run_rows import calibration_of, on_contrast

from omiti2v.cli.tables import explain_few, percent, percent_interval, print_judge_error
from omiti2v.definitions import FEW_MARK
from omiti2v.runs import JudgeStamp
from omiti2v.scores import Estimate


def test_an_estimate_is_shown_in_per_cent_and_its_absence_is_said() -> None:
    estimate = Estimate(value=0.6134, low=0.559, high=0.6641, n=30)
    assert (percent(estimate), percent_interval(estimate)) == ("61.3", "55.9 to 66.4")
    assert (percent(None), percent_interval(None)) == ("not available", "")


def test_what_is_of_few_samples_is_marked_and_what_is_exact_has_no_interval() -> None:
    few = Estimate(value=0.5, low=0.1, high=0.9, n=29)
    assert percent(few) == f"50.0{FEW_MARK}"
    floor = Estimate(value=0.5, low=None, high=None, n=29, exact=True)
    assert (percent(floor), percent_interval(floor)) == ("50.0", "exact")


def test_the_mark_is_explained_where_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    few = Estimate(value=0.5, low=0.1, high=0.9, n=29)
    explain_few([None, few.model_copy(update={"n": 30})])
    assert capsys.readouterr().out == ""
    explain_few([None, few])
    assert capsys.readouterr().out.startswith(f"{FEW_MARK} of fewer than 30 samples")


def test_a_judge_s_error_is_that_on_the_contrast_set_where_it_is_known(
    capsys: pytest.CaptureFixture[str],
) -> None:
    known = calibration_of(JudgeStamp(name="a judge", fingerprint="0" * 64, identity={}))
    print_judge_error(known)
    assert "on rendered clips (64x48, 300 questions): accuracy 25.0 %" in capsys.readouterr().out
    print_judge_error(on_contrast(known, accuracy=0.5))
    said = capsys.readouterr().out
    assert "on edits composited on photographs (50 samples): accuracy 50.0 %" in said
