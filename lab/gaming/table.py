"""What clips made to win get, and what is found. See `python -m lab.gaming.table --help`."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from evaluators.frames import decode_video, sample_frames
from evaluators.judges import Judge
from evaluators.judges.reframed import ReframedJudge
from evaluators.tiny.judge import tiny_judge
from evaluators.world import Scene, make_scenes
from lab.gaming.clips import KINDS, SETTINGS, make_clip
from lab.gaming.false_alarms import findings_of
from lab.tables import fill, markdown
from leaderboard.entries.rejudge import draw_phase
from omiti2v.bootstrap import Ratio
from omiti2v.intervals import ratio_interval
from omiti2v.mp4 import write_mp4
from omiti2v.outcomes import sample_outcome

CODES = ("cut", "flicker", "frozen")
SEED = 900
PAGE = Path("docs/gaming.md")
Rows = Sequence[Mapping[str, object]]


def succeeds(judge: Judge, scene: Scene, path: Path) -> bool:
    """Whether a judge says that a clip does its edit."""
    clip = sample_frames(decode_video(path), judge.frame_rule)
    questions = scene.sample.questions
    given = judge.judge(clip, [question.question for question in questions])
    answers = {q.id: one.answer for q, one in zip(questions, given, strict=True)}
    return sample_outcome(scene.sample, answers) == "success"


def measure(scenes: int, out: Path) -> None:
    """Append a row for each clip that is not there yet."""
    judge = tiny_judge()
    other = ReframedJudge(judge, draw_phase(0))
    done = len(out.read_text().splitlines()) if out.exists() else 0
    made = make_scenes(scenes, seed=SEED, settings=SETTINGS)
    with out.open("a") as log, tempfile.TemporaryDirectory() as place:
        path = Path(place) / "clip.mp4"
        for scene, kind in [(scene, kind) for scene in made for kind in KINDS][done:]:
            frames = make_clip(scene, kind, judge.frame_rule)
            write_mp4(path, frames, fps=SETTINGS.fps)
            row = {
                "kind": kind,
                "own": succeeds(judge, scene, path),
                "other": succeeds(other, scene, path),
                **findings_of(path),
            }
            log.write(json.dumps(row) + "\n")
            log.flush()


def by_kind(rows: Rows) -> dict[str, dict[str, int]]:
    """How many clips of each kind are so, by what the rows say, and how many there are."""
    table: dict[str, dict[str, int]] = {}
    for row in rows:
        counts = table.setdefault(str(row["kind"]), {"clips": 0})
        counts["clips"] += 1
        for name, value in row.items():
            if name != "kind":
                counts[name] = counts.get(name, 0) + bool(value)
    return table


def gaming_table(rows: Rows) -> str:
    """Success on both choices of frames and the findings, in percent."""
    table = by_kind(rows)
    names = ("own", "other", *CODES)
    cells = [
        (kind, *(f"{100 * counts[name] / counts['clips']:.0f}" for name in names), counts["clips"])
        for kind, counts in table.items()
    ]
    return markdown(("clip", "success", "on other frames", *CODES, "clips"), cells)


def alarm_table(rows: Rows) -> str:
    """Findings of honest clips: how many, and the 95 % interval of the share."""
    table = by_kind(rows)
    real = table.pop("real videos", None)
    made = {
        name: sum(counts[name] for counts in table.values())
        for name in ("clips", "cut", "flicker", "frozen")
    }
    rest = {"real videos": real} if real else {}
    cells = []
    for kind, counts in {**dict(sorted(table.items())), "all made": made, **rest}.items():
        row = [f"{counts[code]} {_interval(counts[code], counts['clips'])}" for code in CODES]
        cells.append((kind, counts["clips"], *row))
    return markdown(("clip", "clips", *CODES), cells)


def _interval(count: int, clips: int) -> str:
    values = np.arange(clips) < count
    low, high = ratio_interval(Ratio(values.astype(float), np.ones(clips)))
    return f"[{100 * low:.1f}, {100 * high:.1f}]"


def read_rows(paths: Iterable[Path]) -> list[Mapping[str, object]]:
    """The rows of some files of JSON lines."""
    return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="JSON lines; a run is resumed")
    parser.add_argument("--scenes", type=int, default=48)
    parser.add_argument("--false-alarms", type=Path, nargs="+", help="what that command wrote")
    parser.add_argument("--write", action="store_true", help=f"write the tables of {PAGE} too")
    given = parser.parse_args()
    measure(given.scenes, given.out)
    if given.write:
        rows, alarms = read_rows([given.out]), read_rows(given.false_alarms)
        tables = {"gaming": gaming_table(rows), "false alarms": alarm_table(alarms)}
        PAGE.write_text(fill(PAGE.read_text(), tables))
        counts = {"gaming": by_kind(rows), "false alarms": by_kind(alarms)}
        PAGE.with_suffix(".json").write_text(json.dumps(counts, indent=1) + "\n")


if __name__ == "__main__":
    main()
