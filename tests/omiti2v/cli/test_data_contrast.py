"""`omiti2v data contrast`: the clips of the contrast set, whole, in part, and in shards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tiny_contrast import tiny_contrast

from evaluators.contrast import contrast_set
from evaluators.contrast.store import ClipLine
from omiti2v.editions import Edition, load_edition_folder
from omiti2v.errors import UserError
from omiti2v.records import read_records
from omiti2v.samples import Sample

Invoke = Callable[..., Any]


@pytest.fixture(autouse=True)
def _small_set(
    invoke: Invoke,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make_edition: Callable[..., Edition],
    make_samples: Callable[..., Sequence[Sample]],
) -> None:
    found = tiny_contrast(tmp_path / "set", make_edition, make_samples, count=4)
    monkeypatch.setattr(contrast_set, "load_contrast", lambda: found)


def clips_in(folder: Path) -> set[str]:
    return {line.clip for line in read_records(folder / "clips.jsonl", ClipLine)}


def test_it_writes_an_edition_and_a_submission_for_each_kind(
    invoke: Invoke, tmp_path: Path
) -> None:
    said = invoke("data", "contrast", "-o", "out").stderr
    assert len(clips_in(tmp_path / "out")) == 14
    assert "out: 14 clips of 4 samples" in said
    assert len(load_edition_folder(tmp_path / "out" / "edition").samples) == 4
    kinds = {path.name for path in (tmp_path / "out" / "videos").iterdir()}
    assert kinds == {"right", "wrong_attribute", "too_late", "still"}


def test_each_kind_can_be_scored_as_a_submission(invoke: Invoke) -> None:
    invoke("data", "contrast", "-o", "out")
    for kind in ("right", "still"):
        said = invoke("check", f"out/videos/{kind}", "--edition", "out/edition").stdout
        assert f"contrast: {kind}: 4 of 4 samples" in said


def test_shards_are_disjoint_and_make_up_the_whole(invoke: Invoke, tmp_path: Path) -> None:
    parts = []
    for number in (1, 2):
        invoke("data", "contrast", "-o", f"part{number}", "--shard", f"{number}/2")
        parts.append(clips_in(tmp_path / f"part{number}"))
    invoke("data", "contrast", "-o", "whole")
    assert not parts[0] & parts[1]
    assert parts[0] | parts[1] == clips_in(tmp_path / "whole")


def test_a_limit_takes_some_samples_with_all_their_clips(invoke: Invoke, tmp_path: Path) -> None:
    invoke("data", "contrast", "-o", "out", "--limit", 2)
    samples = {clip.split("/")[0] for clip in clips_in(tmp_path / "out")}
    assert len(samples) == 2


def test_a_shard_of_another_form_is_one_line(invoke: Invoke) -> None:
    with pytest.raises(UserError, match="--shard: expected i/n with i from 1 to n"):
        invoke("data", "contrast", "--shard", "3/2")
