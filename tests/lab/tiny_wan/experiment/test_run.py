"""The plan, and going on where it was stopped."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from lab.tiny_wan.experiment.run import Job, Stamp, claim, plan, run
from lab.tiny_wan.experiment.settings import fixed_settings
from omiti2v.errors import UserError

STAMP = Stamp(model="sha256:00", world_seed=1, samples=6, steps=12)


def writing(path: Path, *, after: Path | None = None) -> Job:
    return Job(path, partial(path.write_text, "made"), 1.0, after)


def test_every_setting_and_seed_has_a_file_of_its_own(tmp_path: Path) -> None:
    jobs = plan(tmp_path, model=tmp_path, samples=6, seeds=3, variant_seeds=2)
    paths = [job.path for job in jobs]
    assert len(set(paths)) == len(paths)
    counts = {"control": 1, "main": 3, "variant": 2}
    # Two files of attention, one of examples, and the seeds of the measured blocks.
    assert len(paths) == sum(counts[one.group] for one in fixed_settings()) + 3 + 2


def test_what_needs_the_measured_blocks_comes_after_them(tmp_path: Path) -> None:
    jobs = plan(tmp_path, model=tmp_path, samples=6, seeds=1, variant_seeds=1)
    (blocks,) = {job.after for job in jobs if job.after}
    assert jobs[0].path == blocks


def test_only_what_is_missing_is_made(tmp_path: Path) -> None:
    there, missing = tmp_path / "a", tmp_path / "b"
    there.write_text("earlier")
    assert run([writing(there), writing(missing, after=there)], processes=1) == 0
    assert there.read_text() == "earlier"
    assert missing.read_text() == "made"


def test_nothing_is_begun_after_the_time(tmp_path: Path) -> None:
    assert run([writing(tmp_path / "a"), writing(tmp_path / "b")], processes=1, minutes=-1) == 2
    assert list(tmp_path.iterdir()) == []


def test_results_of_another_model_are_refused(tmp_path: Path) -> None:
    claim(tmp_path, STAMP)
    claim(tmp_path, STAMP)
    with pytest.raises(UserError, match=r"experiment\.json: .* give another --out"):
        claim(tmp_path, STAMP.model_copy(update={"model": "sha256:11"}))
