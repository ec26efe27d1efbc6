"""What the training feeds to the transformer is what the pipeline feeds."""

from __future__ import annotations

from typing import Any

import diffusers
import numpy as np
import PIL.Image
import pytest
import torch

from lab.tiny_wan.clips import TARGET_SHARES, make_clip
from lab.tiny_wan.latents import Pool
from lab.tiny_wan.learner import WanBatch, WanLearner, draw_batch
from lab.tiny_wan.parts import load_vae, save_pipeline
from lab.tiny_wan.tokens import CONTEXT, LONGEST, build_tokenizer

ROW = 3


@pytest.fixture(scope="module")
def learner() -> WanLearner:
    torch.manual_seed(1)
    return WanLearner(build_tokenizer()).eval()


@pytest.fixture(scope="module")
def calls(learner: WanLearner, pool: Pool, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The transformer's arguments at each of four steps of the stock pipeline, saved and loaded."""
    folder = tmp_path_factory.mktemp("pipeline")
    save_pipeline(folder, learner.pipeline(load_vae(pool.vae)))
    pipe = diffusers.WanImageToVideoPipeline.from_pretrained(folder)
    pipe.set_progress_bar_config(disable=True)
    clip = make_clip(ROW, seed=pool.seed, shares=TARGET_SHARES)
    seen: list[Any] = []
    pipe.transformer.register_forward_pre_hook(
        lambda module, args, kwargs: seen.append(kwargs), with_kwargs=True
    )
    frames = pipe(
        image=PIL.Image.fromarray(clip.frames[0]),
        prompt=clip.prompt,
        height=64,
        width=64,
        num_frames=9,
        num_inference_steps=4,
        guidance_scale=1.0,
        output_type="np",
    ).frames
    assert np.asarray(frames).shape == (1, 9, 64, 64, 3)
    seen.append(pipe.scheduler)
    return seen


@pytest.fixture(scope="module")
def batch(pool: Pool, learner: WanLearner) -> WanBatch:
    chunk = pool.load(0)
    for seed in range(100):
        drawn = draw_batch(chunk, np.array([ROW]), learner.tokenizer, seed)
        if (drawn.tokens > 0).sum() > 1:  # not one without its prompt
            return drawn
    raise AssertionError


def test_the_condition_of_the_first_frame(
    calls: list[Any], batch: WanBatch, learner: WanLearner
) -> None:
    with torch.no_grad():
        fed = learner.inputs(batch)["hidden_states"]
    channels = batch.target.shape[1]
    # Chunks keep latents in half precision.
    torch.testing.assert_close(
        calls[0]["hidden_states"][:, channels:], fed[:, channels:], atol=4e-3, rtol=2e-3
    )


def test_prompt_and_image(calls: list[Any], batch: WanBatch, learner: WanLearner) -> None:
    with torch.no_grad():
        fed = learner.inputs(batch)
    text = calls[0]["encoder_hidden_states"]
    assert text.shape[1] == CONTEXT
    assert not text[:, LONGEST:].any()
    torch.testing.assert_close(text[:, :LONGEST], fed["encoder_hidden_states"])
    torch.testing.assert_close(
        calls[0]["encoder_hidden_states_image"], fed["encoder_hidden_states_image"]
    )


def test_timesteps_are_those_of_the_noise_shares(
    calls: list[Any], batch: WanBatch, learner: WanLearner
) -> None:
    *steps, scheduler = calls
    for step, share in zip(steps, scheduler.sigmas, strict=False):
        at = WanBatch(**(vars(batch) | {"sigmas": share[None]}))
        with torch.no_grad():
            assert torch.equal(learner.inputs(at)["timestep"], step["timestep"])


def test_padding_counted_once_gives_the_stock_model_s_velocity(
    calls: list[Any], batch: WanBatch, learner: WanLearner
) -> None:
    stock = [block.attn2.processor for block in learner.transformer.blocks]
    with torch.no_grad():
        fed = learner.inputs(batch)
        text = torch.zeros(1, CONTEXT, fed["encoder_hidden_states"].shape[2])
        text[:, :LONGEST] = fed["encoder_hidden_states"]
        velocity = learner.transformer(
            **(fed | {"encoder_hidden_states": text}), return_dict=False
        )[0]
        loss = learner.loss(batch)
    wanted = (velocity - (batch.noise - batch.target)).square().mean()
    torch.testing.assert_close(loss[0], wanted, rtol=1e-5, atol=1e-6)
    assert [block.attn2.processor for block in learner.transformer.blocks] == stock


def test_about_a_tenth_of_the_clips_go_without_their_prompt(
    pool: Pool, learner: WanLearner
) -> None:
    chunk = pool.load(0)
    rows = np.arange(pool.clips)
    bare = [
        (draw_batch(chunk, rows, learner.tokenizer, seed).tokens > 0).sum(dim=1) == 1
        for seed in range(20)
    ]
    assert torch.cat(bare).float().mean() == pytest.approx(0.1, abs=0.04)
