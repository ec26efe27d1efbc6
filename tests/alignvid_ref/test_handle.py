"""What people do to an attached model, on purpose or not, that is no step of a pipeline."""

from __future__ import annotations

import copy
import io
import pickle
import threading
from collections.abc import Callable
from typing import Any

import pytest
import torch
from tiny_pipelines import BUILDERS
from torch import nn

from alignvid_ref import AlignVidConfig, FractionWindow, alignvid, apply_alignvid
from alignvid_ref.presets import PRESETS
from alignvid_ref.swap import is_swapped
from omiti2v.errors import UserError

ON, OFF = 950.0, 800.0


@pytest.mark.parametrize("modulation", ["scalar", "conflict"])
def test_a_copy_of_an_attached_model_is_plain_and_can_be_attached(
    modulation: str, forward_of: Callable[[str], Any]
) -> None:
    forward = forward_of("wan2.1-i2v")
    plain = forward.at(ON)
    config = forward.config(modulation=modulation)
    handle = apply_alignvid(forward.transformer, config)
    attached = forward.at(ON)  # the gate is on while the copy is made

    copied = copy.deepcopy(forward.transformer)

    assert not any(is_swapped(module) for module in copied.modules())
    assert torch.equal(forward.at(ON, copied), plain)
    apply_alignvid(copied, config)
    handle.remove()
    assert torch.equal(forward.at(ON, copied), attached)
    assert torch.equal(forward.at(ON), plain)


def test_an_attached_model_is_pickled_as_the_plain_one(forward_of: Callable[[str], Any]) -> None:
    forward = forward_of("wan2.1-t2v")
    plain = forward.at(ON)
    apply_alignvid(forward.transformer, forward.config())
    file = io.BytesIO()
    torch.save(forward.transformer, file)
    file.seek(0)
    loaded = torch.load(file, weights_only=False)
    assert torch.allclose(forward.at(ON, loaded), plain, atol=1e-6)
    assert not torch.equal(forward.at(ON), plain)


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_settings_can_be_pickled_hashed_and_compared(name: str) -> None:
    config = AlignVidConfig.preset(name, window=FractionWindow(0.1, 0.2))
    again = pickle.loads(pickle.dumps(config))  # noqa: S301  # made a line before
    assert again == config
    assert len({again, config}) == 1


def test_a_forward_that_fails_leaves_the_next_one_right(forward_of: Callable[[str], Any]) -> None:
    forward = forward_of("wan2.1-t2v")
    plain_off = forward.at(OFF)
    handle = apply_alignvid(forward.transformer, forward.config())
    expected = forward.at(ON)

    def fail(*_: Any) -> None:
        raise RuntimeError("out of memory")

    hook = forward.transformer.blocks[2].register_forward_pre_hook(fail)
    with pytest.raises(RuntimeError, match="out of memory"):
        forward.at(ON)
    hook.remove()
    assert torch.equal(forward.at(OFF), plain_off)
    assert torch.equal(forward.at(ON), expected)
    handle.remove()
    assert torch.equal(forward.at(OFF), plain_off)


def test_a_block_inside_a_block_is_refused_and_both_leave_nothing() -> None:
    tiny = BUILDERS["wan2.1-t2v"]()
    config = AlignVidConfig.preset("wan2.1-t2v", blocks=tiny.blocks)
    plain = tiny.run()
    with alignvid(tiny.pipe, config):
        attached = tiny.run()
        with (
            pytest.raises(UserError, match="already; remove it first"),
            alignvid(tiny.pipe, config),
        ):
            pass
        assert torch.equal(tiny.run(), attached)
    assert torch.equal(tiny.run(), plain)


def test_models_in_two_threads_do_not_see_each_other(forward_of: Callable[[str], Any]) -> None:
    """One is on and one is off, at the same time, many times over."""
    expected, got = {}, {}
    started = threading.Barrier(2)
    work = []
    for timestep in (ON, OFF):
        forward = forward_of("wan2.1-t2v")
        apply_alignvid(forward.transformer, forward.config())
        expected[timestep] = forward.at(timestep)

        def repeat(forward: Any = forward, timestep: float = timestep) -> None:
            started.wait()
            got[timestep] = [forward.at(timestep) for _ in range(20)]

        work.append(threading.Thread(target=repeat))
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    for timestep, outputs in got.items():
        assert all(torch.equal(output, expected[timestep]) for output in outputs)


def test_a_pipeline_saved_while_attached_loads_as_the_plain_one(tmp_path: Any) -> None:
    tiny = BUILDERS["wan2.1-t2v"]()
    plain = tiny.run()
    with alignvid(tiny.pipe, AlignVidConfig.preset("wan2.1-t2v", blocks=tiny.blocks)):
        tiny.run()
        tiny.pipe.save_pretrained(tmp_path)
    loaded = type(tiny.pipe).from_pretrained(tmp_path)
    loaded.set_progress_bar_config(disable=True)
    again = loaded(**tiny.call, generator=torch.Generator().manual_seed(0))[0]
    assert type(loaded.transformer) is type(tiny.pipe.transformer)
    torch.testing.assert_close(again, plain, atol=1e-5, rtol=1e-5)


def test_a_class_exchanged_by_others_meanwhile_is_kept_and_alignvid_is_off(
    forward_of: Callable[[str], Any], caplog: pytest.LogCaptureFixture
) -> None:
    forward = forward_of("wan2.1-t2v")
    plain = forward.at(ON)
    handle = apply_alignvid(forward.transformer, forward.config())
    norm: nn.Module = forward.transformer.blocks[0].attn2.norm_k
    theirs = type("Sharded", (type(norm),), {})
    norm.__class__ = theirs
    assert not torch.equal(forward.at(ON), plain)
    handle.remove()
    assert type(norm) is theirs
    assert torch.equal(forward.at(ON), plain)
    assert "Sharded was changed while AlignVid was attached" in caplog.text
