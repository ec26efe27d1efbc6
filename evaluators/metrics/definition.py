"""What is registered as a metric that has something to load first. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from evaluators.metrics.base import Metric
from omiti2v.errors import UserError, one_line
from omiti2v.extras import require_modules

if TYPE_CHECKING:
    from evaluators.metrics.clip_model import ClipModel
    from omiti2v.samples import Sample

CLIP_MODULES = ("torch", "torchvision", "open_clip")
"""What the metrics on open_clip models import."""


@dataclass(frozen=True, kw_only=True)
class MetricContext:
    """What a metric is built with.

    Attributes:
        name: What the metric was asked for as, for messages.
        argument: What came after the colon, of a metric that takes an argument.
        weights: Where weights are, by the slots of the definition; each of them is there.
        device: A torch device; None takes "cuda" where there is one, else "cpu".
        clips: Loaded open_clip models by where they are; all metrics of a run share them.
    """

    name: str
    argument: str = ""
    weights: Mapping[str, str] = field(default_factory=dict)
    device: str | None = None
    clips: dict[str, ClipModel] = field(default_factory=dict)

    def open_clip(self, slot: str) -> ClipModel:
        """The open_clip model of a slot; metrics that are given the same one share it.

        Raises:
            UserError: It can't be found or loaded.
        """
        where = self.weights[slot]
        if where not in self.clips:
            from evaluators.metrics.clip_model import load_clip

            self.clips[where] = load_clip(where, what=self.name, device=self.device)
        return self.clips[where]


@dataclass(frozen=True, kw_only=True)
class MetricDefinition:
    """A metric that is built when it is asked for. Its module must be quick to import.

    Attributes:
        summary: One line for `omiti2v metric list`.
        build: Loads its models and gives the metric.
        requirement: What pip is told to install, as "omiti2v[clip]"; empty for nothing.
        modules: Top-level modules that it imports, which the requirement brings.
        weights: What each slot takes, by the slot's name, which `--weights NAME=WHERE` gives.
        defaults: Where weights are if they are not given.
        argument: What to call the argument that it takes, as in `iqa:NAME`; empty for none.
        columns: Names of its numbers, where they are not its own name.
        sample_fields: Fields of `Sample` that it needs and that not every edition gives; without
            them it is refused before anything is loaded.
    """

    summary: str
    build: Callable[[MetricContext], Metric]
    requirement: str = ""
    modules: tuple[str, ...] = ()
    weights: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    argument: str = ""
    columns: tuple[str, ...] = ()
    sample_fields: tuple[str, ...] = ()

    @classmethod
    def of(cls, metric: Metric) -> MetricDefinition:
        """The definition of a metric that has nothing to load."""
        return cls(
            summary=" ".join(quantity.description for quantity in metric.quantities),
            build=lambda context: metric,
            columns=tuple(quantity.name for quantity in metric.quantities),
        )

    @property
    def requirements(self) -> tuple[str, ...]:
        """What must be there, in words."""
        slots = [f"weights {slot}" for slot in self.weights if slot not in self.defaults]
        return tuple(filter(None, (self.requirement, *slots)))

    @property
    def loads_models(self) -> bool:
        """Whether it has anything to load before it can measure."""
        return bool(self.requirements or self.modules or self.defaults)

    def refuse_samples(self, name: str, samples: Sequence[Sample]) -> None:
        """Refuse samples of which none has the fields that this metric needs.

        Raises:
            UserError: They are such; `name` begins the message.
        """
        fields = self.sample_fields
        if samples and not any(all(getattr(one, field) for field in fields) for one in samples):
            raise UserError(
                f"{name}: the edition gives no {' and '.join(fields)}; leave this metric out, or "
                "write them into the edition's samples"
            )

    def weights_for(self, context: MetricContext) -> dict[str, str]:
        """Where its weights are, by slot.

        Args:
            context: Its weights are those that were given, of whatever metric.

        Raises:
            UserError: Weights that it needs are not given.
        """
        for slot, meaning in self.weights.items():
            if slot not in context.weights and slot not in self.defaults:
                raise UserError(
                    f"{context.name}: needs weights: give {slot}=WHERE ({meaning}); see "
                    "evaluators/metrics/README.md"
                )
        given = {slot: where for slot, where in context.weights.items() if slot in self.weights}
        return {**self.defaults, **given}

    def load(self, context: MetricContext) -> Metric:
        """The metric, its models loaded.

        Args:
            context: Its weights are those that were given, of whatever metric.

        Raises:
            UserError: A module or weights are missing, or it can't be built.
        """
        name = context.name
        require_modules(name, self.requirement, *self.modules)
        weights = self.weights_for(context)
        try:
            metric = self.build(replace(context, weights=weights))
        except UserError:
            raise
        except Exception as error:  # it may be other people's code
            raise UserError(f"{name}: can't be loaded: {one_line(error)}") from error
        if not isinstance(metric, Metric):
            raise UserError(f"{name}: build: expected a Metric, got {type(metric).__name__}")
        return replace(metric, requirements=metric.requirements or self.requirements)
