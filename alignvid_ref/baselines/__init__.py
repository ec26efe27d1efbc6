"""Training-free methods to compare AlignVid with. Importing the package imports no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alignvid_ref.baselines.config import AlgConfig, BlurConfig, DymosConfig

if TYPE_CHECKING:
    from alignvid_ref.baselines.blurred_image import blur
    from alignvid_ref.baselines.first_frame import dymos
    from alignvid_ref.baselines.low_pass import alg
    from alignvid_ref.baselines.passes import count_passes

__all__ = ["AlgConfig", "BlurConfig", "DymosConfig", "alg", "blur", "count_passes", "dymos"]

_MODULES = {
    "alg": "low_pass",
    "blur": "blurred_image",
    "count_passes": "passes",
    "dymos": "first_frame",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
