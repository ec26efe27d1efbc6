"""What children of the tests do."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any


def handle(request: dict[str, Any], descriptors: Sequence[int]) -> Any:
    match request["do"]:
        case "say":
            return {"said": request["words"], "pid": os.getpid()}
        case "read":
            return {"read": [os.pread(one, 100, 0).decode() for one in descriptors]}
        case "spin":
            while True:
                pass
        case "sleep":
            time.sleep(60)
        case "fill":
            return {"filled": len(bytearray(request["bytes"]))}
        case "fault":
            ctypes.string_at(0)
        case "leave":
            os._exit(0)
        case "raise":
            raise KeyError("what is wrong")
        case "talk":
            return {"said": "x" * request["bytes"]}
        case "write":
            Path(request["path"]).write_text("taken over")
        case "signal":  # as from others, once for each byte that can be read
            if os.read(descriptors[0], 1):
                os.kill(os.getpid(), signal.Signals[request["signal"]])
        case "count":
            return count(request["to"], descriptors)
    return {"pid": os.getpid()}


def count(to: int, descriptors: Sequence[int]) -> Generator[dict[str, Any], None, dict[str, Any]]:
    for number in range(to):
        yield {"number": number, "read": os.pread(descriptors[0], 1, 0).decode()}
    return {"counted": to}
