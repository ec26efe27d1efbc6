"""Uploads that must not pass: by name, what is sent and a word of the refusal."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

Files = dict[str, bytes]


def zipped(files: Mapping[str, bytes], *, mode: Mapping[str, int] | None = None) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (mode or {}).get(name, 0o100644) << 16
            archive.writestr(info, data)
    return content.getvalue()


def files_of(run: Path) -> Files:
    return {f"run/{path.name}": path.read_bytes() for path in run.iterdir() if path.is_file()}


def changed(run: Path, name: str, change: Callable[[str], str]) -> bytes:
    files = files_of(run)
    files[f"run/{name}"] = change(files[f"run/{name}"].decode()).encode()
    return zipped(files)


def _forged_score(text: str) -> str:
    scores = json.loads(text)
    scores["scores"]["accuracy"]["value"] = 0.123
    return json.dumps(scores)


def _forged_judge(text: str) -> str:
    info = json.loads(text)
    info["judge"]["identity"]["protocol"] = "paper"
    return json.dumps(info)


def _other_edition(text: str) -> str:
    info = json.loads(text)
    info["edition"]["fingerprint"] = "0" * 64
    return json.dumps(info)


def hostile_zips(run: Path) -> dict[str, tuple[bytes, str]]:
    """Made of a run folder that by itself would pass."""
    files = files_of(run)
    deep = '{"a":' * 5000 + "1" + "}" * 5000
    return {
        "no zip": (b"MZ this is no zip", "zip"),
        "a bomb": (zipped({**files, "run/videos.jsonl": b"0" * (30 << 20)}), "times its size"),
        "a path upwards": (zipped({**files, "../evil.json": b"{}"}), "relative path"),
        "an absolute path": (zipped({**files, "/evil.json": b"{}"}), "relative path"),
        "a link": (
            zipped(
                {**files, "run/responses.jsonl": b"/etc/passwd"},
                mode={"run/responses.jsonl": 0o120777},
            ),
            "ordinary file",
        ),
        "an archive within": (zipped({"run/more.zip": b"PK"}), "an archive within"),
        "two runs": (zipped({**files, "other/run.json": b"{}"}), "expected one"),
        "not a number": (
            changed(
                run, "responses.jsonl", lambda text: text.replace('"p_yes":0.9', '"p_yes":NaN')
            ),
            "responses.jsonl",
        ),
        "deep JSON": (changed(run, "run.json", lambda text: deep), "run.json"),
        "an unknown field": (
            changed(run, "run.json", lambda text: text.replace("{", '{"evil": 1,', 1)),
            "unknown field",
        ),
        "a forged judge": (changed(run, "run.json", _forged_judge), "fingerprint"),
        "another edition": (changed(run, "run.json", _other_edition), "not one of this board"),
        "forged scores": (changed(run, "scores.json", _forged_score), "not what its log gives"),
    }
