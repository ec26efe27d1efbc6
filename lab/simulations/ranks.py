"""What ranks and verdicts claim on boards whose truth is known.

Usage: python -m lab.simulations.ranks [--out FILE] [--page FILE]

Entries answer as `lab.simulations.boards` has it; every board has new difficulties, and its marks
go through the board's own functions. A setting that the results have already is not run again, so
the same command goes on with what was stopped; at the end it writes the tables of the page.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lab.simulations.agreement import agreement
from lab.simulations.boards import Questions, take_questions
from lab.tables import fill, markdown
from leaderboard.entries.entry_scores import SEED
from leaderboard.entries.ranking import (
    RANKED_BY,
    BoardFamily,
    RankedBy,
    board_family,
    contributions,
    rank_rows,
)
from omiti2v.comparison.family import adjusted_p_values
from omiti2v.comparison.verdict import LEVEL
from omiti2v.number_format import fixed
from omiti2v.records import write_atomically

ENTRIES = 12
RATES = (0.02, 0.2, 0.5, 0.9)
SIZES = (48, 367, 9)
PAIR_RATES = (0.02, 0.5)
_TAKES = (1, 2, 3)
WRONG = (0.05, 0.1)
GAPS = (0.05, 0.1, 0.15, 0.2, 0.3)
EQUAL_BOARDS = 1_000
GAP_BOARDS = 200
AGREEING_BOARDS = 200

_OTHERS = {
    "pair": "a pair alone; rate of success",
    "takes": "twelve, one to three takes; rate of success",
    "unlike": "twelve, half with single wrong answers, half with wholly wrong samples; accuracy",
}

RESULTS = Path("docs/statistics/ranks.json")
PAGE = Path("docs/statistics/differences.md")


def simulate_family(
    questions: Questions, skills: Sequence[float], rng: np.random.Generator
) -> BoardFamily:
    """A board's family of tests."""
    return board_family(questions.marks(questions.right(skills, rng)), questions.samples)


def several_ranks(family: BoardFamily, by: RankedBy) -> bool:
    """Whether a board's entries have more than one rank."""
    return len(set(map(str, rank_rows(family, family.ids, by).values()))) > 1


def equal_boards(
    questions: Questions, rate: float, *, boards: int, seed: int, entries: int = ENTRIES
) -> dict[str, float]:
    """Boards of entries that are truly equal: the share with more than one rank."""
    rng = np.random.default_rng(seed)
    skills = [questions.skill(rate)] * entries
    split = np.array(
        [
            [several_ranks(family, by) for by in RANKED_BY]
            for family in (simulate_family(questions, skills, rng) for _ in range(boards))
        ]
    )
    shares = dict(zip(RANKED_BY, split.mean(axis=0).tolist(), strict=True))
    return {"boards": boards, "any": float(split.any(axis=1).mean()), **shares}


def equal_takes(questions: Questions, rate: float, *, boards: int, seed: int) -> dict[str, float]:
    """As `equal_boards`, each sample's score the mean of one to three takes, by chance."""
    rng = np.random.default_rng(seed)
    skills = [questions.skill(rate)] * ENTRIES
    found = []
    for _ in range(boards):
        kept = rng.integers(1, len(_TAKES) + 1, len(questions.samples))
        weights = (np.asarray(_TAKES)[:, None] <= kept) / kept
        difficulty = questions.difficulty(rng)
        takes = [questions.marks(questions.right(skills, rng, difficulty)) for _ in _TAKES]
        tables = {
            by: np.sum(
                [
                    [weight * contributions(row, questions.samples, by) for row in take.values()]
                    for weight, take in zip(weights, takes, strict=True)
                ],
                axis=0,
            )
            for by in RANKED_BY
        }
        p_values = adjusted_p_values(
            tables,
            pairs="all",
            one_more=dict.fromkeys(tables, 1 / len(questions.samples)),
            permutations=10_000,
            seed=SEED,
        )
        found.append(any((table <= LEVEL).any() for table in p_values.values()))
    return {"boards": boards, "any": float(np.mean(found))}


def unlike_boards(
    questions: Questions, wrong: float, *, boards: int, seed: int
) -> dict[str, float]:
    """Boards of entries of one true accuracy, half of which err on single questions at random, half
    on whole samples: the share with a verdict by accuracy, all of which are false."""
    rng = np.random.default_rng(seed)
    half = ENTRIES // 2
    found = []
    for _ in range(boards):
        single = rng.random((half, int(questions.counts.sum()))) >= wrong
        whole = rng.random((half, len(questions.samples))) >= wrong
        right = np.concatenate([single, np.repeat(whole, questions.counts, axis=1)])
        family = board_family(questions.marks(right), questions.samples)
        found.append(family.better("accuracy", family.ids).any())
    return {"boards": boards, "any": float(np.mean(found))}


def gap_boards(questions: Questions, gap: float, *, boards: int, seed: int) -> dict[str, float]:
    """Boards of entries of 50 % success and one that is better by `gap`.

    Returns:
        `pair`: share of the pairs with the better one that success tells apart; `first`: share of
        boards on which its rank is 1; `alone`: as `pair`, where the pair is all that is looked at;
        `false`: share of boards with a false verdict on any score.
    """
    rng = np.random.default_rng(seed)
    skills = [questions.skill(0.5 + gap), *[questions.skill(0.5)] * (ENTRIES - 1)]
    rows = []
    for _ in range(boards):
        marks = questions.marks(questions.right(skills, rng))
        family = board_family(marks, questions.samples)
        alone = board_family({name: marks[name] for name in ("e00", "e01")}, questions.samples)
        better = {by: family.better(by, family.ids) for by in RANKED_BY}
        rows.append(
            (
                better["success"][0, 1:].mean(),
                str(rank_rows(family, family.ids, "success")["e00"]) == "1",
                alone.better("success", alone.ids)[0, 1],
                any(table[1:].any() for table in better.values()),
            )
        )
    names = ("pair", "first", "alone", "false")
    return {"boards": boards, **dict(zip(names, np.mean(rows, axis=0).tolist(), strict=True))}


def simulate(out: Path) -> dict[str, dict[str, Any]]:
    """All settings, those that `out` has left out."""
    found: dict[str, dict[str, Any]] = json.loads(out.read_text()) if out.is_file() else {}
    for number, size in enumerate(SIZES):
        questions = take_questions(size)
        for rate in RATES:
            name = f"equal, {100 * rate:.0f} %, {size} samples"
            if name not in found:
                seed = 100 * number + round(100 * rate)
                found[name] = {"rate": rate, "samples": size}
                found[name] |= equal_boards(questions, rate, boards=EQUAL_BOARDS, seed=seed)
                write_atomically(out, json.dumps(found, indent=1) + "\n")
        for gap in GAPS if size >= 48 else ():
            name = f"gap, {100 * gap:.0f} points, {size} samples"
            if name not in found:
                seed = 1_000 + 100 * number + round(100 * gap)
                found[name] = {"gap": gap, "samples": size}
                found[name] |= gap_boards(questions, gap, boards=GAP_BOARDS, seed=seed)
                write_atomically(out, json.dumps(found, indent=1) + "\n")
        for rate in PAIR_RATES:
            name = f"pair, {100 * rate:.0f} %, {size} samples"
            if name not in found:
                seed = 2_000 + 100 * number + round(100 * rate)
                found[name] = {"rate": rate, "samples": size}
                found[name] |= equal_boards(
                    questions, rate, boards=EQUAL_BOARDS, seed=seed, entries=2
                )
                write_atomically(out, json.dumps(found, indent=1) + "\n")
    for rate in PAIR_RATES:
        name = f"takes, {100 * rate:.0f} %"
        if name not in found:
            found[name] = {"rate": rate, "samples": SIZES[0]}
            found[name] |= equal_takes(
                take_questions(SIZES[0]), rate, boards=EQUAL_BOARDS, seed=3_000 + round(100 * rate)
            )
            write_atomically(out, json.dumps(found, indent=1) + "\n")
    for wrong in WRONG:
        name = f"unlike, {100 * wrong:.0f} %"
        if name not in found:
            found[name] = {"rate": 1 - wrong, "samples": SIZES[0]}
            found[name] |= unlike_boards(
                take_questions(SIZES[0]), wrong, boards=GAP_BOARDS, seed=4_000 + round(100 * wrong)
            )
            write_atomically(out, json.dumps(found, indent=1) + "\n")
    if "agreement" not in found:
        found["agreement"] = agreement(AGREEING_BOARDS, seed=7)
        write_atomically(out, json.dumps(found, indent=1) + "\n")
    return found


def tables(found: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The tables of the page, by name."""

    def share(value: float) -> str:
        return fixed(100 * value, 1)

    equal = [row for name, row in found.items() if name.startswith("equal")]
    gaps = [row for name, row in found.items() if name.startswith("gap")]
    others = [(name.partition(",")[0], row) for name, row in found.items()]
    agreed = found.get("agreement", {})
    return {
        "agreement": markdown(
            ["boards", "pairs by score", "told apart", "other on Compare", "other ranks"],
            [[agreed.get(name) for name in ("boards", "pairs", "apart", "differing", "ranks")]],
            left=0,
        ),
        "equal": markdown(
            [
                "true success, %",
                "samples",
                "by any score",
                *(n.replace("_", " ") for n in RANKED_BY),
            ],
            [
                [share(row["rate"]), row["samples"], share(row["any"])]
                + [share(row[by]) for by in RANKED_BY]
                for row in equal
            ],
            left=0,
        ),
        "others": markdown(
            ["", "true rate, %", "samples", "boards", "a false verdict, %"],
            [
                [
                    _OTHERS[kind],
                    share(row["rate"]),
                    row["samples"],
                    row["boards"],
                    share(row["any"]),
                ]
                for kind, row in others
                if kind in _OTHERS
            ],
        ),
        "gaps": markdown(
            ["lead, points", "samples", "told apart", "rank 1", "as a pair alone", "a false one"],
            [
                [share(row["gap"]), row["samples"]]
                + [share(row[name]) for name in ("pair", "first", "alone", "false")]
                for row in gaps
            ],
            left=0,
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--page", type=Path, default=PAGE)
    arguments = parser.parse_args()
    found = simulate(arguments.out)
    page = fill(arguments.page.read_text(), tables(found))
    write_atomically(arguments.page, page)


if __name__ == "__main__":
    main()
