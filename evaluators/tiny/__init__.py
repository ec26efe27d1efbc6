"""The tiny judge: its weights, and what they were trained to look at. Training is in `lab`."""

from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights"
SIDE = 64
"""Height and width of the frames, in pixels."""
FRAMES = 8
"""Frames a clip."""
