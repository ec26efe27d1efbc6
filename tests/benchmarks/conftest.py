"""The benchmarks are scripts beside each other; the tests take their functions."""

from __future__ import annotations

import sys
from pathlib import Path

_FOLDER = str(Path(__file__).resolve().parents[2] / "benchmarks")
if _FOLDER not in sys.path:
    sys.path.append(_FOLDER)
