"""Attach AlignVid to a diffusers transformer or pipeline, and take it off again."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn

from alignvid_ref.config import AlignVidConfig
from alignvid_ref.families import FAMILIES
from alignvid_ref.gate import Gate, Step
from alignvid_ref.sites import check_family, find_sites, unwrap
from alignvid_ref.swap import Remove, is_swapped, swap_class
from alignvid_ref.switch import Switch, switch_of
from omiti2v.errors import UserError

Find = Callable[[], list[nn.Module]]


class AlignVidHandle:
    """AlignVid on one transformer, or on all transformers of a pipeline, until it is removed."""

    def __init__(self, gate: Gate, removers: list[Remove], replaced: Callable[[], bool]) -> None:
        self._gate = gate
        self._removers = removers
        self._replaced = replaced

    @property
    def active(self) -> bool:
        """Whether AlignVid is attached."""
        return bool(self._removers)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The denoising steps so far: whether each was on, and what acted. Kept after removal."""
        return tuple(self._gate.steps)

    @property
    def acted(self) -> int:
        """Calls of sites that really scaled, over all steps; `Step.acted` says what is counted.

        0 means that everything so far is the plain model's, whatever `Step.on` says.
        """
        return sum(step.acted for step in self._gate.steps)

    def remove(self, *, quietly: bool = False) -> None:
        """Restore every module. A second removal does nothing.

        Warns if no site scaled in the last run, with the reason as far as it is known: a wrong
        timestep unit, an empty window, a cache that skips blocks, a pipeline that calls another
        object. Also if modules were replaced while AlignVid was attached to them.

        Args:
            quietly: Give no warning.
        """
        if not self._removers:
            return
        if not quietly and self._replaced():
            warnings.warn(
                "modules were replaced while AlignVid was attached to them, as a PEFT adapter with "
                "modules_to_save does; what was made since is partly or wholly the plain model's",
                UserWarning,
                stacklevel=2,
            )
        while self._removers:
            self._removers.pop()()
        if not quietly:
            self._gate.warn_if_idle()


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
    return _apply(lambda: [transformer], config, None if scheduler is None else lambda: scheduler)


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

    def find() -> list[nn.Module]:
        candidates = (getattr(pipe, name, None) for name in ("transformer", "transformer_2"))
        return [found for found in candidates if found is not None]

    if not find():
        raise UserError(
            f"{type(pipe).__name__} has no transformer; AlignVid works on diffusion transformers"
        )
    # Asked for at each step: schedulers are exchanged by plain assignment.
    scheduler = (lambda: pipe.scheduler) if hasattr(pipe, "scheduler") else None
    handle = _apply(find, config, scheduler)
    try:
        yield handle
    except BaseException:
        # The call was cut short, so that no step was on says nothing.
        handle.remove(quietly=True)
        raise
    handle.remove()


def _apply(
    find: Find, config: AlignVidConfig, scheduler: Callable[[], Any] | None
) -> AlignVidHandle:
    family = FAMILIES[config.family]
    gate = Gate(config.window, timestep_unit=family.timestep_unit, scheduler=scheduler)
    transformers = find()
    for transformer in transformers:
        inner = unwrap(transformer)
        check_family(inner, family)
        if any(is_swapped(module) for module in (transformer, *inner.modules())):
            raise UserError(
                f"AlignVid is attached to this {type(inner).__name__} already; remove it first"
            )
    attached = _places(transformers, config)
    # One for both experts of Wan2.2, whose repeated blocks compile once then.
    switch = switch_of(unwrap(transformers[0]))
    switch.gate = gate
    removers: list[Remove] = []
    try:
        for transformer in transformers:
            _attach(transformer, config, switch, removers)
    except BaseException:
        switch.release()
        while removers:
            removers.pop()()
        raise
    # The first to be called: it waits for a forward that runs in another thread.
    removers.append(switch.release)

    def replaced() -> bool:
        try:
            now = _places(find(), config)
        except UserError:  # as of a transformer of another family
            return True
        return [id(place) for place in now] != [id(place) for place in attached]

    return AlignVidHandle(gate, removers, replaced)


def _places(transformers: list[nn.Module], config: AlignVidConfig) -> list[nn.Module]:
    """Every module that the settings name."""
    inner = [unwrap(transformer) for transformer in transformers]
    if config.modulation != "scalar":
        return inner
    return inner + [site for model in inner for site, _ in find_sites(model, config)]


def _attach(
    transformer: nn.Module, config: AlignVidConfig, switch: Switch, removers: list[Remove]
) -> None:
    inner = unwrap(transformer)
    if config.modulation == "scalar":
        for module, power in find_sites(inner, config):
            scaled = switch.scaled(type(module), config.gamma**power)
            removers.append(swap_class(module, scaled))
    else:
        # They need the logits, so they come with attention processors of their own.
        logits = importlib.import_module("alignvid_ref.logits")
        removers.append(logits.attach(inner, config, switch))
    # The wrapper of compiled code, so that the gate runs before that code, and the transformer in
    # it, for callers that have another wrapper or none.
    for root in {id(root): root for root in (inner, transformer)}.values():
        removers.append(swap_class(root, switch.gated(type(root), type(inner).forward)))
