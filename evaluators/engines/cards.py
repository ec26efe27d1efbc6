"""Cards: what was learned of a judge and of metrics when they were loaded, kept in the cache.

A run needs to know its judge's identity and its metrics' versions before it can tell what is left
to do, and they come out of loaded models. Beside the digest of all that they depend on (options,
files, packages, our own code) they are kept, so that a run with nothing left to do loads nothing.
Whoever loads the models later compares: a card that is wrong ends the run, and is replaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import evaluators
import omiti2v
from evaluators.cache import EvaluationCache, cache_key
from evaluators.engines.base import JudgeInfo
from evaluators.engines.tasks import metric_id
from evaluators.engines.worker_setup import WorkerSetup, measured_elsewhere
from evaluators.frames import FrameRule
from evaluators.judges import fingerprint_of
from evaluators.judges.loading import JudgeKind, find_judge
from evaluators.metrics import Metric, MetricContext, MetricDefinition, Quantity
from evaluators.metrics.catalog import checked_metrics, choose_metrics, is_ours
from omiti2v.digests import quick_mark, sha256_of_files
from omiti2v.hub import COMMIT, HUB_ID, split_spec
from omiti2v.judge_spec import JudgeSpec
from omiti2v.plugins import OURS, find_plugins, maker_of
from omiti2v.records import Record, RecordT
from omiti2v.safe_text import visible_text

_PACKAGES = (
    *("accelerate", "bitsandbytes", "numpy", "omiti2v", "open_clip_torch", "pyiqa", "safetensors"),
    *("timm", "tokenizers", "torch", "torchvision", "transformers"),
)


class JudgeCard(Record):
    """A judge as it was when it was loaded."""

    name: str
    frame_rule: FrameRule
    identity: dict[str, Any]


class MetricCard(Record):
    """A metric as it was when it was loaded."""

    quantities: tuple[Quantity, ...]
    version: str
    requirements: tuple[str, ...]
    license: str


@dataclass(frozen=True)
class Known:
    """What is known of an engine's judge and metrics, loaded or not.

    Attributes:
        judge: None where nobody is asked.
        metrics: Of those in `models`, what is known; they can't be measured with here.
        models: The metrics that are not loaded, by `metric_id`.
    """

    judge: JudgeInfo | None
    metrics: Sequence[Metric]
    models: frozenset[str] = frozenset()


class Cards:
    """The cards of what a setup names.

    Args:
        setup: What is to be loaded.
        cache: Where cards are; None for nowhere.

    Raises:
        UserError: The setup names a metric that there is not, weights of one, or a metric for
            which the edition lacks what it needs.
    """

    def __init__(self, setup: WorkerSetup, cache: EvaluationCache | None) -> None:
        self._setup = setup
        self._cache = cache
        self._software = _software() if cache else ""
        self._judge_key = self._key_of_judge(setup.judge) if cache and setup.judge else None
        chosen = setup.metrics
        self._metrics = (
            choose_metrics(chosen.names, weights=chosen.weights, device=chosen.device)
            if chosen
            else []
        )
        for context, definition in self._metrics:
            definition.refuse_samples(context.name, setup.edition.samples)
        self._metric_keys = {
            context.name: self._key_of_metric(context, definition)
            for context, definition in self._metrics
            if cache and definition.loads_models
        }

    @property
    def model_free(self) -> tuple[str, ...]:
        """Names of the metrics that load nothing."""
        return tuple(c.name for c, definition in self._metrics if not definition.loads_models)

    def recall(self) -> Known | None:
        """What is known without loading anything; None where a part is not."""
        judge = self._recall_judge()
        if self._setup.judge and not judge:
            return None
        metrics: dict[str, Metric] = {}
        models = set()
        for context, definition in self._metrics:
            if not definition.loads_models:
                metrics[context.name] = definition.load(context)
            elif metric := self._recall_metric(context.name):
                metrics[context.name] = metric
                models.add(metric_id(metric))
            else:
                return None
        return Known(judge, checked_metrics(metrics), frozenset(models))

    def keep(self, known: Known) -> None:
        """Keep what models that were loaded just now tell, unless their files changed meanwhile.

        Args:
            known: The judge, or none; the metrics, all of them, or those that load nothing.
        """
        if self._cache is None:
            return
        found: dict[str, Record] = {}
        if (judge := known.judge) and self._judge_key:
            found[self._judge_key] = JudgeCard(
                name=judge.name, frame_rule=judge.frame_rule, identity=dict(judge.identity)
            )
        if len(known.metrics) == len(self._metrics):
            for (context, _), metric in zip(self._metrics, known.metrics, strict=True):
                if key := self._metric_keys.get(context.name):
                    found[key] = MetricCard(
                        quantities=metric.quantities,
                        version=metric.version,
                        requirements=metric.requirements,
                        license=metric.license,
                    )
        now = Cards(self._setup, self._cache)
        unchanged = {now._judge_key, *now._metric_keys.values()}
        self._cache.put({key: card for key, card in found.items() if key in unchanged})

    def _recall_judge(self) -> JudgeInfo | None:
        card = self._card(self._judge_key, JudgeCard)
        if card is None or visible_text(card.name, one_line=True) != card.name:
            return None
        try:
            fingerprint = fingerprint_of(card.identity)
        except ValueError:  # NaN: no judge has such an identity
            return None
        return JudgeInfo(card.name, card.frame_rule, card.identity, fingerprint)

    def _recall_metric(self, name: str) -> Metric | None:
        card = self._card(self._metric_keys.get(name), MetricCard)
        return Metric(**dict(card), measure=measured_elsewhere) if card else None

    def _card(self, key: str | None, kind: type[RecordT]) -> RecordT | None:
        return self._cache.get([key], kind).get(key) if self._cache and key else None

    def _key_of_judge(self, spec: JudgeSpec) -> str | None:
        """None for judges of others, and where files can't be told apart."""
        spec = JudgeSpec.of({"model": spec.model} | spec.given)  # as it is loaded
        kind = find_judge(spec.model)
        families = find_plugins("omiti2v.judge_families").values()
        if not isinstance(kind, JudgeKind) or not kind.place:
            return None
        if any(maker_of(family) != OURS for family in families):
            return None
        marks = _marks(kind.place(spec))
        if marks is None:
            return None
        # Who answers is the same on any device, however many are asked at once.
        unimportant = {"device"}
        if spec.protocol == "fast":  # `paper` takes neither of the two
            unimportant |= {"batch_clips", "max_questions"}
        return cache_key(
            kind="judge card",
            judge={n: value for n, value in asdict(spec).items() if n not in unimportant},
            phase=self._setup.phase,
            files=marks,
            software=self._software,
        )

    def _key_of_metric(self, context: MetricContext, definition: MetricDefinition) -> str | None:
        weights = definition.weights_for(context)
        marks = {slot: _marks(where) for slot, where in weights.items()}
        if not is_ours(context.name) or None in marks.values():
            return None
        return cache_key(
            kind="metric card",
            metric=context.name,
            weights=weights,
            files=marks,
            software=self._software,
        )


def _marks(place: str) -> dict[str, str] | None:
    """The marks of a model's files by their paths; none where the place itself says which they are.

    Args:
        place: A folder or a file, alone or after "ARCHITECTURE=", an address, or a hub id.

    Returns:
        None where the files are not known without a look at the network, or changed just now.
    """
    bare, _, checksum = place.partition("#sha256=")
    path = Path(bare).expanduser()
    if path.exists():
        files = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
        # The path itself counts too, for a model is called after its folder.
        marks = {str(file.absolute()): quick_mark(file) for file in files}
        known = {name: mark for name, mark in marks.items() if mark}
        return known if len(known) == len(marks) else None
    hub_id, revision = split_spec(bare.partition(":")[0])
    pinned = HUB_ID.fullmatch(hub_id) and COMMIT.fullmatch(revision or "")
    if pinned or (bare.startswith("https://") and checksum):
        return {}
    _, equals, file = bare.partition("=")
    return _marks(f"{file}#sha256={checksum}" if checksum else file) if equals else None


def _software() -> str:
    """The versions of packages, and the digest of our own code: a checkout has no new version."""
    code = {
        f"{package.__name__}/{path.relative_to(folder)}": path
        for package in (evaluators, omiti2v)
        for folder in [Path(next(iter(package.__path__)))]
        for path in folder.rglob("*.py")
    }
    found = {"code": sha256_of_files(code)}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return cache_key(**found)
