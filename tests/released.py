"""Released models' small files, for shrunken checkpoints; see the fixture `released_checkpoint`.

The files lie outside the project and are only read; where they are absent, tests skip.
"""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"
RELEASED_JUDGES = (
    "InternVL3-1B-hf",
    "Qwen2.5-VL-7B-Instruct",
    "Qwen3-VL-8B-Instruct",
    "SmolVLM2-500M-Video-Instruct",
    "llava-onevision-qwen2-0.5b-ov-hf",
)


def shared(path: str) -> Path:
    """A file or folder beside the project; skips where it is absent."""
    if not (SHARED / path).exists():
        pytest.skip(f"{SHARED / path} is absent")
    return SHARED / path
