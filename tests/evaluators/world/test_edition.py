"""A world on disk: edition, submission, video files."""

from __future__ import annotations

import json
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import yaml

from evaluators.world import (
    Behaviour,
    Nuisances,
    make_scenes,
    render_frames,
    render_reference,
    write_edition,
    write_mp4,
    write_submission,
)
from omiti2v.errors import UserError
from omiti2v.records import read_records
from omiti2v.samples import Sample


def read_mp4(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        return np.stack([f.to_ndarray(format="rgb24") for f in container.decode(video=0)])


def test_an_edition_has_its_samples_its_name_and_the_reference_images(tmp_path: Path) -> None:
    scenes = make_scenes(6, seed=2)
    write_edition(tmp_path, scenes)
    assert read_records(tmp_path / "samples.jsonl", Sample) == [scene.sample for scene in scenes]
    assert json.loads((tmp_path / "edition.json").read_text()) == {"name": "known-answer"}
    for scene in scenes:
        image = cv2.imread(str(tmp_path / scene.sample.image))
        assert np.array_equal(image[..., ::-1], render_reference(scene.stage))


def test_a_submission_has_a_video_for_each_sample_and_says_what_it_is(tmp_path: Path) -> None:
    scenes = make_scenes(3, seed=2)
    write_submission(tmp_path, scenes, "done", name="edit done")
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
        [*(f"{scene.sample.id}.mp4" for scene in scenes), "submission.yaml"]
    )
    about = yaml.safe_load((tmp_path / "submission.yaml").read_text())
    assert about["name"] == "edit done"
    assert set(about) == {"name", "method", "backbone", "settings", "seed", "licence"}


def test_videos_decode_to_nearly_the_rendered_frames(tmp_path: Path) -> None:
    (scene,) = make_scenes(1, seed=2)
    for behaviour in ("done", "blank"):
        frames = render_frames(scene.stage, behaviour)
        write_mp4(tmp_path / "x.mp4", frames, fps=8)
        decoded = read_mp4(tmp_path / "x.mp4")
        assert decoded.shape == frames.shape
        # Thin coloured edges lose half of their colour's resolution in yuv420p.
        assert np.abs(decoded.astype(int) - frames).mean() < 4


def test_equal_frames_give_equal_files_and_a_higher_crf_smaller_ones(tmp_path: Path) -> None:
    frames = render_frames(make_scenes(1, seed=2)[0].stage, "done")
    for name, crf in (("a", 18), ("b", 18), ("c", 40)):
        write_mp4(tmp_path / name, frames, fps=8, crf=crf)
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b
    assert len(c) < len(a)


def test_each_sample_can_have_a_behaviour_of_its_own(tmp_path: Path) -> None:
    scenes = make_scenes(2, seed=2)
    mixed: dict[str, Behaviour] = {scenes[0].sample.id: "done", scenes[1].sample.id: "blank"}
    write_submission(tmp_path, scenes, mixed, name="mixed")
    first, second = (read_mp4(tmp_path / f"{scene.sample.id}.mp4") for scene in scenes)
    assert first[-1].mean() > 50
    assert second[-1].mean() < 5


def test_compression_is_a_nuisance_of_the_submission(tmp_path: Path) -> None:
    scenes = make_scenes(1, seed=2)
    for name, crf in (("fine", 10), ("coarse", 45)):
        write_submission(tmp_path / name, scenes, "done", name=name, nuisances=Nuisances(crf=crf))
    fine, coarse = (next((tmp_path / n).glob("*.mp4")) for n in ("fine", "coarse"))
    assert coarse.stat().st_size < fine.stat().st_size


@pytest.mark.parametrize("shape", [(0, 64, 64, 3), (8, 63, 64, 3), (8, 64, 64), (8, 64, 64, 4)])
def test_frames_of_a_wrong_form_are_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="frames: expected"):
        write_mp4(tmp_path / "x.mp4", np.zeros(shape, dtype=np.uint8), fps=8)


def test_a_folder_that_can_t_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    frames = np.zeros((8, 64, 64, 3), dtype=np.uint8)
    with pytest.raises(UserError, match="file"):
        write_mp4(tmp_path / "file" / "x.mp4", frames, fps=8)
