"""Scores as the report shows them: numbers, intervals and bars."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from omiti2v.definitions import OUTCOMES, Definition
from omiti2v.number_format import bracketed, percent, plain_number, with_unit
from omiti2v.outcomes import Outcome
from omiti2v.scores import Estimate

_ROUNDING = 1e-6


@dataclass(frozen=True)
class Bar:
    """Where an interval lies on its axis; all in percent of the axis, from 0 to 100.

    Attributes:
        start, width: The interval.
        mark: The value.
        zero: Where 0 lies, if it is not the left end.
    """

    start: float
    width: float
    mark: float
    zero: float | None = None


@dataclass(frozen=True)
class ScoreCell:
    """A score with its interval, ready to be shown.

    Attributes:
        value: With its unit, as `41.7 %`.
        interval: As `[12.0, 66.1]`, or why there is none.
        n: Number of samples that it covers.
        is_of_few: Whether it is to be marked as of few samples.
        bar: None where the number has no fixed axis.
    """

    value: str
    interval: str
    n: int
    is_of_few: bool
    bar: Bar | None = None


@dataclass(frozen=True)
class Segment:
    """One outcome's part of a run's stacked bar.

    Attributes:
        outcome: Which.
        definition: Its name and meaning.
        start, width: In percent of the bar.
        count: Number of samples; of several takes a part of one.
        figure: The share.
    """

    outcome: Outcome
    definition: Definition
    start: float
    width: float
    count: float
    figure: ScoreCell

    @property
    def middle(self) -> float:
        """Where its label goes, in percent of the bar."""
        return self.start + self.width / 2


def percent_cell(
    estimate: Estimate | None, *, axis: tuple[float, float] = (0.0, 1.0)
) -> ScoreCell | None:
    """A fraction as a percentage; None stays None.

    Args:
        estimate: The score, a fraction.
        axis: The ends of its bar, as fractions. What lies beyond is drawn at the end.
    """
    if estimate is None:
        return None
    mark = _on_axis(estimate.value, axis)
    start, end = (
        mark if end is None else _on_axis(end, axis) for end in (estimate.low, estimate.high)
    )
    return ScoreCell(
        value=with_unit(percent(estimate.value)),
        interval=interval_text(estimate, percent),
        n=estimate.n,
        is_of_few=estimate.is_of_few,
        bar=Bar(
            start=start,
            width=round(end - start, 2),
            mark=mark,
            zero=_on_axis(0.0, axis) if axis[0] < 0 else None,
        ),
    )


def number_cell(estimate: Estimate | None) -> ScoreCell | None:
    """A metric's mean in its own unit, without a bar; None stays None."""
    if estimate is None:
        return None
    return ScoreCell(
        value=plain_number(estimate.value),
        interval=interval_text(estimate, plain_number),
        n=estimate.n,
        is_of_few=estimate.is_of_few,
    )


def interval_text(estimate: Estimate, text: Callable[[float], str]) -> str:
    """An interval as `[12.0, 66.1]`; `exact`, or `[not known]`, where there is none."""
    if estimate.exact:
        return "exact"
    if estimate.low is None or estimate.high is None:
        return "[not known]"
    return bracketed(estimate.low, estimate.high, text)


def stacked_outcomes(outcomes: Mapping[str, Estimate] | None) -> tuple[Segment, ...]:
    """The outcomes of a run side by side, 0 to 100 %; empty where there are none."""
    segments: list[Segment] = []
    start = 0.0
    for name, definition in OUTCOMES.items():
        estimate = (outcomes or {}).get(name)
        figure = percent_cell(estimate)
        if estimate is None or figure is None:
            continue
        width = estimate.value * 100
        exact = estimate.value * estimate.n
        count = round(exact) if abs(exact - round(exact)) < _ROUNDING else round(exact, 1)
        segments.append(Segment(name, definition, round(start, 3), round(width, 3), count, figure))
        start += width
    return tuple(segments)


def _on_axis(value: float, axis: tuple[float, float]) -> float:
    low, high = axis
    return round(min(max((value - low) / (high - low), 0.0), 1.0) * 100, 2)
