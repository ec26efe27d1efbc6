"""The blur baseline."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import PIL.Image
import pytest
import tiny_pipelines
import torch

from alignvid_ref import AlignVidConfig, alignvid
from alignvid_ref.baselines import BlurConfig, blur
from alignvid_ref.baselines.blurred_image import blurred
from omiti2v.errors import UserError


def image(width: int, height: int) -> PIL.Image.Image:
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return PIL.Image.fromarray(noise)


def test_the_blur_is_a_gaussian_of_radius_one_on_at_most_512_pixels() -> None:
    small = image(40, 30)
    assert blurred(small).size == small.size
    assert np.asarray(blurred(small), float).std() < 0.6 * np.asarray(small, float).std()
    assert blurred(image(1030, 1024)).size == (515, 512)


def test_the_video_is_that_of_the_blurred_image(wan: Any) -> None:
    pipe, picture = wan.tiny.pipe, image(48, 40)
    cls, plain = type(pipe), wan.tiny.run(image=picture)
    config = BlurConfig(radius=3, side=20)
    soft = wan.tiny.run(image=blurred(picture, config))
    with blur(pipe, config):
        made = wan.tiny.run(image=picture)
        assert type(pipe).__name__ == cls.__name__
        assert inspect.signature(pipe.__call__).parameters["num_frames"].default == 81
    assert torch.equal(made, soft) and not torch.equal(made, plain)
    assert type(pipe) is cls and torch.equal(wan.tiny.run(image=picture), plain)


def test_with_alignvid_in_either_order(wan: Any) -> None:
    pipe, picture = wan.tiny.pipe, image(32, 32)
    config = AlignVidConfig.preset("wan2.1-i2v", gamma=2.0, blocks=(0, 2))
    with alignvid(pipe, config):
        expected = wan.tiny.run(image=blurred(picture))
        with blur(pipe):
            assert torch.equal(wan.tiny.run(image=picture), expected)
    with blur(pipe), alignvid(pipe, config):
        assert torch.equal(wan.tiny.run(image=picture), expected)


def test_what_it_does_not_work_on_is_said_in_a_line(wan: Any) -> None:
    with pytest.raises(UserError, match="a pipeline that takes an image, WanPipeline does not"):
        blur(tiny_pipelines.wan_t2v().pipe).__enter__()
    with blur(wan.tiny.pipe), pytest.raises(UserError, match="blur: is on this Wan"):
        blur(wan.tiny.pipe).__enter__()
    with pytest.raises(UserError, match="expected a PIL image, got Tensor"), blur(wan.tiny.pipe):
        wan.tiny.run(image=torch.zeros(1, 3, 32, 32))
