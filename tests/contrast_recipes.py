"""The recipe that tests of the contrast set share."""

from __future__ import annotations

from typing import Any

WIDTH, HEIGHT = 96, 64
BALL = (40, 24, 56, 40)
"""Where the picture's ball lies: left, top, right, bottom."""

EVENT = {"q1": "yes: it moves", "q2": "no: it is gone", "q3": "yes: the sky is blue"}
NOTHING = {"q1": "no: nothing moves", "q2": "yes: it is there", "q3": "yes: the sky is blue"}

LEAVES: dict[str, Any] = {
    "frames": 33,
    "layers": {
        "ball": {
            "kind": "piece",
            "mask": "ball",
            "path": [{"t": 0.2}, {"t": 0.8, "x": 1.0}],
        }
    },
    "clips": {
        "right": {"answers": EVENT},
        "pops_up": {
            "breaks": ["f2"],
            "change": {
                "ball": None,
                "gone": {"kind": "erase", "mask": "ball", "time": [0.4, 0.6]},
            },
            "answers": {**EVENT, "q1": "no: it fades on its spot"},
        },
        "still": {"breaks": ["f1", "f2"]},
        "camera_only": {"breaks": ["f1", "f2"], "camera": {"zoom": 1.2}},
    },
}
"""The recipe that all three samples have, less their ids."""
