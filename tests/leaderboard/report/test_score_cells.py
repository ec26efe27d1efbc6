from itertools import pairwise

import pytest

from leaderboard.report.score_cells import number_cell, percent_cell, stacked_outcomes
from omiti2v.scores import Estimate


def estimate(value: float, low: float, high: float, n: int = 12) -> Estimate:
    return Estimate(value=value, low=low, high=high, n=n)


def test_a_share_is_shown_in_percent_with_its_interval_and_bar() -> None:
    figure = percent_cell(estimate(0.41666, 0.1, 0.75))
    assert figure is not None and figure.bar is not None
    assert (figure.value, figure.interval, figure.n) == ("41.7\u202f%", "[10.0, 75.0]", 12)
    assert (figure.bar.start, figure.bar.width, figure.bar.mark) == (10.0, 65.0, 41.67)
    assert figure.bar.zero is None


def test_a_score_that_can_be_negative_has_its_zero_on_the_bar_and_stays_on_the_axis() -> None:
    figure = percent_cell(estimate(-0.5, -2.0, 0.5), axis=(-1.0, 1.0))
    assert figure is not None and figure.bar is not None
    assert (figure.value, figure.interval) == ("−50.0\u202f%", "[−200.0, 50.0]")
    assert (figure.bar.start, figure.bar.width, figure.bar.mark) == (0.0, 75.0, 25.0)
    assert figure.bar.zero == 50.0


def test_a_score_that_is_not_available_stays_none() -> None:
    assert percent_cell(None) is None
    assert number_cell(None) is None
    assert stacked_outcomes(None) == ()


def test_a_metric_keeps_its_own_unit_and_has_no_bar() -> None:
    figure = number_cell(estimate(2.5, 1.25, 3.0))
    assert figure is not None
    assert (figure.value, figure.interval, figure.bar) == ("2.500", "[1.250, 3.000]", None)


def test_the_outcomes_fill_the_bar_from_end_to_end() -> None:
    shares = {"success": 3, "partial": 2, "negligent": 3, "broken": 2, "unscored": 2}
    segments = stacked_outcomes(
        {name: estimate(count / 12, 0.0, 1.0) for name, count in shares.items()}
    )
    assert {segment.outcome: segment.count for segment in segments} == shares
    assert segments[0].start == 0.0
    for left, right in pairwise(segments):
        assert right.start == pytest.approx(left.start + left.width, abs=0.01)
    assert segments[-1].start + segments[-1].width == pytest.approx(100.0, abs=0.01)


def test_an_exact_score_has_no_interval_and_only_a_tick() -> None:
    figure = percent_cell(Estimate(value=0.4, low=None, high=None, n=12, exact=True))
    assert figure is not None and figure.bar is not None
    assert (figure.interval, figure.is_of_few) == ("exact", False)
    assert (figure.bar.start, figure.bar.width, figure.bar.mark) == (40.0, 0.0, 40.0)
    metric = number_cell(Estimate(value=2.0, low=None, high=None, n=1))
    assert metric is not None
    assert (metric.interval, metric.is_of_few) == ("[not known]", True)


def test_a_score_of_few_samples_is_to_be_marked() -> None:
    cells = [percent_cell(estimate(0.5, 0.1, 0.9, n=n)) for n in (29, 30)]
    assert [cell and cell.is_of_few for cell in cells] == [True, False]
