"""Look at the attention of a running pipeline without changing a bit of what it computes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from alignvid_ref.attach import alignvid
from alignvid_ref.config import AlignVidConfig
from alignvid_ref.gate import Step
from alignvid_ref.logits.attach import (
    attention_layers,
    check_processor,
    exchange_processors,
    projection,
)
from alignvid_ref.logits.layout import Layout, Remove, watch_layout
from alignvid_ref.logits.processors import LogitsProcessor, Project
from alignvid_ref.logits.projections import Projected
from alignvid_ref.sites import unwrap


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
            if getattr(pipe, name, None) is not None:
                stack.enter_context(
                    _observed(
                        name,
                        unwrap(getattr(pipe, name)),
                        config.family,
                        observer,
                        lambda: handle.steps[-1],
                    )
                )
        pipe(**inputs, generator=torch.Generator().manual_seed(seed))


@contextmanager
def _observed(
    name: str, transformer: Any, family: str, observer: Observer, step: Callable[[], Step]
) -> Iterator[None]:
    layers = attention_layers(transformer, family)
    for layer in layers:
        if not isinstance(layer.processor, LogitsProcessor):
            check_processor(layer, family)
    layout = Layout()
    numbers = iter(range(len(layers)))

    def stand_in(previous: Any) -> _Probe:
        block = next(numbers)

        def see(projected: Projected) -> None:
            observer(Observation(name, block, step(), projected, layout.grid))

        return _Probe(previous, projection(family), see, layout)

    remove: Remove = exchange_processors(
        layers, stand_in, cleanup=watch_layout(transformer, layout)
    )
    try:
        yield
    finally:
        remove()


class _Probe:
    """Shows the projections of a call, then has the previous processor do it."""

    def __init__(
        self, previous: Any, project: Project, see: Callable[[Projected], None], layout: Layout
    ) -> None:
        self.previous = previous
        self._project = project
        self._see: Callable[[Projected], None] | None = see
        self._layout = layout

    def release(self) -> None:
        """Look no more."""
        self._see = None

    # Parameters by name for the reason given in LogitsProcessor.
    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        image_rotary_emb: Any = None,
    ) -> Any:
        arguments = (attn, hidden_states, encoder_hidden_states, attention_mask, image_rotary_emb)
        if self._see is not None:
            with torch.no_grad():
                projected = self._project(*arguments, layout=self._layout)
                if isinstance(self.previous, LogitsProcessor) and self.previous.acting:
                    gamma = self.previous.gamma(projected)[:, :, None, None]
                    query = projected.query * gamma.to(projected.query.dtype)
                    projected = dataclasses.replace(projected, query=query)
                self._see(projected)
        return self.previous(*arguments)
