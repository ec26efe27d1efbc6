"""Whether P(yes) means what it says: reliability bins and the expected calibration error.

Bins and error as in Guo et al., "On Calibration of Modern Neural Networks" (ICML 2017), for the
probability of "yes": ten bins of equal width, the error weighted by the bins' sizes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluators.calibration.trials import Trial
from omiti2v.bootstrap import percentile_interval, resample_counts
from omiti2v.calibration import ReliabilityBin
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
    if not sums[..., 0].any():
        return None
    drawn = [
        _error((counts @ sums.reshape(scenes, -1)).reshape(-1, BINS, 3))
        for counts in resample_counts(scenes, resamples=resamples, seed=seed)
    ]
    low, high = percentile_interval(np.concatenate(drawn))
    value = float(_error(sums.sum(axis=0)[None])[0])
    covered = int(np.count_nonzero(sums[..., 0].sum(axis=1)))
    return Estimate(value=value, low=low, high=high, n=covered)


def _sums(trials: Sequence[Trial], scene_of: Sequence[int], scenes: int) -> NDArray[np.float64]:
    """By scene and bin: number of trials, sum of P(yes), number whose truth is yes."""
    sums = np.zeros((scenes, BINS, 3))
    for trial, scene in zip(trials, scene_of, strict=True):
        if trial.p_yes is not None:
            number = min(int(trial.p_yes * BINS), BINS - 1)
            sums[scene, number] += (1.0, trial.p_yes, float(trial.truth == "yes"))
    return sums


def _error(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    # |mean P(yes) - share of yes| times the bin's size is |sum of P(yes) - number of yes|.
    total = sums[..., 0].sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        errors: NDArray[np.float64] = np.abs(sums[..., 1] - sums[..., 2]).sum(axis=-1) / total
    return errors
