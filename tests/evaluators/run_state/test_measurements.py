"""The metrics' numbers: what is logged, what the cache knows, what is pending."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest

from evaluators.cache import EvaluationCache
from evaluators.engines.tasks import Measured
from evaluators.frames import FRAMES_VERSION
from evaluators.metrics import Metric, Observation, Quantity
from evaluators.run_state.measurements import Measurements, metric_version
from evaluators.run_state.presence import Presence
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.runs import MetricStamp, RunWriter
from omiti2v.takes import SampleVideo

DIGEST, OTHER = "a" * 64, "b" * 64


def quantity(name: str) -> Quantity:
    return Quantity(
        name=name, unit="", higher_is_better=None, bounds=(None, None), description="", source=""
    )


def metric(*names: str, version: str = "1") -> Metric:
    def measure(observation: Observation) -> Mapping[str, float]:
        raise AssertionError("an engine measures, not the run's state")

    return Metric(quantities=tuple(map(quantity, names)), version=version, measure=measure)


def numbers(*names: str) -> Measured:
    return Measured(values=dict.fromkeys(names, 1.0))


@pytest.fixture
def measurements(
    edition: Edition, open_run: Callable[..., RunWriter], cache: EvaluationCache
) -> Callable[..., Measurements]:
    """A function that opens the run anew with these metrics, every file being as it was."""

    def build(
        *metrics: Metric,
        digest: str = DIGEST,
        changes: Sequence[object] = (),
        presence: Presence | None = None,
    ) -> Measurements:
        samples = tuple(changes) or edition.samples
        changed = replace(edition, samples=samples)
        stamps = {
            q.name: MetricStamp(
                version=metric_version(m), unit="", higher_is_better=None, description=""
            )
            for m in metrics
            for q in m.quantities
        }
        built = Measurements(metrics, changed, open_run(metrics=stamps), cache)
        built.forget_outdated(presence or Presence({sample.id: digest for sample in samples}))
        return built

    return build


def test_the_version_names_the_way_that_frames_are_decoded() -> None:
    assert metric_version(metric("a", version="7")) == f"7, frames {FRAMES_VERSION}"


def test_a_number_that_is_logged_is_not_pending(
    edition: Edition, measurements: Callable[..., Measurements]
) -> None:
    one, two = metric("one"), metric("two", "three")
    state, sample = measurements(one, two), edition.samples[0]
    assert state.pending(SampleVideo(sample), {}) == ("one", "two")
    state.record(SampleVideo(sample), DIGEST, {"one": numbers("one")})
    assert state.pending(SampleVideo(sample), {}) == ("two",)
    assert measurements(one, two).pending(SampleVideo(sample), {}) == ("two",)
    assert measurements(one, two).pending(SampleVideo(edition.samples[1]), {}) == ("one", "two")


@pytest.mark.parametrize("change", ["version", "file"])
def test_rows_of_an_older_metric_or_of_another_file_are_dropped(
    edition: Edition,
    open_run: Callable[[], RunWriter],
    measurements: Callable[..., Measurements],
    change: str,
) -> None:
    sample = edition.samples[0]
    measurements(metric("one")).record(SampleVideo(sample), DIGEST, {"one": numbers("one")})
    now = metric("one", version="2" if change == "version" else "1")
    state = measurements(now, digest=OTHER if change == "file" else DIGEST)
    assert state.pending(SampleVideo(sample), {}) == ("one",)
    assert open_run().measurements.rows == []


def test_numbers_that_are_not_asked_for_or_whose_file_is_not_there_stay(
    edition: Edition,
    open_run: Callable[[], RunWriter],
    measurements: Callable[..., Measurements],
) -> None:
    sample, one = edition.samples[0], metric("one")
    measurements(one).record(SampleVideo(sample), DIGEST, {"one": numbers("one")})
    measurements(metric("other"))
    gone = Presence({}, kept={sample.id: "not there"})
    measurements(one, presence=gone)
    assert [row.metric for row in open_run().measurements.rows] == ["one"]
    with pytest.raises(
        UserError, match=r"one version 1, .*, now it has version 2, .*; put it back"
    ):
        measurements(metric("one", version="2"), presence=gone)


def test_a_failure_is_logged_with_its_reason_and_tried_again_by_the_next_run(
    edition: Edition,
    open_run: Callable[[], RunWriter],
    measurements: Callable[..., Measurements],
) -> None:
    sample, one = edition.samples[0], metric("one")
    measurements(one).record(
        SampleVideo(sample), DIGEST, {"one": Measured(values={}, reason="no memory")}
    )
    (row,) = open_run().measurements.rows
    assert (row.value, row.reason) == (None, "no memory")
    state = measurements(one)
    assert state.cached(SampleVideo(sample), DIGEST) == {}
    assert state.pending(SampleVideo(sample), {}) == ("one",)


def test_of_a_video_that_fails_what_was_measured_stays(
    edition: Edition,
    open_run: Callable[[], RunWriter],
    measurements: Callable[..., Measurements],
) -> None:
    sample = edition.samples[0]
    state = measurements(metric("one"), metric("two"))
    state.record(SampleVideo(sample), DIGEST, {"one": numbers("one")})
    state.fail(SampleVideo(sample), DIGEST, "can't be\nfetched")
    rows = [(row.metric, row.value, row.reason) for row in open_run().measurements.rows]
    assert rows == [("one", 1.0, None), ("two", None, "can't be fetched")]


def test_what_the_cache_knows_is_all_of_a_metric_s_quantities_or_nothing(
    edition: Edition, cache: EvaluationCache, measurements: Callable[..., Measurements]
) -> None:
    sample, both = edition.samples[0], metric("one", "two")
    measurements(both).record(SampleVideo(sample), DIGEST, {"one": numbers("one", "two")})
    fresh = edition.samples[1]
    state = measurements(both)
    # The same bytes of another sample, with another image and prompt, are another observation.
    assert state.cached(SampleVideo(fresh), DIGEST) == {}
    measurements(both, digest=OTHER)  # which drops the rows
    again = measurements(both)
    assert again.cached(SampleVideo(sample), DIGEST) == {"one": numbers("one", "two")}
    assert again.cached(SampleVideo(sample), OTHER) == {}
    assert again.pending(SampleVideo(sample), again.cached(SampleVideo(sample), DIGEST)) == ()


@pytest.mark.parametrize(
    "field", ["prompt", "caption_before", "caption_after", "version", "quantities"]
)
def test_a_number_depends_on_every_text_and_on_the_metric(
    edition: Edition, measurements: Callable[..., Measurements], field: str
) -> None:
    texts = {"prompt": "It moves", "caption_before": "A cup", "caption_after": "No cup"}
    sample, *others = edition.samples
    sample = sample.model_copy(update=texts)
    measurements(metric("one"), changes=(sample, *others)).record(
        SampleVideo(sample), DIGEST, {"one": numbers("one")}
    )
    # The run's own rows gone, the cache alone is left.
    measurements(metric("one"), digest=OTHER)
    changed, now = sample, metric("one")
    if field == "version":
        now = metric("one", version="2")
    elif field == "quantities":
        now = metric("one", "two")
    else:
        changed = sample.model_copy(update={field: "Another text"})
    state = measurements(now, changes=(sample, *others))
    assert state.cached(SampleVideo(changed), DIGEST) == {}
    same = measurements(metric("one"), changes=(sample, *others))
    assert same.cached(SampleVideo(sample), DIGEST) == {"one": numbers("one")}


def test_a_number_with_a_remark_is_logged_and_cached_as_any_other(
    edition: Edition, measurements: Callable[..., Measurements]
) -> None:
    sample, remarked = edition.samples[0], Measured(values={"one": 1.0}, reason="a text was cut")
    measurements(metric("one")).record(SampleVideo(sample), DIGEST, {"one": remarked})
    again = measurements(metric("one"))
    (row,) = again._run.measurements.rows
    assert (row.value, row.reason) == (1.0, "a text was cut")
    assert again.pending(SampleVideo(sample), {}) == ()
    measurements(metric("one"), digest=OTHER)  # which drops the row
    assert measurements(metric("one")).cached(SampleVideo(sample), DIGEST) == {"one": remarked}
