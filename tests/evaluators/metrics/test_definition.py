"""A metric that is built when it is asked for: what it is given, and what it must give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from evaluators.metrics import Metric, MetricContext, MetricDefinition, Quantity
from evaluators.metrics import clip_model as clip_module
from omiti2v.errors import UserError

QUANTITY = Quantity(
    name="odd", unit="", higher_is_better=None, bounds=(None, None), description="Odd.", source=""
)
METRIC = Metric(quantities=(QUANTITY,), version="1", measure=lambda seen: {"odd": 1.0})


def definition(build: Callable[[MetricContext], Any], **options: Any) -> MetricDefinition:
    return MetricDefinition(summary="A number.", build=build, **options)


def test_it_is_built_with_its_own_weights_and_with_defaults_for_the_rest() -> None:
    seen: list[MetricContext] = []

    def build(context: MetricContext) -> Metric:
        seen.append(context)
        return METRIC

    slots = {"head": "a file", "tail": "a file", "body": "a folder"}
    made = definition(build, weights=slots, defaults={"tail": "usual", "body": "usual"})
    given = {"head": "mine", "body": "mine", "another": "no matter"}
    made.load(MetricContext(name="odd:x", argument="x", weights=given, device="cpu"))
    (context,) = seen
    assert context.weights == {"head": "mine", "tail": "usual", "body": "mine"}
    assert (context.name, context.argument, context.device) == ("odd:x", "x", "cpu")


def test_weights_without_a_default_must_be_given() -> None:
    made = definition(lambda context: METRIC, weights={"head": "a file"})
    with pytest.raises(UserError, match=r"odd: needs weights: give head=WHERE \(a file\)"):
        made.load(MetricContext(name="odd"))


def test_what_it_needs_goes_with_the_metric_unless_the_metric_says_more() -> None:
    slots: Mapping[str, str] = {"head": "a file", "tail": "a file"}
    made = definition(
        lambda context: METRIC, requirement="mine[x]", weights=slots, defaults={"tail": "usual"}
    )
    assert made.requirements == ("mine[x]", "weights head")
    context = MetricContext(name="odd", weights={"head": "mine"})
    assert made.load(context).requirements == ("mine[x]", "weights head")
    own = Metric(quantities=(), version="1", measure=METRIC.measure, requirements=("a GPU",))
    assert definition(lambda context: own, weights=slots, defaults=slots).load(
        context
    ).requirements == ("a GPU",)


def test_a_package_that_is_not_there_is_named_before_anything_is_built() -> None:
    made = definition(lambda context: 1 / 0, requirement="mine[x]", modules=("no_such_package",))
    with pytest.raises(UserError, match=r'odd needs no_such_package.*pip install "mine\[x\]"'):
        made.load(MetricContext(name="odd"))


def test_an_error_of_ours_stays_as_it_is_and_any_other_becomes_one() -> None:
    def refuse(context: MetricContext) -> Metric:
        raise UserError("just so")

    with pytest.raises(UserError, match=r"^just so$"):
        definition(refuse).load(MetricContext(name="odd"))
    with pytest.raises(UserError, match=r"^odd: can't be loaded: ZeroDivisionError: "):
        definition(lambda context: 1 / 0).load(MetricContext(name="odd"))
    with pytest.raises(UserError, match="odd: build: expected a Metric, got dict"):
        definition(lambda context: {}).load(MetricContext(name="odd"))


def test_a_metric_with_nothing_to_load_is_a_definition_too() -> None:
    made = MetricDefinition.of(METRIC)
    assert (made.summary, made.requirements) == ("Odd.", ())
    assert made.load(MetricContext(name="odd")) == METRIC


def test_metrics_of_a_run_share_a_model_by_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[tuple[str, Any]] = []

    def load(where: str, **options: Any) -> Any:
        loaded.append((where, options))
        return object()

    monkeypatch.setattr(clip_module, "load_clip", load)
    shared: dict[str, Any] = {}
    one = MetricContext(name="one", weights={"clip": "here"}, device="cpu", clips=shared)
    two = MetricContext(name="two", weights={"a": "here", "b": "there"}, clips=shared)
    assert one.open_clip("clip") is two.open_clip("a")
    assert two.open_clip("b") is not one.open_clip("clip")
    assert loaded == [
        ("here", {"what": "one", "device": "cpu"}),
        ("there", {"what": "two", "device": None}),
    ]
