"""The conflict-aware gamma on tokens whose conflict is known by construction."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers.models.transformers.transformer_hunyuan_video import (
    HunyuanVideoSingleTransformerBlock,
)
from diffusers.models.transformers.transformer_wan import WanAttention, WanAttnProcessor

from alignvid_ref.logits.layout import Layout
from alignvid_ref.logits.measures import measure
from alignvid_ref.logits.processors import LogitsProcessor, conflict
from alignvid_ref.logits.projections import project_joint, project_wan
from alignvid_ref.switch import Switch

IMAGE_TOKENS, TEXT_TOKENS, WIDTH = 257, 512, 16


def set_to_identity(attn: Any, *names: str) -> None:
    for name in names:
        torch.nn.init.eye_(getattr(attn, name).weight)
        torch.nn.init.zeros_(getattr(attn, name).bias)


def one_sided_tokens(count: int, axis: int, generator: torch.Generator) -> torch.Tensor:
    """Tokens along `axis` of either head, none quite like the other."""
    tokens = 0.3 * torch.randn(count, WIDTH, generator=generator)
    tokens[:, [axis, axis + WIDTH // 2]] += 2.0
    return tokens


@pytest.fixture
def wan_layer() -> tuple[Any, torch.Tensor, torch.Tensor]:
    """A Wan cross attention, queries (image-seeking, text-seeking) and its context."""
    generator = torch.Generator().manual_seed(0)
    attn = WanAttention(
        dim=WIDTH,
        heads=2,
        dim_head=WIDTH // 2,
        added_kv_proj_dim=WIDTH,
        cross_attention_dim_head=WIDTH // 2,
        processor=WanAttnProcessor(),
    ).requires_grad_(False)
    set_to_identity(attn, "to_q", "to_k", "to_v", "add_k_proj", "add_v_proj")
    queries = torch.zeros(1, 2, WIDTH)
    queries[0, 0, [0, 8]] = 1.0
    queries[0, 1, [1, 9]] = 1.0
    context = torch.cat(
        [
            one_sided_tokens(IMAGE_TOKENS, 0, generator),
            one_sided_tokens(TEXT_TOKENS, 1, generator),
        ]
    )
    return attn, queries, context[None]


def test_on_wan_the_image_dominated_token_is_sharpened_and_the_text_dominated_one_is_not(
    wan_layer: tuple[Any, torch.Tensor, torch.Tensor],
) -> None:
    attn, queries, context = wan_layer
    projected = project_wan(attn, queries, context, None, None, layout=Layout())
    gamma = conflict(projected, lower=1.0, upper=1.35)
    assert gamma.shape == (1, 2)
    assert float(gamma[0, 0]) == pytest.approx(1.35)
    assert float(gamma[0, 1]) == 1.0
    wide = conflict(projected, lower=1.0, upper=2.0)
    assert 1.35 < float(wide[0, 0]) < 2.0

    plain = attn(queries, context)
    switch = Switch()
    switch.on = True
    processor = LogitsProcessor(
        previous=attn.processor,
        project=project_wan,
        gamma=lambda found: conflict(found, lower=1.0, upper=1.35),
        switch=switch,
        layout=Layout(),
    )
    attn.set_processor(processor)
    changed = attn(queries, context)
    assert torch.equal(changed[0, 1], plain[0, 1])
    assert (changed[0, 0] - plain[0, 0]).abs().max() > 1e-3


def test_on_wan_both_masses_would_be_one_under_the_separate_softmaxes(
    wan_layer: tuple[Any, torch.Tensor, torch.Tensor],
) -> None:
    # Why one softmax over the joined logits is taken: the masses have to compete.
    attn, queries, context = wan_layer
    projected = project_wan(attn, queries, context, None, None, layout=Layout())
    for stream in projected.streams:
        every = torch.ones(1, stream.key.shape[1], dtype=torch.bool)
        alone = measure(projected.query, stream.key, groups=every).masses
        torch.testing.assert_close(alone, torch.ones_like(alone))
    joined = measure(projected.query, projected.joined_key, groups=projected.groups).masses
    image, video, text = joined.mean(dim=1)[0].unbind(-1)
    assert float(image[0]) > 0.8 > 0.2 > float(text[0])
    assert float(text[1]) > 0.8 > 0.2 > float(image[1])
    assert not video.any()


@pytest.mark.parametrize("token_replace", [False, True])
def test_in_joint_attention_history_first_frame_and_image_encoder_are_image_keys(
    token_replace: bool,
) -> None:
    generator = torch.Generator().manual_seed(0)
    block = HunyuanVideoSingleTransformerBlock(2, WIDTH // 2).requires_grad_(False)
    set_to_identity(block.attn, "to_q", "to_k", "to_v")
    if token_replace:
        # Two frames of 4 tokens, the first of them the kept reference; no history.
        layout = Layout(grid=(2, 2, 2), image_embeds=0, first_frame_is_image=True)
        image_first, video, image_last = 4, 4, 0
    else:
        layout = Layout(grid=(1, 2, 2), image_embeds=6)
        image_first, video, image_last = 5, 4, 6
    latents = torch.cat(
        [one_sided_tokens(image_first, 0, generator), one_sided_tokens(video, 2, generator)]
    )
    encoder = torch.cat(
        [one_sided_tokens(image_last, 0, generator), one_sided_tokens(7, 1, generator)]
    )
    rotary = (torch.ones(len(latents), WIDTH // 2), torch.zeros(len(latents), WIDTH // 2))
    projected = project_joint(block.attn, latents[None], encoder[None], None, rotary, layout=layout)
    image, video_keys, text = projected.groups
    assert int(image.sum()) == image_first + image_last
    assert int(video_keys.sum()) == video
    assert int(text.sum()) == 7
    assert bool((projected.groups.sum(dim=0) == 1).all())

    gamma = conflict(projected, lower=1.0, upper=2.0)[0]
    # A token looks at its like.
    assert bool((gamma[image] > 1.05).all())
    assert bool((gamma[text] == 1.0).all())
