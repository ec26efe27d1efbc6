"""Where things lie in a run folder."""

from __future__ import annotations

from pathlib import Path


class RunPaths:
    """The files of a run folder.

    Args:
        folder: The run folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.info = folder / "run.json"
        self.samples = folder / "samples.jsonl"
        self.responses = folder / "responses.jsonl"
        self.measurements = folder / "measurements.jsonl"
        self.videos = folder / "videos.jsonl"
        self.check = folder / "check.json"
        self.scores = folder / "scores.json"
        self.calibration = folder / "calibration.json"
        self.looks = folder / "looks.jsonl"
        self.report = folder / "report.html"
        self.strips = folder / "strips"
        self.references = folder / "references"

    def strip_path(self, video_id: str) -> Path:
        """Frames of a video, side by side; see `omiti2v.takes` for its id."""
        return self.strips / f"{video_id}.jpg"

    def reference_path(self, sample_id: str) -> Path:
        """The sample's reference image, small."""
        return self.references / f"{sample_id}.jpg"
