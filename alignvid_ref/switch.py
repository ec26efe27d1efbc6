"""What an attached model reads at run time: its switch, and the classes made for its modules.

A switch and its classes last as long as their model. Attached again, a model gets the classes it
had before, so that what `torch.compile` made of them still fits.
"""

from __future__ import annotations

import inspect
import threading
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn

from alignvid_ref.gate import Gate
from alignvid_ref.swap import Call, subclass

_OF_MODEL: WeakKeyDictionary[nn.Module, Switch] = WeakKeyDictionary()
_compiler: Any = torch.compiler  # untyped in part


def switch_of(model: nn.Module) -> Switch:
    """The switch of a model; the same one at each call."""
    return _OF_MODEL.setdefault(model, Switch())


class Switch:
    """Tells the sites of a model whether to scale, and counts those that did.

    It must not refer to the model, which would then never be freed.

    Attributes:
        on: Whether sites scale now. A plain bool, which costs compiled code one guard and two
            versions.
        gate: Decides at each forward; None while nothing is attached.
    """

    def __init__(self) -> None:
        self.on = False
        self.gate: Gate | None = None
        self._calls = 0
        self._in_compiled_code = False
        self._lock = threading.RLock()
        self._classes: dict[tuple[type[nn.Module], float | None], type[nn.Module]] = {}

    def release(self) -> None:
        """Turn off, once a forward that is running has ended."""
        with self._lock:
            self.on, self.gate = False, None

    def count(self) -> None:
        """Note that a site scaled.

        A counter in compiled code would be a guard that fails at each call. A store of a constant
        is none, so compiled code only says that it scaled, not how often.
        """
        if _compiler.is_compiling():
            self._in_compiled_code = True
        else:
            self._calls += 1

    def scaled(self, cls: type[nn.Module], factor: float) -> type[nn.Module]:
        """A subclass of a norm whose output is multiplied by `factor` while the switch is on."""

        def call(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            out = cls.__call__(module, *args, **kwargs)
            if not self.on:
                return out
            self.count()
            return out * factor

        return self._kept((cls, factor), call)

    def gated(self, cls: type[nn.Module], forward: Any) -> type[nn.Module]:
        """A subclass of a transformer, or of its compiled wrapper, that asks the gate first.

        Threads wait for each other, because the sites of a model share one switch.

        Args:
            cls: The class to derive from.
            forward: The transformer's own, whose signature says where the timestep is.
        """
        position = list(inspect.signature(forward).parameters).index("timestep") - 1  # without self

        # Where a whole transformer is compiled after this, the gate must still run in plain Python,
        # and what comes after it as compiled code.
        @_compiler.disable(recursive=False)  # type: ignore[untyped-decorator]
        def call(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            if self.gate is None:
                return cls.__call__(module, *args, **kwargs)
            with self._lock:
                self._enter(kwargs["timestep"] if "timestep" in kwargs else args[position])
                try:
                    return cls.__call__(module, *args, **kwargs)
                finally:
                    self._leave()

        return self._kept((cls, None), call)

    def _kept(self, key: tuple[type[nn.Module], float | None], call: Call) -> type[nn.Module]:
        if key not in self._classes:
            self._classes[key] = subclass(key[0], call)
        return self._classes[key]

    @_compiler.disable  # type: ignore[untyped-decorator]
    def _enter(self, timestep: Any) -> None:
        self._calls, self._in_compiled_code = 0, False
        if self.gate is not None:
            self.gate.enter(
                float(timestep.max() if isinstance(timestep, torch.Tensor) else timestep)
            )
            self.on = self.gate.on

    @_compiler.disable  # type: ignore[untyped-decorator]
    def _leave(self) -> None:
        if self.gate is not None and (self._calls or self._in_compiled_code):
            self.gate.count(self._calls or 1)
        # A wrapper and the model inside it may both be attached; only the inner one counts.
        self._calls, self._in_compiled_code = 0, False
        # Where a forward comes in by a way that no gate sees, off is right and the last step's
        # state is not. In training, gradient checkpointing runs blocks again after the forward.
        if not torch.is_grad_enabled():
            self.on = False
