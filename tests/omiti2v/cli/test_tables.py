from __future__ import annotations

from omiti2v.cli.tables import percent, percent_interval
from omiti2v.scores import Estimate


def test_an_estimate_is_shown_in_per_cent_and_its_absence_is_said() -> None:
    estimate = Estimate(value=0.6134, low=0.559, high=0.6641, n=9)
    assert (percent(estimate), percent_interval(estimate)) == ("61.3", "55.9 to 66.4")
    assert (percent(None), percent_interval(None)) == ("not available", "")
