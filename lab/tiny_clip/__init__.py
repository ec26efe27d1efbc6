"""A tiny open_clip model that knows the known-answer world, for trying the CLIP metrics offline."""

from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights"
"""The trained model's folder: an ordinary open_clip checkpoint folder with its tokenizer."""

__all__ = ["WEIGHTS"]
