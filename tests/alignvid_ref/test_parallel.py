"""Ulysses context parallelism: two processes share the tokens of one video, on the CPU by gloo."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest
import torch

from alignvid_ref import apply_alignvid

ON, OFF = 950.0, 800.0
SECONDS = 240


def in_parallel(rank: int, folder: Path, made: Any, order: str) -> None:
    """One of two processes: writes what it computes with AlignVid and after its removal."""
    from diffusers import ContextParallelConfig

    # diffusers numbers processes by accelerators, of which the CPU counts as none: without this,
    # ZeroDivisionError in `_resolve_parallel_config`.
    torch.accelerator.device_count = lambda: 2
    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    torch.set_num_threads(1)
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/rendezvous", rank=rank, world_size=2
    )
    config = ContextParallelConfig(ulysses_degree=2)
    if order == "parallel first":
        made.transformer.enable_parallelism(config=config)
    handle = apply_alignvid(made.transformer, made.config())
    if order == "attached first":
        made.transformer.enable_parallelism(config=config)
    outputs = {timestep: made.at(timestep) for timestep in (ON, OFF)}
    handle.remove()
    torch.save((outputs, made.at(ON)), folder / f"{rank}.pt")
    torch.distributed.destroy_process_group()


@pytest.mark.parametrize("order", ["parallel first", "attached first"])
def test_two_processes_give_what_one_gives(order: str, forward_of: Any, tmp_path: Path) -> None:
    made = forward_of("wan2.1-i2v")
    plain = made.at(ON)
    handle = apply_alignvid(made.transformer, made.config())
    expected = {timestep: made.at(timestep) for timestep in (ON, OFF)}
    handle.remove()

    forked = multiprocessing.get_context("fork")
    workers = [
        forked.Process(target=in_parallel, args=(rank, tmp_path, made, order)) for rank in (0, 1)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(SECONDS)
        if worker.is_alive():
            worker.kill()

    assert [worker.exitcode for worker in workers] == [0, 0]
    for rank in (0, 1):
        outputs, removed = torch.load(tmp_path / f"{rank}.pt")
        for timestep, output in outputs.items():
            torch.testing.assert_close(output, expected[timestep], atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(removed, plain, atol=1e-5, rtol=1e-5)
        assert not torch.allclose(outputs[ON], plain, atol=1e-4)
