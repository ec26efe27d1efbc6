"""Whether P(yes) means what it says: reliability bins and the expected calibration error.

Bins and error as in Guo et al., "On Calibration of Modern Neural Networks" (ICML 2017), for the
probability of "yes": ten bins of equal width, the error weighted by the bins' sizes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from evaluators.calibration.trials import Trial
from omiti2v.bootstrap import resample_counts
from omiti2v.calibration import ReliabilityBin
from omiti2v.intervals import share_interval
from omiti2v.scores import Estimate

BINS = 10


def reliability_bins(trials: Sequence[Trial]) -> list[ReliabilityBin]:
    """The ten bins, over all trials with a P(yes)."""
    count, total, true = _sums(trials, [0] * len(trials), 1)[0].T
    edges = np.linspace(0, 1, BINS + 1)
    return [
        ReliabilityBin(
            low=float(edges[i]),
            high=float(edges[i + 1]),
            questions=int(count[i]),
            mean_p_yes=float(total[i] / count[i]) if count[i] else None,
            share_yes=float(true[i] / count[i]) if count[i] else None,
        )
        for i in range(BINS)
    ]


def calibration_error(
    trials: Sequence[Trial], scene_of: Sequence[int], scenes: int, *, resamples: int, seed: int
) -> Estimate | None:
    """The expected calibration error of P(yes), in [0, 1]; None where no trial has a P(yes).

    Args:
        trials: All.
        scene_of: Number of each trial's scene.
        scenes: How many there are; they are what is resampled.
        resamples: How often.
        seed: Of the resampling.
    """
    sums = _sums(trials, scene_of, scenes)
    sums = sums[sums[..., 0].any(axis=1)]
    if not len(sums):
        return None
    value = float(_error(sums.sum(axis=0)[None])[0])
    low, high = (0.0, 1.0)
    if len(sums) > 1:
        low, high = _interval(sums, value, resamples=resamples, seed=seed)
    return Estimate(value=value, low=low, high=high, n=len(sums))


def _interval(
    sums: NDArray[np.float64], value: float, *, resamples: int, seed: int
) -> tuple[float, float]:
    """Ends for an error that is a sum of distances, which chance makes too large, never too small.

    No bin's distance is off by more than its mean error is, so that the sum of those, which the
    bootstrap tells, is the most by which the sum of distances is too large. So may scenes make it
    that the bootstrap does not know of, as where all answers were yes: none in n leaves 3 in n
    possible. Above, the estimate is taken as any other share with its variance.
    """
    scenes = len(sums)
    off, errors = [], []
    for counts in resample_counts(scenes, resamples=resamples, seed=seed):
        drawn = (counts @ sums.reshape(scenes, -1)).reshape(-1, BINS, 3)
        errors.append(_error(drawn))
        off.append(np.abs(_distances(drawn) - _distances(sums.sum(axis=0)[None])).sum(axis=-1))
    # What n - 1 and Student's distribution make of n and the normal one.
    wider = math.sqrt(scenes / (scenes - 1)) * float(stdtrit(scenes - 1, 0.975) / ndtri(0.975))
    sizes = sums[..., 0].sum(axis=1)
    weights = sizes / sizes.sum()
    seen = wider * float(np.quantile(np.concatenate(off), 0.975))
    low = value - math.hypot(seen, 3 * float(np.sum(weights**2)))
    _, high = share_interval(
        value,
        variance=float(np.concatenate(errors).var()) * scenes / (scenes - 1),
        weights=weights,
    )
    return max(0.0, low), high


def _sums(trials: Sequence[Trial], scene_of: Sequence[int], scenes: int) -> NDArray[np.float64]:
    """By scene and bin: number of trials, sum of P(yes), number whose truth is yes."""
    sums = np.zeros((scenes, BINS, 3))
    for trial, scene in zip(trials, scene_of, strict=True):
        if trial.p_yes is not None:
            number = min(int(trial.p_yes * BINS), BINS - 1)
            sums[scene, number] += (1.0, trial.p_yes, float(trial.truth == "yes"))
    return sums


def _error(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    errors: NDArray[np.float64] = np.abs(_distances(sums)).sum(axis=-1)
    return errors


def _distances(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    # Mean P(yes) less the share of yes, times the bin's size, is sum of P(yes) - number of yes.
    total = sums[..., 0].sum(axis=-1, keepdims=True)
    distances: NDArray[np.float64] = (sums[..., 1] - sums[..., 2]) / total
    return distances
