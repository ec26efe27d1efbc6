"""The metrics by name, and the weights that each of them needs. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from evaluators.metrics.base import Metric
from evaluators.metrics.motion import MOTION
from evaluators.metrics.reference import FIRST_FRAME
from evaluators.metrics.smoothness import SMOOTHNESS
from evaluators.metrics.stillness import STILLNESS
from omiti2v.errors import UserError
from omiti2v.extras import require_extra
from omiti2v.records import brief

if TYPE_CHECKING:
    from evaluators.metrics.clip_model import ClipModel

WEIGHTS: Mapping[str, str] = {
    "clip": "an open_clip model, for the clip_... metrics",
    "background_clip": "an open_clip model; VBench's is OpenAI's ViT-B/32",
    "aesthetic_clip": "an open_clip model; VBench's is OpenAI's ViT-L/14",
    "aesthetic_head": "LAION's sa_0_4_vit_l_14_linear.pth",
    "dino": "a vision transformer; VBench's is DINO ViT-B/16",
    "raft": "raft_large of torchvision; C_T_V1 where not given",
    "musiq": "MUSIQ trained on SPAQ, of pyiqa; its release where not given",
}
"""What weights can be given, by the name they are given under."""

MODEL_FREE: Mapping[str, Metric] = {
    "motion": MOTION,
    "first_frame": FIRST_FRAME,
    "stillness": STILLNESS,
    "smoothness": SMOOTHNESS,
}
EVERY_RUN = ("motion", "first_frame", "stillness")
"""Names of the metrics that every run computes: they need no weights and little time."""

IQA_PREFIX = "iqa:"

_CLIP_MODULES = ("torch", "torchvision", "open_clip")


def load_metrics(
    names: Sequence[str],
    *,
    weights: Mapping[str, str] | None = None,
    device: str | None = None,
) -> tuple[Metric, ...]:
    """The metrics of these names, each once, their models loaded; a model given twice loads once.

    Args:
        names: Of `METRIC_NAMES`, or `iqa:NAME` for a metric of pyiqa.
        weights: By the names of `WEIGHTS`: where a model's weights are, as
            `evaluators.metrics.clip_model.load_clip`, `evaluators.metrics.dino.load_dino` and
            `evaluators.metrics.checkpoints.fetch_checkpoint` take it.
        device: A torch device; None takes "cuda" where there is one, else "cpu".

    Raises:
        UserError: An unknown name, a missing extra, or weights that are missing or wrong.
    """
    given = dict(weights or {})
    for slot in given:
        if slot not in WEIGHTS:
            raise UserError(f"weights: {brief(slot)}: expected one of {', '.join(WEIGHTS)}")
    for name in names:
        if name not in METRIC_NAMES and not name.startswith(IQA_PREFIX):
            known = ", ".join(METRIC_NAMES)
            raise UserError(f"metrics: {brief(name)}: expected iqa:NAME or one of {known}")
    loader = _Loader(given, device)
    return tuple(loader.load(name) for name in dict.fromkeys(names))


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


@dataclass
class _Loader:
    """Loads metrics, and each model of open_clip once."""

    given: Mapping[str, str]
    device: str | None
    clips: dict[str, ClipModel] = field(default_factory=dict)

    def load(self, name: str) -> Metric:
        """The metric of this name."""
        if name in MODEL_FREE:
            return MODEL_FREE[name]
        if name.startswith(IQA_PREFIX):
            require_extra(name, "iqa", "torch", "torchvision", "pyiqa")
            from evaluators.metrics.imaging import pyiqa_metric

            return pyiqa_metric(name.removeprefix(IQA_PREFIX), device=self.device)
        return _MAKERS[name](self, name)

    def where(self, slot: str, metric: str) -> str:
        """Where weights are that have no default."""
        if slot not in self.given:
            raise UserError(
                f"{metric}: needs weights: give {slot}=WHERE ({WEIGHTS[slot]}); see "
                "evaluators/metrics/README.md"
            )
        return self.given[slot]

    def clip(self, slot: str, metric: str) -> ClipModel:
        """An open_clip model."""
        spec = self.where(slot, metric)
        if spec not in self.clips:
            from evaluators.metrics.clip_model import load_clip

            self.clips[spec] = load_clip(spec, what=metric, device=self.device)
        return self.clips[spec]


def _clip_metric(loader: _Loader, name: str) -> Metric:
    require_extra(name, "clip", *_CLIP_MODULES)
    from evaluators.metrics import alignment

    build = {
        "clip_prompt_alignment": alignment.prompt_alignment,
        "clip_caption_alignment": alignment.caption_alignment,
        "clip_directional_agreement": alignment.text_direction,
        "clip_reference_similarity": alignment.reference_similarity,
        "clip_frame_consistency": alignment.frame_consistency,
    }
    return build[name](loader.clip("clip", name))


def _background_consistency(loader: _Loader, name: str) -> Metric:
    require_extra(name, "clip", *_CLIP_MODULES)
    from evaluators.metrics.consistency import background_consistency

    return background_consistency(loader.clip("background_clip", name))


def _subject_consistency(loader: _Loader, name: str) -> Metric:
    require_extra(name, "clip", "torch", "torchvision")
    from evaluators.metrics.consistency import subject_consistency
    from evaluators.metrics.dino import load_dino

    return subject_consistency(
        load_dino(loader.where("dino", name), what=name, device=loader.device)
    )


def _aesthetic_quality(loader: _Loader, name: str) -> Metric:
    require_extra(name, "clip", *_CLIP_MODULES)
    from evaluators.metrics.aesthetic import aesthetic_quality

    head = loader.where("aesthetic_head", name)
    return aesthetic_quality(loader.clip("aesthetic_clip", name), head)


def _dynamic_degree(loader: _Loader, name: str) -> Metric:
    require_extra(name, "clip", "torch", "torchvision")
    from evaluators.metrics.dynamic_degree import RAFT_THINGS, dynamic_degree, load_raft

    flow, weights = load_raft(loader.given.get("raft", RAFT_THINGS), device=loader.device)
    return dynamic_degree(flow, name=weights)


def _imaging_quality(loader: _Loader, name: str) -> Metric:
    require_extra(name, "iqa", "torch", "torchvision", "pyiqa")
    from evaluators.metrics.imaging import MUSIQ_WEIGHTS, imaging_quality

    return imaging_quality(loader.given.get("musiq", MUSIQ_WEIGHTS), device=loader.device)


_MAKERS: Mapping[str, Callable[[_Loader, str], Metric]] = {
    "clip_prompt_alignment": _clip_metric,
    "clip_caption_alignment": _clip_metric,
    "clip_directional_agreement": _clip_metric,
    "clip_reference_similarity": _clip_metric,
    "clip_frame_consistency": _clip_metric,
    "dynamic_degree": _dynamic_degree,
    "aesthetic_quality": _aesthetic_quality,
    "imaging_quality": _imaging_quality,
    "subject_consistency": _subject_consistency,
    "background_consistency": _background_consistency,
}

METRIC_NAMES = (*MODEL_FREE, *_MAKERS)
"""The metrics that `load_metrics` knows by name."""
