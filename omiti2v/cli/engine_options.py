"""The engine's options: where the work on videos is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from evaluators.engines import Engine
    from omiti2v.editions import Edition

EngineName = Literal["local", "workers", "ray"]
EngineOption = Annotated[
    EngineName | None,
    typer.Option(
        help="local: in this process. workers: processes of this machine, one a device. ray: "
        "actors of a Ray cluster. local if neither --workers nor --devices is given."
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(min=1, max=4096, help="Worker processes or actors; else one a device."),
]
DevicesOption = Annotated[
    str | None,
    typer.Option(help="Devices of --engine workers, with commas, as cuda:0,cuda:1; else all GPUs."),
]
RayAddressOption = Annotated[
    str | None,
    typer.Option(help="Of a Ray cluster, as ray://head:10001 or auto; else one is started here."),
]
VideosAtOption = Annotated[
    str | None,
    typer.Option(
        "--videos-at",
        help="Where workers find the files of VIDEOS, if elsewhere: an address that fsspec knows, "
        "as s3://bucket/folder, or a folder.",
    ),
]


def open_engine(
    name: EngineName | None,
    *,
    edition: Edition,
    judge: Mapping[str, Any],
    metrics: Mapping[str, Any],
    workers: int | None = None,
    devices: str | None = None,
    ray_address: str | None = None,
) -> Engine:
    """The engine that the options ask for, with its judge and metrics loaded.

    Args:
        name: See `EngineOption`.
        edition: What is scored.
        judge: Arguments of `omiti2v.cli.judge_options.open_judge`.
        metrics: Arguments of `evaluators.metrics.load_metrics`.
        workers, devices, ray_address: See their options.

    Raises:
        BadParameter: Options that don't go together.
        UserError: A judge or a metric can't be loaded, or Ray is not to be had.
    """
    from evaluators.engines import LocalEngine
    from evaluators.engines.opening import Call, Opening

    name = name or ("workers" if workers or devices else "local")
    if devices and name != "workers":
        raise typer.BadParameter(f"--devices goes with --engine workers, not {name}")
    if devices and judge["device"]:
        raise typer.BadParameter("--devices and --device exclude each other")
    if ray_address and name != "ray":
        raise typer.BadParameter(f"--ray-address goes with --engine ray, not {name}")
    if workers and name == "local":
        raise typer.BadParameter("--workers goes with --engine workers or ray, not local")
    opening = Opening(
        edition=edition,
        judge=Call("omiti2v.cli.judge_options:open_judge", dict(judge)),
        metrics=Call("evaluators.metrics:load_metrics", dict(metrics)),
    )
    if name == "ray":
        from evaluators.engines.ray import RayEngine

        return RayEngine(opening, workers=workers or 1, address=ray_address)
    if name == "workers":
        from evaluators.engines.workers import WorkerEngine

        named = [device.strip() for device in (devices or "").split(",") if device.strip()]
        found = named or ([] if judge["device"] else _gpus(judge))
        return WorkerEngine(opening, _spread(found, workers))
    return LocalEngine(opening.examiner(None))


def _spread(devices: Sequence[str], workers: int | None) -> list[str | None]:
    """The device of each worker, in turn; None where none is named."""
    if not devices:
        return [None] * (workers or 1)
    return [devices[place % len(devices)] for place in range(workers or len(devices))]


def _gpus(judge: Mapping[str, Any]) -> list[str]:
    from importlib.util import find_spec

    from omiti2v.cli.judge_options import SERVER_PREFIX

    if str(judge["spec"]).startswith(SERVER_PREFIX) or not find_spec("torch"):
        return []
    import torch

    return [f"cuda:{number}" for number in range(torch.cuda.device_count())]
