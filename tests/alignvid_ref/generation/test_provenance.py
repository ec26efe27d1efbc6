"""What is written beside the videos, byte for byte, and what is read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from alignvid_ref.generation.provenance import (
    VideoRecord,
    input_digest,
    installed_versions,
    log_path,
    read_provenance,
    require_same_settings,
    write_submission_file,
)
from alignvid_ref.generation.settings import GenerationSettings
from alignvid_ref.generation.shards import WHOLE, Shard
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.records import write_records

SETTINGS = GenerationSettings(
    method="alignvid",
    seed=7,
    fit="exact",
    height=32,
    width=32,
    frames=5,
    fps=8,
    backbone="wan",
    revision="r",
    pipeline="WanImageToVideoPipeline",
    steps=2,
    alignvid="{}",
)


def record(sample_id: str, **changes: Any) -> VideoRecord:
    fields: dict[str, Any] = {
        "sample_id": sample_id,
        "file": f"{sample_id}.mp4",
        "sha256": "0" * 64,
        "input_sha256": "0" * 64,
        "edition": "e",
        "edition_fingerprint": "0" * 64,
        "seed": 1,
        "height": 32,
        "width": 32,
        "settings": SETTINGS,
        "versions": {},
        "seconds": 0.5,
    }
    return VideoRecord(**fields | changes)


def test_the_submission_file_says_how_the_videos_were_made(tmp_path: Path) -> None:
    write_submission_file(tmp_path, SETTINGS)
    assert (tmp_path / "submission.yaml").read_text() == (
        "# Fill in contact, license and links before you hand the folder in.\n"
        "name: wan + alignvid\n"
        "method: alignvid\n"
        "backbone: wan\n"
        "revision: r\n"
        "settings:\n"
        "  fit: exact\n"
        "  height: 32\n"
        "  width: 32\n"
        "  frames: 5\n"
        "  fps: 8\n"
        "  pipeline: WanImageToVideoPipeline\n"
        "  steps: 2\n"
        "  alignvid: '{}'\n"
        "seed: 7\n"
    )


def test_each_shard_has_a_log_of_its_own() -> None:
    assert log_path(Path("f"), WHOLE) == Path("f/provenance.jsonl")
    assert log_path(Path("f"), Shard(1, 4)) == Path("f/provenance-2-of-4.jsonl")


def test_records_of_all_shards_are_read_and_those_without_a_video_dropped(tmp_path: Path) -> None:
    write_records(tmp_path / "provenance-1-of-2.jsonl", [record("a"), record("gone")])
    write_records(tmp_path / "provenance-2-of-2.jsonl", [record("b"), record("late")])
    for name in ("a", "b"):
        (tmp_path / f"{name}.mp4").write_bytes(b"")
    other = (tmp_path / "provenance-2-of-2.jsonl").read_bytes()
    assert sorted(read_provenance(tmp_path, Shard(0, 2))) == ["a", "b"]
    assert "gone" not in (tmp_path / "provenance-1-of-2.jsonl").read_text()
    # Another process may be about to write that video.
    assert (tmp_path / "provenance-2-of-2.jsonl").read_bytes() == other


def test_the_latest_record_of_a_sample_counts(tmp_path: Path) -> None:
    write_records(tmp_path / "provenance.jsonl", [record("a", seed=1), record("a", seed=2)])
    (tmp_path / "a.mp4").write_bytes(b"")
    assert read_provenance(tmp_path, WHOLE)["a"].seed == 2
    assert len((tmp_path / "provenance.jsonl").read_text().splitlines()) == 1


def test_videos_made_with_other_settings_are_named(tmp_path: Path) -> None:
    require_same_settings(tmp_path, SETTINGS, {"a": record("a")})
    changed = SETTINGS.model_copy(update={"steps": 3})
    with pytest.raises(UserError, match=r"a.mp4: made with other settings: steps 2 there, 3 asked"):
        require_same_settings(tmp_path, changed, {"a": record("a")})


def test_the_input_is_the_prompt_and_the_image(edition: Edition) -> None:
    first, second = edition.samples[:2]
    image = "1" * 64
    assert input_digest(first, image) == input_digest(first, image)
    others = {input_digest(second, image), input_digest(first, "2" * 64)}
    assert len(others | {input_digest(first, image)}) == 3


def test_versions_of_the_models_libraries_are_told_where_a_model_took_part() -> None:
    assert {"torch", "diffusers"} <= installed_versions(SETTINGS).keys()
    control = SETTINGS.model_copy(update={"backbone": None})
    assert not {"torch", "diffusers"} & installed_versions(control).keys()
    assert "omiti2v" in installed_versions(control)
