"""Which keys are image, video and text, and how the lengths are noticed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from alignvid_ref.logits.layout import Layout, joint_groups, watch_layout
from alignvid_ref.swap import is_swapped


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        # History of 3, two frames of 2 tokens, 2 of the image encoder, 3 of text.
        (Layout((2, 1, 2), image_embeds=2), "iiivvvviittt"),
        (Layout((2, 1, 2), image_embeds=2, first_frame_is_image=True), "iiiiivviittt"),
        (Layout((2, 1, 2)), "iiivvvvttttt"),
    ],
)
def test_every_key_is_in_one_group(layout: Layout, expected: str) -> None:
    groups = joint_groups(layout, latents=7, encoder=5, device=torch.device("cpu"))
    assert groups.shape == (3, 12)
    assert "".join("ivt"[int(column.int().argmax())] for column in groups.T) == expected
    assert bool((groups.sum(dim=0) == 1).all())


def test_the_grid_of_a_forward_is_noticed_until_the_watch_ends(
    forward_of: Callable[..., Any],
) -> None:
    forward = forward_of("wan2.1-t2v")
    layout = Layout()
    remove = watch_layout(forward.transformer, layout)
    forward.at(900.0)
    frames, rows, columns = forward.inputs["hidden_states"].shape[2:]
    assert layout.grid == (frames, rows // 2, columns // 2)
    assert layout.denoised == frames * rows * columns // 4
    remove()
    layout.grid = (0, 0, 0)
    forward.at(900.0)
    assert layout.grid == (0, 0, 0)
    assert not any(is_swapped(module) for module in forward.transformer.modules())
