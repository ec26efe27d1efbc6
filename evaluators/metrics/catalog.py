"""The metrics by name, ours and those that other distributions register. Imports no torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import EntryPoint
from typing import Any, Literal

from evaluators.metrics.base import Metric
from evaluators.metrics.definition import MetricContext, MetricDefinition
from omiti2v.errors import UserError
from omiti2v.plugins import (
    OURS,
    find_plugins,
    is_object_path,
    load_object,
    load_plugin,
    maker_of,
)
from omiti2v.records import brief

GROUP: Literal["omiti2v.metrics"] = "omiti2v.metrics"

EVERY_RUN = ("motion", "first_frame", "stillness")
"""Names of the metrics that every run computes: they need no weights and little time."""


def load_metrics(
    names: Sequence[str],
    *,
    weights: Mapping[str, str] | None = None,
    device: str | None = None,
) -> tuple[Metric, ...]:
    """The metrics of these names, each once, their models loaded; a model given twice loads once.

    Args:
        names: As `omiti2v metric list` shows them, `iqa:NAME` for a metric of pyiqa, or
            `module:name` for a `Metric` or a `MetricDefinition` in a module.
        weights: Where weights are, by the slots of the metrics' definitions.
        device: A torch device; None takes "cuda" where there is one, else "cpu".

    Raises:
        UserError: An unknown name, a missing extra, or weights that are missing or wrong.
    """
    chosen = choose_metrics(names, weights=weights, device=device)
    return checked_metrics({c.name: d.load(c) for c, d in chosen})


def choose_metrics(
    names: Sequence[str],
    *,
    weights: Mapping[str, str] | None = None,
    device: str | None = None,
) -> list[tuple[MetricContext, MetricDefinition]]:
    """The definitions of these names, each once, and what each is loaded with; see `load_metrics`.

    Raises:
        UserError: An unknown name, or weights of one.
    """
    plugins = find_plugins(GROUP)
    chosen = {name: _find(name, plugins) for name in names}
    _check_slots(weights or {}, chosen.values())
    context = MetricContext(name="", weights=weights or {}, device=device)
    return [
        (replace(context, name=name, argument=name.partition(":")[2] if d.argument else ""), d)
        for name, d in chosen.items()
    ]


def checked_metrics(metrics: Mapping[str, Metric]) -> tuple[Metric, ...]:
    """The metrics, by the names that they were asked for as, if their numbers' names go together.

    Raises:
        UserError: They don't.
    """
    _check_quantities(metrics, find_plugins(GROUP))
    return tuple(metrics.values())


def is_ours(name: str) -> bool:
    """Whether a metric's name is one that this package registers."""
    entry = find_plugins(GROUP).get(name.partition(":")[0])
    return entry is not None and maker_of(entry) == OURS


def known_metrics() -> dict[str, MetricDefinition | UserError]:
    """Every registered metric by name, or why it can't be imported."""
    found: dict[str, MetricDefinition | UserError] = {}
    for name, entry in find_plugins(GROUP).items():
        try:
            found[name] = _definition(name, load_plugin(entry))
        except UserError as error:
            found[name] = error
    return found


def parse_weights(options: Sequence[str]) -> dict[str, str]:
    """`NAME=WHERE` options as a mapping for `load_metrics`.

    Raises:
        UserError: One is not of this form, or a name comes twice.
    """
    found: dict[str, str] = {}
    for option in options:
        name, equals, where = option.partition("=")
        if not (name and equals and where):
            raise UserError(f"weights: {brief(option)}: expected NAME=WHERE, as clip=FOLDER")
        if name in found:
            raise UserError(f"weights: {name} is given twice")
        found[name] = where
    return found


def is_own_object(name: str) -> bool:
    """Whether a metric's name is a `module:name`, and no registered one with its argument."""
    entry = find_plugins(GROUP).get(name.partition(":")[0])
    takes_argument = entry is not None and _definition(name, load_plugin(entry)).argument
    return is_object_path(name) and not takes_argument


def _find(name: str, plugins: Mapping[str, EntryPoint]) -> MetricDefinition:
    head, colon, argument = name.partition(":")
    if head in plugins:
        found = _definition(name, load_plugin(plugins[head]))
        if bool(found.argument) == bool(colon and argument):
            return found
        if found.argument or not is_object_path(name):
            form = f"{head}:{found.argument}" if found.argument else head
            raise UserError(f"metrics: {brief(name)}: expected {form}")
    if is_object_path(name):
        return _definition(name, load_object(name))
    known = ", ".join(plugins)
    raise UserError(f"metrics: {brief(name)}: expected module:name or one of {known}")


def _definition(name: str, found: Any) -> MetricDefinition:
    if isinstance(found, Metric):
        return MetricDefinition.of(found)
    if not isinstance(found, MetricDefinition):
        raise UserError(
            f"{name}: expected a Metric or a MetricDefinition, got {type(found).__name__}; see "
            "docs/extending/metric.md"
        )
    return found


def _check_slots(given: Mapping[str, str], chosen: Iterable[MetricDefinition]) -> None:
    """Refuse weights of a name that no metric takes, whether it is asked for or not."""
    slots = {slot for definition in chosen for slot in definition.weights}
    if given.keys() <= slots:
        return  # the usual case, without importing the other metrics
    known = [one for one in known_metrics().values() if isinstance(one, MetricDefinition)]
    slots |= {slot for definition in known for slot in definition.weights}
    for slot in given:
        if slot not in slots:
            raise UserError(f"weights: {brief(slot)}: expected one of {', '.join(sorted(slots))}")


def _check_quantities(metrics: Mapping[str, Metric], plugins: Mapping[str, EntryPoint]) -> None:
    """Refuse two numbers of one name, and a number of another's that has the name of a metric."""
    taken = {name: name for name, entry in plugins.items() if maker_of(entry) == OURS}
    for name, metric in metrics.items():
        for quantity in metric.quantities:
            if taken.setdefault(quantity.name, name) != name:
                raise UserError(
                    f"metrics: {name} gives {quantity.name}, as {taken[quantity.name]} does; leave "
                    "one of them out, or rename what is yours"
                )
