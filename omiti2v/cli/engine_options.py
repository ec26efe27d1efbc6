"""The engine's options: where the work on videos is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from omiti2v.cli.merged_options import OptionGroup

if TYPE_CHECKING:
    from evaluators.cache import EvaluationCache
    from evaluators.engines import Engine
    from evaluators.engines.worker_setup import MetricSelection, WorkerSetup
    from evaluators.judges import JudgeSpec
    from omiti2v.editions import Edition

EngineName = Literal["local", "workers", "ray"]
PANEL = "Where the work is done"


def _option(text: str, **more: Any) -> Any:
    return typer.Option(help=text, rich_help_panel=PANEL, **more)


VideosAtOption = Annotated[
    str | None,
    _option(
        "Where workers find the files of VIDEOS, if elsewhere: an address that fsspec knows, as "
        "s3://bucket/folder, or a folder."
    ),
]


@dataclass(frozen=True, kw_only=True)
class EngineChoice:
    """What a person says about the engine.

    Attributes:
        name: None takes "workers" where workers or devices are given, else "local".
        workers: How many; None for one per device.
        devices: Of `workers`, with commas; None for all GPUs.
        ray_address: Of a Ray cluster that is there.
    """

    name: EngineName | None = None
    workers: int | None = None
    devices: str | None = None
    ray_address: str | None = None

    @property
    def resolved(self) -> EngineName:
        """The engine's name."""
        return self.name or ("workers" if self.workers or self.devices else "local")


ENGINE_OPTIONS = OptionGroup(
    "engine",
    {
        "engine": Annotated[
            EngineName | None,
            _option(
                "local: in this process. workers: processes of this machine, one per device. ray: "
                "actors of a Ray cluster. local if neither --workers nor --devices is given."
            ),
        ],
        "workers": Annotated[
            int | None,
            _option("Worker processes or actors; one per device if not given.", min=1, max=4096),
        ],
        "devices": Annotated[
            str | None,
            _option("Devices of --engine workers, e.g. cuda:0,cuda:1; all GPUs if not given."),
        ],
        "ray_address": Annotated[
            str | None,
            _option(
                "Address of a Ray cluster, as ray://head:10001 or auto; one is started here if not "
                "given."
            ),
        ],
    },
    lambda values: EngineChoice(name=values.pop("engine"), **values),
)
"""The options in the place of a parameter `engine`, an `EngineChoice`."""


def open_engine(
    choice: EngineChoice,
    *,
    edition: Edition,
    judge: JudgeSpec | None,
    metrics: MetricSelection | None = None,
    phase: float = 0.0,
    cache: EvaluationCache | None = None,
) -> Engine:
    """The engine that the options ask for; what it loads is loaded when it is needed.

    Args:
        choice: The engine's options.
        edition: What is scored.
        judge: None where nothing is asked.
        metrics: None for none.
        phase: Of the frames that the judge looks at; 0 for those of its own rule.
        cache: Where it is remembered what the judge and the metrics are; where it is not, as
            without a cache, they are loaded at once.

    Raises:
        BadParameter: Options that don't go together.
        UserError: A judge or a metric can't be loaded, or Ray is not to be had.
    """
    from evaluators.engines.late import LateEngine
    from evaluators.engines.worker_setup import WorkerSetup
    from omiti2v.extras import are_installed, require_extra

    check_engine(choice, judge)
    if choice.resolved == "ray" and not are_installed("ray"):
        require_extra("--engine ray", "ray", "ray")
    setup = WorkerSetup(
        edition=edition,
        judge=judge,
        phase=phase,
        metrics=metrics,
        search_folder=_search_folder(judge, metrics),
    )
    # What the machines of a cluster hold can't be seen from here.
    is_far = choice.ray_address is not None
    seen = None if is_far else cache
    return LateEngine(setup, partial(_open_at_once, choice), cache=seen, is_far=is_far)


def _open_at_once(choice: EngineChoice, setup: WorkerSetup) -> Engine:
    name = choice.resolved
    if name == "ray":
        from evaluators.engines.ray import RayEngine

        return RayEngine(setup, workers=choice.workers or 1, address=choice.ray_address)
    if name == "workers":
        from evaluators.engines.workers import WorkerEngine

        judge = setup.judge
        named = [device.strip() for device in (choice.devices or "").split(",") if device.strip()]
        found = named or ([] if judge and judge.device else _gpus(judge))
        return WorkerEngine(setup, _spread(found, choice.workers))
    from evaluators.engines import LocalEngine

    return LocalEngine(setup.examiner(None))


def check_engine(choice: EngineChoice, judge: JudgeSpec | None) -> None:
    """Refuse options that don't go together.

    Raises:
        BadParameter: They don't.
    """
    name = choice.resolved
    if choice.devices and name != "workers":
        raise typer.BadParameter(f"--devices goes with --engine workers, not {name}")
    if choice.devices and judge and judge.device:
        raise typer.BadParameter("--devices and --device exclude each other")
    if choice.ray_address and name != "ray":
        raise typer.BadParameter(f"--ray-address goes with --engine ray, not {name}")
    if choice.workers and name == "local":
        raise typer.BadParameter("--workers goes with --engine workers or ray, not local")


def _search_folder(judge: JudgeSpec | None, metrics: MetricSelection | None) -> Path | None:
    """Where workers must look for a `module:name` of the command line."""
    from evaluators.judges.loading import is_own_object
    from evaluators.metrics import catalog

    named = any(map(catalog.is_own_object, metrics.names if metrics else ()))
    return Path.cwd() if named or (judge and is_own_object(judge.model)) else None


def _spread(devices: Sequence[str], workers: int | None) -> list[str | None]:
    """The device of each worker, in turn; None where none is named."""
    if not devices:
        return [None] * (workers or 1)
    return [devices[place % len(devices)] for place in range(workers or len(devices))]


def _gpus(judge: JudgeSpec | None) -> list[str]:
    from importlib.util import find_spec

    if (judge and judge.base_url) or not find_spec("torch"):
        return []
    import torch

    return [f"cuda:{number}" for number in range(torch.cuda.device_count())]
