"""What people do to an attached model, on purpose or not, that is no step of a pipeline."""

from __future__ import annotations

import copy
import gc
import io
import pickle
import threading
import weakref
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


def in_two_threads(*work: tuple[Any, float]) -> list[list[torch.Tensor]]:
    """Outputs of forwards, each with its timestep, many times over and at the same time."""
    started = threading.Barrier(2)
    got: list[list[torch.Tensor]] = [[], []]

    def repeat(number: int, forward: Any, timestep: float) -> None:
        started.wait()
        got[number] = [forward.at(timestep) for _ in range(30)]

    threads = [threading.Thread(target=repeat, args=(n, *todo)) for n, todo in enumerate(work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


@pytest.mark.filterwarnings("ignore:AlignVid was off")
@pytest.mark.parametrize("models", [1, 2])
def test_two_threads_do_not_see_each_other(models: int, forward_of: Callable[[str], Any]) -> None:
    """One is on and one is off, on a model each or on the same."""
    first = forward_of("wan2.1-t2v")
    second = first if models == 1 else forward_of("wan2.1-t2v")
    for forward in {id(made): made for made in (first, second)}.values():
        apply_alignvid(forward.transformer, forward.config())
    expected = [first.at(ON), second.at(OFF)]
    outputs = in_two_threads((first, ON), (second, OFF))
    for alone, together in zip(expected, outputs, strict=True):
        assert len(together) == 30
        assert all(torch.equal(output, alone) for output in together)


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


# What really scaled


@pytest.fixture
def tiny() -> Any:
    return BUILDERS["wan2.1-i2v"]()


def settings(tiny: Any, **changes: Any) -> AlignVidConfig:
    return AlignVidConfig.preset("wan2.1-i2v", **{"blocks": tiny.blocks} | changes)


def test_the_site_calls_that_scaled_are_counted_by_step(tiny: Any) -> None:
    with alignvid(tiny.pipe, settings(tiny)) as handle:
        tiny.run()
    # Two blocks, two sites, two passes of guidance.
    assert [(step.on, step.acted) for step in handle.steps] == [
        (True, 8),
        (False, 0),
        (False, 0),
        (False, 0),
    ]
    assert handle.acted == 8


@pytest.mark.parametrize("modulation", ["energy", "conflict"])
def test_layers_that_scaled_by_their_logits_are_counted_too(modulation: Any, tiny: Any) -> None:
    with alignvid(tiny.pipe, settings(tiny, modulation=modulation)) as handle:
        tiny.run()
    assert [step.acted for step in handle.steps] == [4, 0, 0, 0]


def test_a_transformer_that_the_pipeline_does_not_call_is_warned_of(tiny: Any) -> None:
    plain = tiny.run()
    handle = apply_alignvid(copy.deepcopy(tiny.pipe.transformer), settings(tiny))
    assert torch.equal(tiny.run(), plain)
    with pytest.warns(UserWarning, match="attached to was never called"):
        handle.remove()
    assert handle.acted == 0


def test_a_transformer_replaced_while_attached_is_warned_of(tiny: Any) -> None:
    with (
        pytest.warns(UserWarning, match="modules were replaced while AlignVid was attached"),
        alignvid(tiny.pipe, settings(tiny)) as handle,
    ):
        tiny.run()
        counted = handle.acted
        tiny.pipe.transformer = copy.deepcopy(tiny.pipe.transformer)
        tiny.run()
    assert handle.acted == counted > 0


def test_sites_that_are_not_called_are_warned_of(forward_of: Callable[[str], Any]) -> None:
    forward = forward_of("wan2.1-t2v")
    handle = apply_alignvid(forward.transformer, forward.config())
    for block in forward.blocks:
        forward.transformer.blocks[block].attn2.norm_k = nn.Identity()
    forward.at(ON)
    assert [(step.on, step.acted) for step in handle.steps] == [(True, 0)]
    with (
        pytest.warns(UserWarning, match="modules were replaced"),
        pytest.warns(UserWarning, match="on at 1 of 1 steps, but scaled nothing"),
    ):
        handle.remove()


def test_removal_by_another_thread_waits_for_a_forward_that_runs(tiny: Any) -> None:
    transformer = tiny.pipe.transformer
    handle = apply_alignvid(transformer, settings(tiny))
    sites = [block.attn2.norm_k for block in transformer.blocks]
    remover = threading.Thread(target=handle.remove)
    swapped = []

    def remove_meanwhile(*_: Any) -> None:
        if not remover.ident:
            remover.start()
            remover.join(0.2)
            swapped.extend(is_swapped(site) for site in sites)

    hook = transformer.blocks[1].register_forward_pre_hook(remove_meanwhile)
    tiny.run()
    remover.join()
    hook.remove()
    assert swapped == [True, False, True, False]
    assert not any(map(is_swapped, sites))


def test_a_pipeline_made_from_an_attached_one_has_its_transformer(tiny: Any) -> None:
    plain = tiny.run()
    with alignvid(tiny.pipe, settings(tiny)):
        attached = tiny.run()
        other = type(tiny.pipe).from_pipe(tiny.pipe)
        assert other.transformer is tiny.pipe.transformer
        again = other(**tiny.call, generator=torch.Generator().manual_seed(0))[0]
        assert torch.equal(again, attached)
    again = other(**tiny.call, generator=torch.Generator().manual_seed(0))[0]
    assert torch.equal(again, plain)


def test_a_fraction_of_the_steps_of_a_scheduler_that_is_not_in_use_is_refused(tiny: Any) -> None:
    unused = type(tiny.pipe.scheduler).from_config(tiny.pipe.scheduler.config)
    handle = apply_alignvid(
        tiny.pipe.transformer, settings(tiny, window=FractionWindow(0, 0.3)), scheduler=unused
    )
    with pytest.raises(UserError, match="pass the scheduler that the pipeline uses"):
        tiny.run()
    handle.remove(quietly=True)


def test_a_scheduler_exchanged_while_attached_is_the_one_that_counts(tiny: Any) -> None:
    with alignvid(tiny.pipe, settings(tiny, window=FractionWindow(0, 0.3))) as handle:
        tiny.pipe.scheduler = type(tiny.pipe.scheduler).from_config(tiny.pipe.scheduler.config)
        tiny.run()
    assert [step.on for step in handle.steps] == [True, True, False, False]


def test_an_attached_model_that_nobody_holds_is_freed(forward_of: Callable[[str], Any]) -> None:
    forward = forward_of("wan2.1-t2v")
    model = weakref.ref(forward.transformer)
    apply_alignvid(forward.transformer, forward.config())
    forward.at(ON)
    del forward
    gc.collect()
    assert model() is None
