"""Attach AlignVid to a diffusers transformer or pipeline, and take it off again."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from alignvid_ref.config import AlignVidConfig
from alignvid_ref.families import FAMILIES
from alignvid_ref.gate import Gate, Step
from alignvid_ref.sites import check_family, find_sites, unwrap
from alignvid_ref.swap import Remove, is_swapped, subclass, swap_class
from omiti2v.errors import UserError

_disable: Callable[[Callable[..., None]], Callable[..., None]] = torch.compiler.disable


class AlignVidHandle:
    """AlignVid on one transformer, or on all transformers of a pipeline, until it is removed."""

    def __init__(self, gate: Gate, removers: list[Remove]) -> None:
        self._gate = gate
        self._removers = removers

    @property
    def active(self) -> bool:
        """Whether AlignVid is attached."""
        return bool(self._removers)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The denoising steps so far, each with whether AlignVid was on. Kept after removal."""
        return tuple(self._gate.steps)

    def remove(self, *, quietly: bool = False) -> None:
        """Restore every module. A second removal does nothing.

        Warns if no step of the last run was on, which is how a wrong timestep unit or an empty
        window shows itself.

        Args:
            quietly: Give no warning.
        """
        while self._removers:
            self._removers.pop()()
        self._gate.close(quietly=quietly)


def apply_alignvid(
    transformer: nn.Module, config: AlignVidConfig, *, scheduler: Any = None
) -> AlignVidHandle:
    """Attach AlignVid to a transformer.

    Args:
        transformer: A diffusers transformer, compiled or not.
        config: What to scale, by how much and when.
        scheduler: The scheduler of its pipeline; a fraction window needs it, and with it the
            handle's steps are told apart even where rounding makes their timesteps equal.

    Returns:
        The handle that removes it.

    Raises:
        UserError: The config does not fit the transformer, or AlignVid is attached already.
    """
    return _apply([transformer], config, None if scheduler is None else lambda: scheduler)


@contextmanager
def alignvid(pipe: Any, config: AlignVidConfig) -> Iterator[AlignVidHandle]:
    """Attach AlignVid to a diffusers pipeline for the length of a `with` block.

    Both experts of Wan2.2 are attached, on one gate: the window says which one it reaches.

    Args:
        pipe: A pipeline with a `transformer`, a `transformer_2`, or both.
        config: What to scale, by how much and when.

    Raises:
        UserError: The config does not fit the pipeline, or AlignVid is attached already.
    """
    candidates = (getattr(pipe, name, None) for name in ("transformer", "transformer_2"))
    transformers = [found for found in candidates if found is not None]
    if not transformers:
        raise UserError(
            f"{type(pipe).__name__} has no transformer; AlignVid works on diffusion transformers"
        )
    # Asked for at each step: schedulers are exchanged by plain assignment.
    scheduler = (lambda: pipe.scheduler) if hasattr(pipe, "scheduler") else None
    handle = _apply(transformers, config, scheduler)
    try:
        yield handle
    except BaseException:
        # The call was cut short, so that no step was on says nothing.
        handle.remove(quietly=True)
        raise
    handle.remove()


def _apply(
    transformers: list[nn.Module], config: AlignVidConfig, scheduler: Callable[[], Any] | None
) -> AlignVidHandle:
    family = FAMILIES[config.family]
    gate = Gate(config.window, timestep_unit=family.timestep_unit, scheduler=scheduler)
    for transformer in transformers:
        inner = unwrap(transformer)
        check_family(inner, family)
        if any(is_swapped(module) for module in (transformer, *inner.modules())):
            raise UserError(
                f"AlignVid is attached to this {type(inner).__name__} already; remove it first"
            )
    removers: list[Remove] = []
    try:
        for transformer in transformers:
            _attach_sites(unwrap(transformer), config, gate, removers)
            # On a compiled wrapper the gate runs before the compiled code, not in it.
            removers.append(swap_class(transformer, _gated(transformer, gate)))
    except BaseException:
        while removers:
            removers.pop()()
        raise
    return AlignVidHandle(gate, removers)


def _attach_sites(
    transformer: nn.Module, config: AlignVidConfig, gate: Gate, removers: list[Remove]
) -> None:
    if config.modulation != "scalar":
        # They need the logits, so they come with attention processors of their own.
        logits = importlib.import_module("alignvid_ref.logits")
        removers.append(logits.attach(transformer, config, gate))
        return
    # One class for all modules that do the same, so that repeated blocks compile once.
    classes: dict[tuple[type[nn.Module], int], type[nn.Module]] = {}
    for module, power in find_sites(transformer, config):
        kind = (type(module), power)
        if kind not in classes:
            classes[kind] = _scaled(type(module), config.gamma**power, gate)
        removers.append(swap_class(module, classes[kind]))


def _scaled(cls: type[nn.Module], factor: float, gate: Gate) -> type[nn.Module]:
    """A subclass of a norm whose output is multiplied by `factor` while the gate is on."""

    def call(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
        out = cls.__call__(self, *args, **kwargs)
        return out * factor if gate.on else out

    return subclass(cls, call)


def _gated(transformer: nn.Module, gate: Gate) -> type[nn.Module]:
    """A subclass of a transformer that sets the gate before each forward."""
    cls = type(transformer)
    parameters = list(inspect.signature(type(unwrap(transformer)).forward).parameters)
    position = parameters.index("timestep") - 1  # without self

    def enter(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        timestep = kwargs["timestep"] if "timestep" in kwargs else args[position]
        gate.enter(float(timestep.max() if isinstance(timestep, torch.Tensor) else timestep))

    # Where a whole transformer is compiled after this, the gate must still run in plain Python.
    enter_eagerly = _disable(enter)

    def call(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
        enter_eagerly(args, kwargs)
        return cls.__call__(self, *args, **kwargs)

    return subclass(cls, call)
