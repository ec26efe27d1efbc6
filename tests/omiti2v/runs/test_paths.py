"""Where things lie in a run folder: names that runs of other days have on disk too."""

from __future__ import annotations

from pathlib import Path

from omiti2v.runs import RunPaths


def test_the_files_of_a_run_have_these_names() -> None:
    paths = RunPaths(Path("run"))
    names = {name: str(path) for name, path in vars(paths).items() if name != "folder"}
    assert names == {
        "info": "run/run.json",
        "samples": "run/samples.jsonl",
        "responses": "run/responses.jsonl",
        "measurements": "run/measurements.jsonl",
        "videos": "run/videos.jsonl",
        "check": "run/check.json",
        "scores": "run/scores.json",
        "calibration": "run/calibration.json",
        "looks": "run/looks.jsonl",
        "report": "run/report.html",
        "strips": "run/strips",
        "references": "run/references",
    }
    assert paths.folder == Path("run")


def test_each_sample_has_two_pictures() -> None:
    paths = RunPaths(Path("run"))
    # A dot in an id is no suffix.
    assert paths.strip_path("s001.v2") == Path("run/strips/s001.v2.jpg")
    assert paths.reference_path("s001.v2") == Path("run/references/s001.v2.jpg")
