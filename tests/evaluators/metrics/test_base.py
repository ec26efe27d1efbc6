"""What a metric promises: the numbers that it names, within their bounds."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from evaluators.frames import Frames, Video
from evaluators.metrics import MODEL_FREE_METRICS, Metric, Observation, Quantity


@pytest.mark.parametrize("metric", MODEL_FREE_METRICS, ids=lambda m: m.quantities[0].name)
def test_a_metric_gives_the_numbers_that_it_names_within_their_bounds_on_any_thread(
    metric: Metric,
    make_observation: Callable[[Video], Observation],
    make_video: Callable[..., Video],
    pan: Callable[..., Frames],
) -> None:
    seen = make_observation(make_video(pan(3, width=96, height=64)))
    found = metric.measure(seen)
    assert list(found) == [quantity.name for quantity in metric.quantities]
    for quantity in metric.quantities:
        low, high = quantity.bounds
        assert low is None or found[quantity.name] >= low
        assert high is None or found[quantity.name] <= high
    # One that needs nothing may be measured on several threads at once.
    assert metric.requirements == ()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(metric.measure, [seen] * 4)) == [dict(found)] * 4


def test_a_metric_needs_nothing_and_is_ours_unless_it_says_otherwise() -> None:
    quantity = Quantity(
        name="a", unit="", higher_is_better=True, bounds=(0, 1), description="", source=""
    )
    metric = Metric(quantities=(quantity,), version="1", measure=lambda seen: {"a": 0.5})
    assert (metric.requirements, metric.license) == ((), "Apache-2.0")
    with pytest.raises(AttributeError):
        metric.version = "2"  # type: ignore[misc]
