"""AlignVid for unmodified diffusers pipelines. Importing the package imports no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alignvid_ref.config import AlignVidConfig, FractionWindow, TimestepWindow

if TYPE_CHECKING:
    from alignvid_ref.attach import AlignVidHandle, alignvid, apply_alignvid

__all__ = [
    "AlignVidConfig",
    "AlignVidHandle",
    "FractionWindow",
    "TimestepWindow",
    "alignvid",
    "apply_alignvid",
]


def __getattr__(name: str) -> Any:
    if name in ("AlignVidHandle", "alignvid", "apply_alignvid"):
        from alignvid_ref import attach

        return getattr(attach, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
