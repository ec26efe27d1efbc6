"""Model-free metrics of the authors' published pairs of videos, as a Markdown table.

Usage: python -m lab.benchmarks.demo_videos VIDEOS, which holds <backbone>/<variant>/<n>.mp4 with
the variants `original` (backbone alone) and `ours` (with AlignVid).
"""

from __future__ import annotations

import sys
from pathlib import Path

from evaluators.frames import decode_video
from evaluators.metrics import MODEL_FREE_METRICS, Observation
from lab.tables import markdown
from omiti2v.samples import Question, Sample

_SAMPLE = Sample(
    id="any",
    image="any.png",
    prompt="None of these metrics reads it",
    category="addition",
    questions=(Question(id="q", question="?", dimension="any", expected_answer="yes"),),
)


def main(videos: Path) -> None:
    names = [quantity.name for metric in MODEL_FREE_METRICS for quantity in metric.quantities]
    rows = []
    for original in sorted(videos.glob("*/original/*.mp4")):
        backbone = original.parent.parent
        reference = decode_video(original).frames[0]
        for variant in ("original", "ours"):
            video = decode_video(backbone / variant / original.name)
            values: dict[str, float] = {}
            for metric in MODEL_FREE_METRICS:
                values |= metric.measure(Observation(video, reference, _SAMPLE))
            cells = [f"{values[name]:.3f}" for name in names]
            rows.append([f"{backbone.name}/{original.stem}", variant, *cells])
    print(markdown(["pair", "variant", *names], rows, left=2))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
