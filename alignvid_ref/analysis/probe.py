"""Look at the attention of a running pipeline without changing a bit of what it computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch

from alignvid_ref.attach import alignvid
from alignvid_ref.config import AlignVidConfig
from alignvid_ref.gate import Step
from alignvid_ref.logits.attach import (
    attention_layers,
    check_processor,
    exchange_processors,
    projection,
)
from alignvid_ref.logits.layout import Layout, watch_layout
from alignvid_ref.logits.processors import LogitsProcessor, ProcessorWrapper, Project
from alignvid_ref.logits.projections import Projected
from alignvid_ref.sites import unwrap
from alignvid_ref.swap import Remove


@dataclass(frozen=True)
class Observation:
    """One attention call.

    Attributes:
        transformer: `transformer`, or `transformer_2` for the second expert.
        block: Its index, from 0.
        step: The denoising step.
        projected: Queries and keys as they enter the softmax, AlignVid's factors included.
        grid: Frames, rows and columns of the tokens being denoised.
    """

    transformer: str
    block: int
    step: Step
    projected: Projected
    grid: tuple[int, int, int]


Observer = Callable[[Observation], None]


def observed_call(
    pipe: Any, inputs: Mapping[str, Any], config: AlignVidConfig, observer: Observer, *, seed: int
) -> None:
    """Call a pipeline under AlignVid and show each attention call of its blocks to `observer`.

    Args:
        pipe: A diffusers pipeline of a family whose logits can be read.
        inputs: Keyword arguments of the call, without the generator.
        config: The settings; gamma 1 watches the plain model.
        observer: Called for every block, also those that the config leaves alone.
        seed: Seed of the noise.

    Raises:
        UserError: As for `alignvid` and `attention_layers`.
    """
    with alignvid(pipe, config) as handle, ExitStack() as stack:
        for name in ("transformer", "transformer_2"):
            if (transformer := getattr(pipe, name, None)) is not None:

                def see(block: int, projected: Projected, layout: Layout, name: str = name) -> None:
                    observer(Observation(name, block, handle.steps[-1], projected, layout.grid))

                stack.callback(_watch(unwrap(transformer), config.family, see))
        pipe(**inputs, generator=torch.Generator().manual_seed(seed))


def _watch(transformer: Any, family: str, see: Callable[[int, Projected, Layout], None]) -> Remove:
    """Show `see` the attention calls of the blocks; the result undoes it."""
    layers = attention_layers(transformer, family)
    for layer in layers:
        if not isinstance(layer.processor, LogitsProcessor):
            check_processor(layer, family)
    layout = Layout()
    numbers = iter(range(len(layers)))

    def wrap(previous: Any) -> _Probe:
        block = next(numbers)
        return _Probe(
            previous,
            project=projection(family),
            layout=layout,
            see=lambda projected: see(block, projected, layout),
        )

    return exchange_processors(layers, wrap, cleanup=watch_layout(transformer, layout))


class _Probe(ProcessorWrapper):
    """Shows the projections of a call, then has the previous processor do it."""

    def __init__(
        self,
        previous: Any,
        *,
        project: Project,
        layout: Layout,
        see: Callable[[Projected], None],
    ) -> None:
        super().__init__(previous, project=project, layout=layout)
        self._see = see

    def act(self, arguments: tuple[Any, ...]) -> Any:
        with torch.no_grad():
            projected = self._project(*arguments, layout=self._layout)
            if isinstance(self.previous, LogitsProcessor) and self.previous.acting:
                projected = self.previous.scaled(projected)
            self._see(projected)
        return self.previous(*arguments)
