"""What our own metrics are, so that no `run.json` tells otherwise.

Bounds decide on an interval, the unit and the direction on how a number is read. They come with an
entry, from whoever hands it in; those of our metrics are known, and no model has to be loaded to
know them.
"""

from __future__ import annotations

from collections.abc import Mapping

from omiti2v.runs import MetricStamp

Facts = tuple[str, bool | None, tuple[float | None, float | None]]
"""Unit, whether higher is better, and bounds."""

_SHARE_OF_FRAMES: Facts = ("share of frames", False, (0.0, 1.0))
_SHARE_OF_VIDEOS: Facts = ("share of videos", True, (0.0, 1.0))
_COSINE: Facts = ("cosine", True, (-1.0, 1.0))
_CONSISTENCY: Facts = ("cosine", True, (0.0, 1.0))

KNOWN: Mapping[str, Facts] = {
    "aesthetic_quality": ("tenth of a rating from 1 to 10", True, (None, None)),
    "background_consistency": _CONSISTENCY,
    "black_frame_share": _SHARE_OF_FRAMES,
    "clip_caption_alignment": _COSINE,
    "clip_caption_alignment_end": _COSINE,
    "clip_directional_agreement": _COSINE,
    "clip_frame_consistency": _COSINE,
    "clip_prompt_alignment": _COSINE,
    "clip_prompt_alignment_end": _COSINE,
    "clip_reference_similarity": ("cosine", None, (-1.0, 1.0)),
    "dynamic_degree": _SHARE_OF_VIDEOS,
    "dynamic_degree_dis": _SHARE_OF_VIDEOS,
    "first_frame_agreement": ("correlation", True, (-1.0, 1.0)),
    "frozen_frame_share": _SHARE_OF_FRAMES,
    "imaging_quality": ("hundredth of MUSIQ's score", True, (None, None)),
    "motion_magnitude_dis": ("short sides / s", None, (0.0, None)),
    "subject_consistency": _CONSISTENCY,
    "temporal_smoothness_dis": ("share of full brightness", True, (0.0, 1.0)),
}
"""By the name of the number; all that we register but pyiqa's, of which each has its own."""


def wrong_stamp(name: str, stamp: MetricStamp) -> str | None:
    """What a run says of a metric of ours that it is not; None where nothing."""
    known = KNOWN.get(name)
    if known is None:
        return None
    said = (stamp.unit, stamp.higher_is_better, stamp.bounds)
    for field, one, other in zip(("unit", "higher_is_better", "bounds"), said, known, strict=True):
        if one != other:
            return f"metrics.{name}.{field}: expected {other!r}, got {one!r}"
    return None
