"""Change what a module does by changing its class, and change it back.

Why not a hook or an attention processor: hooks are skipped or mistraced under `torch.compile` and
lost under offloading, and a processor keeps state that it overwrites on removal. A class is looked
up on every call, survives all of these, and leaves nothing in the module (README.md has the table).
`torch.nn.utils.parametrize` works the same way.
"""

from __future__ import annotations

import copyreg
import logging
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from torch import nn

_log = logging.getLogger(__name__)

Call = Callable[..., Any]
Remove = Callable[[], None]

# How objects are copied and pickled under protocol 2 and up, and under 0 and 1.
_NEW: Any = vars(copyreg)["__newobj__"]
_RECONSTRUCT: Any = vars(copyreg)["_reconstructor"]

_MARK = "_alignvid"
_PLAIN = "_class_before_all_swaps"

# Of a module, by id: the class that was to be removed while another lay over it, and the one below.
_Covered = dict[int, tuple[type[nn.Module], type[nn.Module]]]
_COVERED: WeakKeyDictionary[nn.Module, _Covered] = WeakKeyDictionary()


def swap_class(module: nn.Module, cls: type[nn.Module]) -> Remove:
    """Give `module` a class made by `subclass`.

    Returns:
        A function that undoes it. Under a class that came later from here it goes with that one;
        one that somebody else put over it stays.
    """
    original = type(module)
    _COVERED.get(module, {}).pop(id(cls), None)
    # Through `object`, because OptimizedModule sends attributes on to the module that it wraps.
    object.__setattr__(module, "__class__", cls)

    def remove() -> None:
        under, covered = original, _COVERED.get(module, {})
        while id(under) in covered:
            _, under = covered.pop(id(under))
        if type(module) is cls:
            object.__setattr__(module, "__class__", under)
        elif _PLAIN in vars(type(module)) and cls in type(module).__mro__:
            _COVERED.setdefault(module, {})[id(cls)] = cls, under
        else:
            # As FSDP does. Putting the original back would undo that too; being off is enough.
            _log.warning(
                "the class of a %s was changed while AlignVid was attached; left as it is",
                type(module).__name__,
            )

    return remove


def is_swapped(module: nn.Module, *, mark: str = _MARK) -> bool:
    """Whether `module` has a class that `subclass` made with this mark, AlignVid's by default."""
    return hasattr(type(module), mark)


def subclass(cls: type[nn.Module], call: Call, *, mark: str = _MARK) -> type[nn.Module]:
    """A subclass of `cls` with another `__call__`.

    It overrides `__call__` and not `forward`, because offloading and caching hooks put their own
    `forward` on the instance, where it would hide that of the class. Copies and pickles of the
    module are of the plain class, under whatever else was made of it, and it counts as equal to
    that: `DiffusionPipeline.from_pipe` keeps only components whose exact type is among those that
    it expects.

    Args:
        cls: The class of the module, which may be made by `subclass` too.
        call: Takes the module, then what the module was called with.
        mark: An attribute by which the class is known.
    """
    plain = getattr(cls, _PLAIN, cls)

    def reduce(self: nn.Module, protocol: Any) -> Any:
        # A copy is of the original class: nobody would hold the handle that restores it.
        reduced: Any = cls.__reduce_ex__(self, protocol)
        function, arguments, *rest = reduced
        if function in (_NEW, _RECONSTRUCT):
            # `pickle` insists that this one gets the object's own class.
            return _RECONSTRUCT, (plain, object, None), *rest
        return plain if function is type(self) else function, arguments, *rest

    metaclass: Any = type(
        type(cls).__name__,
        (type(cls),),
        {
            "__eq__": lambda self, other: other is self or other is plain,
            "__hash__": lambda self: hash(plain),
        },
    )
    # The same name, so that a pipeline saved while AlignVid is attached names the real class, and
    # so that diffusers still finds its blocks by class name.
    swapped: type[nn.Module] = metaclass(
        cls.__name__,
        (cls,),
        {
            "__call__": call,
            "__reduce_ex__": reduce,
            "__module__": cls.__module__,
            "__qualname__": cls.__qualname__,
            "__doc__": cls.__doc__,
            _PLAIN: plain,
            mark: True,
        },
    )
    return swapped
