"""Model-free metrics and checks on clips whose answers are known: does each say what it is called?

    python -m lab.contrast.metric_trial CONTRAST -o docs/contrast/metrics.jsonl

CONTRAST is what `omiti2v data contrast` wrote. Resumable: clips that are in the file already are
not measured again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from evaluators.check import VideoChecker
from evaluators.contrast.recipe import CLIP_KINDS
from evaluators.contrast.store import ClipLine
from evaluators.frames import decode_video
from evaluators.metrics.base import Observation
from evaluators.metrics.motion import MOTION
from evaluators.metrics.reference import FIRST_FRAME
from evaluators.metrics.stillness import STILLNESS
from evaluators.reference_images import load_image
from lab.tables import markdown
from omiti2v.editions import load_edition_folder
from omiti2v.records import Record, read_records, write_records
from omiti2v.takes import SampleVideo

METRICS = (FIRST_FRAME, MOTION, STILLNESS)
KEPT_EVERY = 20

SHOWN = {
    "first_frame_agreement": "first frame agrees",
    "dynamic_degree_dis": "dynamic",
    "motion_magnitude_dis": "motion",
    "frozen_frame_share": "frozen frames",
}
FOUND = ("cut", "flicker", "poor-match", "swapped")


class MeasuredClip(Record):
    """What metrics and checks say of a clip: values by name, codes of findings."""

    clip: str
    frames_sha256: str
    values: dict[str, float]
    findings: tuple[str, ...]


def main(
    contrast: Path,
    output: Annotated[Path, typer.Option("--output", "-o")] = Path("docs/contrast/metrics.jsonl"),
) -> None:
    """Measure all clips; `lab.contrast tables` makes the table of them."""
    edition = load_edition_folder(contrast / "edition")
    checker = VideoChecker(edition)
    done = (
        {row.frames_sha256: row for row in read_records(output, MeasuredClip)}
        if output.exists()
        else {}
    )
    rows = []
    for number, line in enumerate(read_records(contrast / "clips.jsonl", ClipLine)):
        sample_id = line.clip.split("/")[0]
        if line.frames_sha256 not in done:
            sample = edition.by_id[sample_id]
            path = contrast / line.video
            video = decode_video(path)
            seen = Observation(
                sample=sample, video=video, reference=load_image(edition.image_path(sample))
            )
            values = {
                name: round(value, 4)
                for metric in METRICS
                for name, value in metric.measure(seen).items()
            }
            report = checker.check(SampleVideo(sample), video, file=path.name)
            done[line.frames_sha256] = MeasuredClip(
                clip=line.clip,
                frames_sha256=line.frames_sha256,
                values=values,
                findings=tuple(sorted({finding.code for finding in report.findings})),
            )
        rows.append(done[line.frames_sha256].model_copy(update={"clip": line.clip}))
        if number % KEPT_EVERY == 0:
            write_records(output, list(done.values()))
    write_records(output, rows)


def metric_table(rows: Sequence[MeasuredClip]) -> str:
    """Means of the metrics, and shares of clips with a finding, by kind of clip."""
    by_kind: Mapping[str, list[MeasuredClip]] = defaultdict(list)
    for row in rows:
        by_kind[row.clip.split("/")[1]].append(row)
    cells = []
    for kind in CLIP_KINDS:
        if not by_kind[kind]:
            continue
        own = by_kind[kind]
        means = [f"{np.mean([row.values[name] for row in own]):.2f}" for name in SHOWN]
        shares = [f"{np.mean([code in row.findings for row in own]):.0%}" for code in FOUND]
        cells.append([kind.replace("_", " "), str(len(own)), *means, *shares])
    head = ["clip", "number", *SHOWN.values(), *(f"found: {code}" for code in FOUND)]
    return markdown(head, cells)


if __name__ == "__main__":
    typer.run(main)
