"""What AlignVid does to the attention of a model, and which blocks of a new model to choose."""

from __future__ import annotations

from alignvid_ref.analysis.attention_row import AttentionRow
from alignvid_ref.analysis.foreground import ForegroundPrompt, foreground_ratio, pseudo_rgb
from alignvid_ref.analysis.report import AttentionReport, attention_report
from alignvid_ref.analysis.selection import BlockSelection, select_blocks

__all__ = [
    "AttentionReport",
    "AttentionRow",
    "BlockSelection",
    "ForegroundPrompt",
    "attention_report",
    "foreground_ratio",
    "pseudo_rgb",
    "select_blocks",
]
