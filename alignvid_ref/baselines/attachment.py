"""What the methods have in common: on which pipelines, in which steps, put on and taken off."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from alignvid_ref.baselines.config import PIPELINE
from alignvid_ref.gate import Gate, Step
from alignvid_ref.sites import unwrap
from alignvid_ref.swap import Call, Remove, is_swapped, subclass, swap_class
from alignvid_ref.windows import FractionWindow
from omiti2v.errors import UserError

Attach = Callable[[nn.Module, "StepWatch", list[Remove]], None]
_disable: Callable[[Callable[..., None]], Callable[..., None]] = torch.compiler.disable


class StepWatch:
    """Where the pipeline is: which denoising step, and which forward within it.

    Attributes:
        on: Whether the step is one of those in which the method acts.
        is_first: Whether the forward is the step's first, which is the one with the prompt; those
            of guidance come after it.
    """

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._ended = False
        self.on = False
        self.is_first = True

    @property
    def steps(self) -> tuple[Step, ...]:
        """The denoising steps so far, each with whether the method was on."""
        return tuple(self._gate.steps)

    def enter(self, timestep: float) -> None:
        """To be called before each forward of a transformer."""
        if self._ended:
            return
        before = len(self._gate.steps)
        self._gate.enter(timestep)
        self.is_first = len(self._gate.steps) > before
        self.on = self._gate.on

    def end(self) -> None:
        """Turn off for good, also where a layer stays for a while under another one."""
        self.on, self._ended = False, True


@contextmanager
def attached(pipe: Any, name: str, *, until: float, attach: Attach) -> Iterator[StepWatch]:
    """Put a method on the transformers of a pipeline for the length of a `with` block.

    Args:
        pipe: A diffusers pipeline.
        name: Of the method.
        until: Share of the steps, from the first, in which it acts.
        attach: Puts it on one transformer and appends to the list what takes it off.

    Raises:
        UserError: The method does not work on this pipeline, or is on it already.
    """
    if PIPELINE not in [base.__name__ for base in type(pipe).__mro__]:
        raise UserError(f"{name}: works on a {PIPELINE}, got {type(pipe).__name__}")
    found = (getattr(pipe, part, None) for part in ("transformer", "transformer_2"))
    # Each once: one model may be both experts.
    transformers = list({id(part): part for part in found if part is not None}.values())
    if any(has_layer(transformer, name) for transformer in transformers):
        raise UserError(f"{name}: is on this {type(pipe).__name__} already")
    gate = Gate(FractionWindow(0, until), scheduler=lambda: pipe.scheduler)
    watch = StepWatch(gate)
    removers: list[Remove] = []
    try:
        for transformer in transformers:
            attach(transformer, watch, removers)
        yield watch
    finally:
        watch.end()
        while removers:
            removers.pop()()


def argument_namer(module: nn.Module) -> Callable[..., dict[str, Any]]:
    """A function from what the module is called with to the same by name."""
    names = list(inspect.signature(type(unwrap(module)).forward).parameters)[1:]

    def name(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        return dict(zip(names, args, strict=False)) | kwargs

    return name


def eagerly(function: Callable[..., None]) -> Callable[..., None]:
    """The function, left out of what `torch.compile` makes of its caller."""
    return _disable(function)


def put_layer(module: nn.Module, name: str, call: Call) -> Remove:
    """Give a module another `__call__`, over or under AlignVid's.

    Args:
        module: Whose class is exchanged.
        name: Of the method.
        call: Takes the module, then what it was called with.
    """
    return swap_class(module, subclass(type(module), call, mark=_mark(name)))


def has_layer(module: nn.Module, name: str) -> bool:
    """Whether `put_layer` put a layer of this name on a module."""
    return is_swapped(module, mark=_mark(name))


def _mark(name: str) -> str:
    return f"_baseline_{name}"
