"""A class exchanged and put back, on a plain module."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
import torch
from torch import nn

from alignvid_ref.swap import is_swapped, subclass, swap_class


def doubled(cls: type[nn.Module]) -> type[nn.Module]:
    def call(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
        return 2 * cls.__call__(self, *args, **kwargs)

    return subclass(cls, call)


def test_a_swapped_module_does_something_else_under_its_own_name_until_it_is_put_back() -> None:
    module, x = nn.Identity(), torch.ones(2)
    attributes = dict(vars(module))
    remove = swap_class(module, doubled(nn.Identity))
    assert is_swapped(module)
    assert torch.equal(module(x), 2 * x)
    assert type(module).__name__ == "Identity"
    assert isinstance(module, nn.Identity)
    # As diffusers asks before it takes over a component, and to find what it knows of a block.
    assert type(module) in (nn.Linear, nn.Identity)
    assert {nn.Identity: 1}[type(module)] == 1
    assert type(module) not in (nn.Linear,)
    remove()
    assert type(module) is nn.Identity
    assert not is_swapped(module)
    assert torch.equal(module(x), x)
    assert dict(vars(module)) == attributes


def test_the_forward_that_others_put_on_the_module_is_still_run() -> None:
    module = nn.Identity()
    module.forward = lambda x: x + 1  # type: ignore[method-assign]
    swap_class(module, doubled(nn.Identity))
    assert float(module(torch.tensor(1.0))) == 4.0


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_of_a_swapped_module_is_plain(protocol: int) -> None:
    module = nn.Linear(2, 2)
    swap_class(module, doubled(nn.Linear))
    again = pickle.loads(pickle.dumps(module, protocol))  # noqa: S301  # made a line before
    assert type(again) is type(copy.deepcopy(module)) is nn.Linear
    assert torch.equal(again.weight, module.weight)


def test_a_class_that_others_exchanged_meanwhile_is_left_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    module = nn.Identity()
    remove = swap_class(module, doubled(nn.Identity))
    theirs = type("Sharded", (nn.Identity,), {})
    module.__class__ = theirs
    remove()
    assert type(module) is theirs
    assert "the class of a Sharded was changed while AlignVid was attached" in caplog.text


def test_of_two_swaps_the_inner_stays_under_the_outer_and_goes_with_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    module, x = nn.Identity(), torch.ones(1)
    inner = swap_class(module, doubled(nn.Identity))
    outer = swap_class(module, doubled(type(module)))
    inner()
    assert torch.equal(module(x), 4 * x)
    outer()
    assert type(module) is nn.Identity
    assert not caplog.text
