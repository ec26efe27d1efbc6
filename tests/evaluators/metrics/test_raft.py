"""RAFT's wiring, with random weights: what goes in, what comes out, what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision.models.optical_flow import raft_large

from evaluators.metrics.raft import load_raft, padding, raft_flow
from omiti2v.errors import UserError


def test_sides_are_padded_to_multiples_of_eight_on_both_ends() -> None:
    assert padding(480, 832) == [0, 0, 0, 0]
    assert padding(130, 133) == [1, 2, 3, 3]


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    """RAFT with random weights: it finds no motion, but takes and gives what RAFT does."""
    torch.manual_seed(0)
    return raft_large(weights=None)


def test_raft_gets_both_pictures_in_its_range_and_gives_a_vector_for_each_pixel(
    network: torch.nn.Module,
) -> None:
    seen: list[torch.Tensor] = []
    hook = network.register_forward_pre_hook(lambda module, given: seen.extend(given))
    one = np.zeros((128, 133, 3), np.uint8)
    other = np.full_like(one, 255)
    field = raft_flow(network, device="cpu")(one, other)
    hook.remove()
    assert field.shape == (128, 136, 2)
    assert np.isfinite(field).all()
    assert seen[0].shape == seen[1].shape == (1, 3, 128, 136)
    assert seen[0].unique().tolist() == [-1.0]
    assert seen[1].unique().tolist() == [1.0]


def test_frames_too_small_for_raft_are_refused(network: torch.nn.Module) -> None:
    picture = np.zeros((64, 256, 3), np.uint8)
    with pytest.raises(ValueError, match="at least 128x128, got 256x64"):
        raft_flow(network, device="cpu")(picture, picture)


def test_weights_are_read_from_a_file(network: torch.nn.Module, tmp_path: Path) -> None:
    torch.save(network.state_dict(), tmp_path / "raft.pth")
    flow, name = load_raft(str(tmp_path / "raft.pth"), device="cpu")
    picture = np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    expected = raft_flow(network, device="cpu")(picture, picture[::-1])
    assert flow(picture, picture[::-1]) == pytest.approx(expected, abs=1e-4)
    assert name.startswith("raft_large ")


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(3)}, tmp_path / "other.pth")
    with pytest.raises(UserError, match=r"other\.pth: not the weights of RAFT") as error:
        load_raft(str(tmp_path / "other.pth"))
    assert "\n" not in str(error.value)
