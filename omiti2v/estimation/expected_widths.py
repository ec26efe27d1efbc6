"""How wide an anchored interval will be once people have answered so many samples."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from omiti2v.errors import UserError
from omiti2v.estimation.anchored_scores import Anchors, anchored_means
from omiti2v.estimation.people_answers import people_answers
from omiti2v.number_format import percent
from omiti2v.runs import Run
from omiti2v.score_ratios import answer_ratios

_SHOWN = {"accuracy": ("accuracy",), "success": ("outcome", "success")}


def width_lines(run: Run, anchors: Anchors, counts: Sequence[int]) -> list[str]:
    """A line for each number of samples, as "60 samples answered: accuracy within 9.1 points, ...".

    Before people have answered enough it is what their answers alone would give, if samples
    differed as the judge's scores of them do; the judge makes it narrower by as much as it is
    right, which nobody knows yet.
    """
    samples = run.samples
    given = people_answers(run, anchors.people)
    widths: dict[str, list[float]] = {}
    try:
        found = anchored_means(run, samples, given, anchors.choice)
        how = f"by the {len(found.counted)} answered so far"
        for name, key in _SHOWN.items():
            if key in found.means:
                widths[name] = [found.means[key].width_with(count) for count in counts]
    except UserError:
        ratios = answer_ratios(samples, run.answers)
        how = "as if the judge were of no help"
        for name, key in _SHOWN.items():
            if key in ratios:
                values = ratios[key].numerator[ratios[key].denominator > 0]
                widths[name] = [_width_alone(float(np.var(values)), count) for count in counts]
    return [
        f"{count} samples answered: 95 % interval of "
        + ", ".join(
            f"{name} about {percent(row[place])} points wide" for name, row in widths.items()
        )
        + f" ({how})"
        for place, count in enumerate(counts)
        if widths
    ]


def _width_alone(variance: float, count: int) -> float:
    """Of Wilson's interval (1927): a judge that sees no success has not shown there is none."""
    z = 1.959963984540054
    return 2 * z * math.sqrt(count * variance + z**2 / 4) / (count + z**2)
