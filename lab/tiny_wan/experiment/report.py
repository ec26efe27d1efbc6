"""The page's tables and figures: `python -m lab.tiny_wan.experiment.report --help`.

They are computed from a results folder alone; no model is run. A table goes between the marks
`<!-- table: NAME -->` and `<!-- end of table -->`. All else on the page is written by hand, its
numbers too, which `tests/lab/tiny_wan/experiment/test_report.py` holds against the results.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evaluators.world.vocabulary import KINDS
from lab.tables import markdown
from lab.tiny_wan.experiment import figures
from lab.tiny_wan.experiment.results import Results, read_results
from lab.tiny_wan.experiment.settings import BASELINE, BLUR, CONTROLS, DEFAULT
from lab.tiny_wan.experiment.statistics import (
    EDIT_SUCCESS,
    ELSEWHERE,
    NEGLIGENT,
    SEMANTIC,
    Key,
    add_seeds,
    differences,
    score_clips,
)
from omiti2v.comparison import Difference
from omiti2v.errors import UserError
from omiti2v.records import write_atomically
from omiti2v.score_ratios import Ratios

Found = Mapping[str, Mapping[Key, Difference]]
"""By setting and score."""

Scored = Mapping[str, Sequence[Ratios]]
"""By setting and seed."""

SCORED: Mapping[str, Key] = {
    "edit success": EDIT_SUCCESS,
    "negligent": NEGLIGENT,
    "success": ("outcome", "success"),
    "partial": ("outcome", "partial"),
    "broken": ("outcome", "broken"),
    "accuracy": ("accuracy",),
    "semantic": SEMANTIC,
    "preserve": ("preserve_accuracy",),
    "dynamic": ("metric", "dynamic_degree"),
    "first frame": ("metric", "first_frame"),
    "change": ("metric", "change"),
    "elsewhere": ELSEWHERE,
}
COMPARED = ("edit success", "negligent", "semantic", "preserve", "change")
CHANGES = {"change under 25 %": -np.inf, "25 to 50 %": 0.25, "50 % and more": 0.5}
"""Bounds from below."""


def write_number(row: Difference, *, sign: str = "", key: Key = EDIT_SUCCESS) -> str:
    """A score or a difference with its interval, in per cent; `sign` is `+` for a difference."""
    factor = 1 if key == ELSEWHERE else 100
    assert row.low is not None and row.high is not None
    value, low, high = (f"{factor * x:{sign}.1f}" for x in (row.difference, row.low, row.high))
    return f"{value} ({low} to {high})"


def write_p(value: float) -> str:
    """A p-value."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def settings_table(results: Results, scores: Found) -> str:
    """All scores of all settings."""
    rows = []
    for setting in results.settings:
        cells = [setting.name, setting.description, len(results.clips[setting.name])]
        for key in SCORED.values():
            row = scores[setting.name][key]
            alone = f"{row.b if key == ELSEWHERE else 100 * row.b:.1f}"
            cells.append(write_number(row) if key in (EDIT_SUCCESS, NEGLIGENT) else alone)
        rows.append(cells)
    return markdown(["setting", "", "seeds", *SCORED], rows, left=2)


def differences_table(results: Results, found: Found) -> str:
    """Paired differences of the main scores."""
    against = {setting.name: setting.against for setting in results.settings}
    rows = []
    for name, row in found.items():
        main = row[EDIT_SUCCESS]
        mdd = f"{100 * main.minimum_detectable:.1f}" if main.minimum_detectable else ""
        cells = [write_number(row[SCORED[column]], sign="+") for column in COMPARED]
        rows.append([name, against[name], *cells, write_p(main.p_value), mdd])
    return markdown(["setting", "against", *COMPARED, "p", "MDD"], rows, left=2 + len(COMPARED))


def kinds_table(scored: Scored) -> str:
    """Negligence and success by kind of edit, in per cent."""
    names = (BASELINE, BLUR, DEFAULT)
    rows = [[str(kind)] for kind in KINDS]
    for row, name, score in product(rows, names, ("negligence", "success")):
        value = add_seeds(scored[name], ("subcategory", row[0], score)).value
        row.append(f"{100 * value:.1f}")
    columns = [text for name in names for text in (f"{name}: negligent", "success")]
    return markdown(["kind", *columns], rows)


def judge_table(results: Results, scored: Scored) -> str:
    """The judge's edit success by `change`, which asks no judge, and what negligent clips are."""
    rows = []
    for name in (*CONTROLS, BASELINE, DEFAULT):
        clips = pd.concat(results.clips[name])
        for key in (EDIT_SUCCESS, NEGLIGENT):
            clips[key[-1]] = np.concatenate([table[key].numerator for table in scored[name]])
        ends = [*CHANGES.values(), np.inf]
        part = pd.cut(clips["change"], ends, right=False, labels=list(CHANGES))
        edited = clips.groupby(part, observed=False)["edit_success"].agg(["mean", "count"])
        shares = [
            f"{100 * mean:.1f} (n {count})" if count else "(n 0)"
            for mean, count in edited.itertuples(index=False)
        ]
        ignored = clips[clips["negligent"] == 1]
        change = f"{100 * ignored['change'].mean():.1f}"
        rows.append([name, *shares, change, f"{ignored['elsewhere'].median():.1f}"])
    parts = [f"success, {part}" if part in list(CHANGES)[:1] else part for part in CHANGES]
    columns = ["setting", *parts, "negligent clips: change", "elsewhere, levels (median)"]
    return markdown(columns, rows)


def blocks_table(blocks: Mapping[str, Any]) -> str:
    """The foreground ratio of each block, in per cent."""
    ratios = enumerate(blocks["ratios"])
    return markdown(["block", "ratio"], [(n, f"{100 * ratio:.1f}") for n, ratio in ratios], left=0)


def attention_table(rows: pd.DataFrame) -> str:
    """Means where AlignVid acts, and how often the entropy is below that of the model alone."""
    acting = rows[(rows["in_window"] == 1) & (rows["block"] <= rows["block"].max() / 2)]
    by_gamma = acting.set_index(["gamma", "block", "step"])
    cells = []
    for gamma in acting["gamma"].unique():
        own, plain = by_gamma.loc[gamma], by_gamma.loc[1.0]
        lower = f"{(own['entropy'] < plain['entropy']).sum()} of {len(own)}" if gamma != 1 else ""
        means = own[["entropy", "text_mass"]].mean()
        cells.append([f"{gamma:g}", *(f"{mean:.3f}" for mean in means), lower])
    columns = ["gamma", "entropy", "mass on text", "entropy lower than plain, of block-steps"]
    return markdown(columns, cells, left=0)


def score_settings(results: Results) -> Scored:
    """All scores of all settings, for each seed."""
    samples = [scene.sample for scene in results.scenes]
    return {name: score_clips(samples, clips) for name, clips in results.clips.items()}


def compare_settings(results: Results, scored: Scored) -> tuple[Found, Found]:
    """The scores of each setting alone, and its differences from the one it is compared with."""
    alone = {name: differences(None, tables) for name, tables in scored.items()}
    return alone, {
        one.name: differences(scored[one.against], scored[one.name])
        for one in results.settings
        if one.name not in (BASELINE, *CONTROLS)
    }


def make_tables(results: Results, scored: Scored, alone: Found, compared: Found) -> dict[str, str]:
    """All tables of the page by name."""
    return {
        "settings": settings_table(results, alone),
        "differences": differences_table(results, compared),
        "kinds": kinds_table(scored),
        "judge": judge_table(results, scored),
        "blocks": blocks_table(results.blocks),
        "attention": attention_table(results.attention),
    }


def fill(page: str, tables: Mapping[str, str]) -> str:
    """The page with its tables made anew.

    Raises:
        UserError: The page has no place for a table.
    """
    for name, table in tables.items():
        before, mark, rest = page.partition(f"<!-- table: {name} -->\n")
        _, end, after = rest.partition("<!-- end of table -->")
        if not end:
            raise UserError(f"the page has no place for the table {name}: expected its marks")
        page = f"{before}{mark}\n{table}\n\n{end}{after}"
    return page


def main() -> None:
    """Parse the command line, fill the page and draw its figures."""
    parser = argparse.ArgumentParser(description="The tables and figures of the experiment's page.")
    parser.add_argument("--results", type=Path, required=True, help="the experiment's --out")
    parser.add_argument("--page", type=Path, required=True, help="docs/tiny-wan.md")
    options = parser.parse_args()
    page: Path = options.page
    try:
        results = read_results(options.results)
        scored = score_settings(results)
        alone, compared = compare_settings(results, scored)
        tables = make_tables(results, scored, alone, compared)
        write_atomically(page, fill(page.read_text(encoding="utf-8"), tables))
    except UserError as error:
        raise SystemExit(f"error: {error}") from None
    figures.draw_gammas(alone, page.with_suffix("") / "gamma.png")
    figures.draw_outcomes(alone, page.with_suffix("") / "outcomes.png")
    figures.draw_differences(compared, page.with_suffix("") / "differences.png")
    figures.draw_attention(results.attention, page.with_suffix("") / "attention.png")


if __name__ == "__main__":
    main()
