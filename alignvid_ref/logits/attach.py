"""Putting the variants' processors on a transformer, and taking them off."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

from diffusers.models.transformers.transformer_hunyuan_video import HunyuanVideoAttnProcessor2_0
from diffusers.models.transformers.transformer_wan import WanAttnProcessor
from torch import nn

from alignvid_ref.config import AlignVidConfig
from alignvid_ref.families import FAMILIES
from alignvid_ref.logits.layout import Layout, watch_layout
from alignvid_ref.logits.processors import (
    LogitsProcessor,
    ProcessorWrapper,
    Project,
    conflict,
    energy,
)
from alignvid_ref.logits.projections import project_joint, project_wan
from alignvid_ref.sites import check_family
from alignvid_ref.swap import Remove
from alignvid_ref.switch import Switch
from omiti2v.errors import UserError

_log = logging.getLogger(__name__)

# Attention layer within a block, the processor it must have, and how to stand in for that.
_LAYERS: dict[str, tuple[str, type, Project]] = {
    "wan-i2v": ("attn2", WanAttnProcessor, project_wan),
    "wan": ("attn2", WanAttnProcessor, project_wan),
    "framepack": ("attn", HunyuanVideoAttnProcessor2_0, project_joint),
    "hunyuan-video": ("attn", HunyuanVideoAttnProcessor2_0, project_joint),
}


def attach(transformer: Any, config: AlignVidConfig, switch: Switch) -> Remove:
    """Scale the attention of `transformer` by a gamma from its logits while `switch.on`.

    `config.blocks`, `min_gamma` and `max_gamma` apply; `gamma` and `sites` do not: every logit of
    a query token gets the same factor, once, in all branches. The window is the gate's business.

    Cost at a step that is on, per block that acts: `energy` a mean over the tokens, next to
    nothing; `conflict` a second product of queries and keys, in float32, with its softmax, which is
    about half of the attention again in arithmetic and more than that in time where the model runs
    a fused kernel. The logits are held in chunks of `measures.CHUNK_ELEMENTS`, in a loop that
    `torch.compile` unrolls, so that compiling a model of long videos takes longer.

    Args:
        transformer: A Wan, FramePack or HunyuanVideo transformer of diffusers.
        config: With modulation `energy` or `conflict`.
        switch: Set before the blocks of each forward run.

    Returns:
        A function that takes everything off again; calling it twice is harmless. A processor that
        was exchanged in the meantime is left alone.

    Raises:
        UserError: The family, a layer's processor or the model's kind of image conditioning is not
            supported, or a variant is attached already. Nothing is changed then.
    """
    choices = {"energy": energy, "conflict": conflict}
    if config.modulation not in choices:
        raise UserError(
            "modulation: expected energy or conflict, which read the logits, got "
            f"{config.modulation}; use apply_alignvid, which knows all of them"
        )
    layers = attention_layers(transformer, config.family)
    if config.modulation == "conflict":
        _check_image_keys(transformer, config.family)
    chosen = [layers[index] for index in config.block_indices(len(layers))]
    if any(isinstance(layer.processor, LogitsProcessor) for layer in layers):
        raise UserError("AlignVid is already attached to this transformer; remove it first")
    for layer in chosen:
        check_processor(layer, config.family)

    layout = Layout()
    unwatch = watch_layout(transformer, layout)
    gamma = functools.partial(
        choices[config.modulation], lower=config.min_gamma, upper=config.max_gamma
    )
    project = projection(config.family)

    def wrap(previous: Any) -> LogitsProcessor:
        return LogitsProcessor(
            previous=previous, project=project, gamma=gamma, switch=switch, layout=layout
        )

    return exchange_processors(chosen, wrap, cleanup=unwatch)


def attention_layers(transformer: Any, family: str) -> list[Any]:
    """The attention layer of each block that indices count.

    Raises:
        UserError: The family is not one of those whose logits can be read, or the transformer is
            not of that family.
    """
    if family not in _LAYERS:
        raise UserError(
            f"family: the attention logits can be read for {', '.join(_LAYERS)}, got {family}; "
            'use modulation="scalar"'
        )
    name = _LAYERS[family][0]
    return [getattr(block, name) for block in check_family(transformer, FAMILIES[family])]


def projection(family: str) -> Project:
    """How the attention layers of `family` make queries, keys and values."""
    return _LAYERS[family][2]


def check_processor(layer: Any, family: str) -> None:
    """Refuse a layer whose processor does something else than is repeated here.

    Raises:
        UserError: It has another processor than the stock one.
    """
    expected = _LAYERS[family][1]
    if type(layer.processor) is not expected:
        raise UserError(
            f"attention processor: expected {expected.__name__}, got "
            f"{type(layer.processor).__name__}; the logits can be read on stock processors only"
        )


def exchange_processors(
    layers: list[Any], wrap: Callable[[Any], ProcessorWrapper], *, cleanup: Remove
) -> Remove:
    """Put `wrap(previous)` on each layer.

    Args:
        layers: Attention layers.
        wrap: Makes a processor from the previous one.
        cleanup: Called once, after the processors are back.

    Returns:
        A function that puts the previous processors back, where nobody changed them since.
    """
    placed = [(layer, wrap(layer.processor)) for layer in layers]
    for layer, processor in placed:
        layer.processor = processor

    def remove() -> None:
        if not placed:
            return
        for layer, processor in placed:
            processor.release()
            if layer.processor is processor:
                layer.processor = processor.previous
            else:
                _log.warning(
                    "an attention processor was exchanged for %s while AlignVid was attached; "
                    "left as it is",
                    type(layer.processor).__name__,
                )
        placed.clear()
        cleanup()

    return remove


def _check_image_keys(transformer: nn.Module, family: str) -> None:
    config: Any = transformer.config
    if family == "wan":
        raise UserError(
            "conflict: this Wan transformer has no image keys to weigh against the text; use "
            'modulation="energy" or "scalar"'
        )
    if family == "hunyuan-video" and config.image_condition_type != "token_replace":
        raise UserError(
            "conflict: only HunyuanVideo with image_condition_type token_replace has image keys of "
            f'its own, got {config.image_condition_type}; use modulation="energy" or "scalar"'
        )
