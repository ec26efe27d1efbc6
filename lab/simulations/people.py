"""Scores anchored in people, and corrected by a calibration: `python -m lab.simulations.people`.

The scenes are those of the known-answer world and the judge is the tiny one, looking through noise,
so that both the truth and what a judge that errs says of it are known. People's answers are the
truth. The judge is asked once and its answers kept; then the draws take minutes. A part that is in
the results is not made again.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from lab.simulations.correction_draws import correction_rows
from lab.simulations.drawn_runs import Row, values_of
from lab.simulations.judged_world import JudgedScene, kept_world
from lab.simulations.people_draws import difference_rows, people_rows
from lab.tables import fill, markdown
from omiti2v.number_format import fixed
from omiti2v.records import Record, read_record, write_atomically

logger = logging.getLogger(__name__)

SCENES, NOISE, SEED, DRAWS = 1_200, 78.0, 50_000_000, 2_000
AGAIN = (1_500, 82.0, 72_000_000)
"""Scenes, noise and seed of a second world, on which nothing was chosen."""


class Results(Record):
    """Everything on the two pages.

    Attributes:
        noise, seed, scenes: Of the judged world.
        draws: Of each part.
        right: Share of the judge's answers that are right, on drawn scenes and over photographs.
        rows: By part.
    """

    noise: float
    seed: int
    scenes: int
    draws: int
    right: tuple[float, float]
    rows: dict[str, tuple[Row, ...]]


def simulate(
    folder: Path,
    *,
    scenes: int = SCENES,
    noise: float = NOISE,
    seed: int = SEED,
    draws: int = DRAWS,
    ending: str = "",
) -> Results:
    """Everything that is not yet in the folder's results.

    Args:
        folder: Holds `judged-world.json.gz` and `people.json`, made where absent.
        scenes, noise, seed: Of the judged world.
        draws: Of each part.
        ending: Of both files' stems.
    """
    where = folder / f"judged-world{ending}.json.gz"
    world = kept_world(where, scenes=scenes, noise=noise, seed=seed)
    path = folder / f"people{ending}.json"
    results = Results(
        noise=noise,
        seed=seed,
        scenes=scenes,
        draws=draws,
        right=(_share_right(world.drawn), _share_right(world.photographs)),
        rows={},
    )
    if path.is_file():
        kept = read_record(path, Results)
        if kept.model_copy(update={"rows": {}}) == results:
            results = kept
    values = values_of(world.drawn)
    parts: dict[str, Callable[[], Sequence[Row]]] = {
        "people": lambda: people_rows(values, draws=draws, seed=seed),
        "correction": lambda: correction_rows(
            world.drawn, world.photographs, draws=draws, seed=seed
        ),
        "difference": lambda: difference_rows(values, draws=draws, seed=seed),
    }
    for name, make in parts.items():
        if name not in results.rows:
            logger.info("%s", name)
            rows = {**results.rows, name: tuple(make())}
            results = results.model_copy(update={"rows": rows})
            write_atomically(path, results.model_dump_json(indent=1) + "\n")
    return results


def _share_right(scenes: Sequence[JudgedScene]) -> float:
    clips = [clip for scene in scenes for clip in scene.clips.values()]
    right = [a == t for clip in clips for a, t in zip(clip.answers, clip.truth, strict=True)]
    return float(np.mean(right))


def tables(results: Results, again: Results) -> dict[str, dict[str, str]]:
    """The tables of each page, by its file's name.

    Args:
        results: Of the world on which the methods were chosen.
        again: Of the second one.
    """
    people = results.rows["people"]
    at_random = [row for row in people if row.setting.endswith("at random")]
    return {
        "people.md": {
            "at random": _against_alone(at_random),
            "chosen": _chosen(people),
            "difference": _against_alone(results.rows["difference"]),
            "again": _both_ways(again.rows["people"]),
        },
        "correction.md": {
            "correction": _corrected(results.rows["correction"]),
            "again": _corrected(again.rows["correction"]),
        },
    }


def _against_alone(rows: Sequence[Row]) -> str:
    return markdown(
        ("drawn", "score", "truth (%)", "bias", "covered (%)", "width", "alone", "ratio"),
        [
            (
                row.setting.removesuffix(", at random"),
                row.score,
                _points(row.truth),
                _points(row.bias, 2),
                _points(row.covered),
                _points(row.width),
                _points(row.alone) if row.alone else "",
                f"{row.width / row.alone:.2f}" if row.alone else "",
            )
            for row in rows
        ],
        left=2,
    )


def _both_ways(rows: Sequence[Row]) -> str:
    return markdown(
        ("drawn", "score", "truth (%)", "bias", "covered (%)", "width", "ratio"),
        [
            (
                row.setting,
                row.score,
                _points(row.truth),
                _points(row.bias, 2),
                _points(row.covered),
                _points(row.width),
                f"{row.width / row.alone:.2f}",
            )
            for row in rows
        ],
        left=2,
    )


def _chosen(rows: Sequence[Row]) -> str:
    by_random = {
        (row.setting.removesuffix("at random"), row.score): row
        for row in rows
        if row.setting.endswith("at random")
    }
    cells = []
    for row in rows:
        if row.setting.endswith("chosen"):
            other = by_random[row.setting.removesuffix("chosen"), row.score]
            cells.append(
                (
                    row.setting.removesuffix(", chosen"),
                    row.score,
                    _points(row.bias, 2),
                    _points(row.covered),
                    _points(row.width),
                    _points(other.width),
                    f"{row.width / other.width:.3f}",
                    f"{row.deviation / other.deviation:.3f}",
                )
            )
    columns = ("drawn", "score", "bias", "covered (%)", "width", "at random", "ratio", "of errors")
    return markdown(columns, cells, left=2)


def _corrected(rows: Sequence[Row]) -> str:
    return markdown(
        ("calibrated on", "score", "truth (%)", "bias", "covered (%)", "width", "draws"),
        [
            (
                row.setting,
                row.score.replace("_", " "),
                _points(row.truth),
                _points(row.bias, 2),
                _points(row.covered),
                _points(row.width),
                row.draws,
            )
            for row in rows
        ],
        left=2,
    )


def _points(fraction: float, digits: int = 1) -> str:
    return fixed(100 * fraction, digits)


def main() -> None:
    """Parse the command line, simulate what is missing and fill the pages."""
    parser = argparse.ArgumentParser(
        prog="python -m lab.simulations.people",
        description="Scores anchored in people and corrected by a calibration, by simulation.",
    )
    parser.add_argument("--out", type=Path, default=Path("docs/statistics"))
    parser.add_argument("--again", action="store_true", help="also the second world")
    parser.add_argument("--draws", type=int, default=DRAWS)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    results = simulate(options.out, draws=options.draws)
    if options.again:
        scenes, noise, seed = AGAIN
        simulate(
            options.out, scenes=scenes, noise=noise, seed=seed, draws=options.draws, ending="-again"
        )
    again = read_record(options.out / "people-again.json", Results)
    for name, found in tables(results, again).items():
        page = options.out / name
        if page.exists():
            write_atomically(page, fill(page.read_text(encoding="utf-8"), found))


if __name__ == "__main__":
    main()
