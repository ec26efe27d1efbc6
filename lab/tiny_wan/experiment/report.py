"""The page's tables and figures: `python -m lab.tiny_wan.experiment.report --help`.

They are computed from a results folder alone; no model is run. A table goes between the marks
`<!-- table: NAME -->` and `<!-- end of table -->`. All else on the page is written by hand, its
numbers too, which `tests/lab/tiny_wan/experiment/test_report.py` holds against the results.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from evaluators.world.vocabulary import KINDS
from lab.tables import fill, markdown
from lab.tiny_wan.experiment import equal_guidance_tables, figures
from lab.tiny_wan.experiment.report_numbers import write_number, write_p
from lab.tiny_wan.experiment.results import Results, read_results
from lab.tiny_wan.experiment.settings import BASELINE, BLUR, CONTROLS, DEFAULT
from lab.tiny_wan.experiment.statistics import Scored, differences, score_clips
from omiti2v.errors import UserError
from omiti2v.records import write_atomically

WITH_INTERVAL = ("edit success", "negligent")
ALONE = (
    *("success", "partial", "broken", "accuracy", "semantic", "preserve", "dynamic degree"),
    *("first frame", "change", "elsewhere"),
)
COMPARED = ("edit success", "negligent", "semantic", "preserve", "change")
CHANGES = {"success, change under 25 %": -np.inf, "25 to 50 %": 0.25, "50 % and more": 0.5}
"""Bounds from below."""


def settings_table(results: Results, alone: pd.DataFrame) -> str:
    """All scores of all settings."""
    rows = []
    for setting in results.first_run:
        own = alone.loc[setting.name]
        cells = [setting.name, setting.description, len(results.clips[setting.name])]
        cells += [write_number(own.loc[name]) for name in WITH_INTERVAL]
        rows.append([*cells, *own.loc[list(ALONE), "value"].map("{:.1f}".format)])
    columns = ["setting", "", "seeds", *WITH_INTERVAL, *ALONE]
    return markdown([name.removesuffix(" degree") for name in columns], rows, left=2)


def differences_table(results: Results, compared: pd.DataFrame) -> str:
    """Paired differences of the main scores."""
    against = {setting.name: setting.against for setting in results.settings}
    rows = []
    for name in (one.name for one in results.first_run if one.name in compared.index):
        own = compared.loc[name]
        main = own.loc["edit success"]
        cells = [write_number(own.loc[score], signed=True) for score in COMPARED]
        mdd = f"{main['mdd']:.1f}" if main["mdd"] > 0 else ""
        rows.append([name, against[name], *cells, write_p(main["p"]), mdd])
    return markdown(["setting", "against", *COMPARED, "p", "MDD"], rows, left=2 + len(COMPARED))


def judged_clips(results: Results, scored: Scored, setting: str) -> pd.DataFrame:
    """A setting's clips of all seeds, with the kind of their edit and what the judge says."""
    clips = pd.concat(results.clips[setting])
    clips["kind"] = [scene.stage.kind for scene in results.scenes] * len(results.clips[setting])
    for key in (("edit_success",), ("outcome", "negligent"), ("outcome", "success")):
        clips[key[-1]] = np.concatenate([table[key].numerator for table in scored[setting]])
    return clips


def kinds_table(results: Results, scored: Scored) -> str:
    """Negligence and success by kind of edit, in per cent."""
    names = (BASELINE, BLUR, DEFAULT)
    by_kind = [judged_clips(results, scored, name).groupby("kind") for name in names]
    shares = pd.concat([100 * kinds[["negligent", "success"]].mean() for kinds in by_kind], axis=1)
    rows = [[kind, *shares.loc[kind].map("{:.1f}".format)] for kind in KINDS]
    columns = [text for name in names for text in (f"{name}: negligent", "success")]
    return markdown(["kind", *columns], rows)


def judge_table(results: Results, scored: Scored) -> str:
    """The judge's edit success by `change`, which asks no judge, and what negligent clips are."""
    rows = []
    for name in (*CONTROLS, BASELINE, DEFAULT):
        clips = judged_clips(results, scored, name)
        part = pd.cut(clips["change"], [*CHANGES.values(), np.inf], right=False)
        edited = clips.groupby(part, observed=False)["edit_success"].agg(["mean", "count"])
        shares = [
            f"{100 * mean:.1f} (n {count})" if count else "(n 0)"
            for mean, count in edited.itertuples(index=False)
        ]
        ignored = clips[clips["negligent"] == 1]
        change = f"{100 * ignored['change'].mean():.1f}"
        rows.append([name, *shares, change, f"{ignored['elsewhere'].median():.1f}"])
    columns = ["setting", *CHANGES, "negligent clips: change", "elsewhere, levels (median)"]
    return markdown(columns, rows)


def attention_table(rows: pd.DataFrame) -> str:
    """Means where AlignVid acts, and how often the entropy is below that of the model alone."""
    acting = rows[(rows["in_window"] == 1) & (rows["block"] <= rows["block"].max() / 2)]
    shown = ["image_mass", "text_mass", "padding_mass", "entropy"]
    cells = acting.groupby("gamma")[shown].mean().map("{:.3f}".format)
    entropy = acting.pivot(index=["block", "step"], columns="gamma", values="entropy")
    cells["lower"] = entropy.lt(entropy[1.0], axis=0).sum().map(f"{{}} of {len(entropy)}".format)
    cells.loc[1.0, "lower"] = ""
    columns = [
        *("gamma", "mass on image", "mass on words", "share of padding", "entropy"),
        "entropy lower than plain, of block-steps",
    ]
    return markdown(columns, [(f"{gamma:g}", *row) for gamma, row in cells.iterrows()], left=0)


def score_settings(results: Results) -> tuple[Scored, pd.DataFrame, pd.DataFrame]:
    """All scores of all settings; then, as tables of `differences` by setting and score, those of
    each setting alone, and its differences from the one it is compared with.
    """
    samples = [scene.sample for scene in results.scenes]
    scored = {name: score_clips(samples, clips) for name, clips in results.clips.items()}
    alone = {name: differences(None, tables) for name, tables in scored.items()}
    compared = {
        one.name: differences(scored[one.against], scored[one.name])
        for one in results.settings
        if one.name not in CONTROLS and one.name != one.against
    }
    return scored, pd.concat(alone), pd.concat(compared)


def make_tables(
    results: Results, scored: Scored, alone: pd.DataFrame, compared: pd.DataFrame
) -> dict[str, str]:
    """All tables of the page by name."""
    ratios = [(n, f"{100 * ratio:.1f}") for n, ratio in enumerate(results.blocks["ratios"])]
    return {
        "settings": settings_table(results, alone),
        "differences": differences_table(results, compared),
        "kinds": kinds_table(results, scored),
        "judge": judge_table(results, scored),
        "blocks": markdown(["block", "ratio"], ratios, left=0),
        "attention": attention_table(results.attention),
        "methods": equal_guidance_tables.methods_table(results, alone, compared),
        "steps": equal_guidance_tables.steps_table(alone, compared),
        "choice": equal_guidance_tables.choice_table(results, scored),
    }


def main() -> None:
    """Parse the command line, fill the page and draw its figures."""
    parser = argparse.ArgumentParser(description="The tables and figures of the experiment's page.")
    parser.add_argument("--results", type=Path, required=True, help="the experiment's --out")
    parser.add_argument("--page", type=Path, required=True, help="docs/tiny-wan.md")
    options = parser.parse_args()
    page: Path = options.page
    try:
        results = read_results(options.results)
        scored, alone, compared = score_settings(results)
        tables = make_tables(results, scored, alone, compared)
        write_atomically(page, fill(page.read_text(encoding="utf-8"), tables))
    except UserError as error:
        raise SystemExit(f"error: {error}") from None
    folder = page.with_suffix("")
    figures.draw_gammas(alone, folder / "gamma.png")
    first = [setting.name for setting in results.first_run]
    figures.draw_outcomes(alone.loc[first], folder / "outcomes.png")
    figures.draw_differences(
        compared.loc[[name for name in first if name in compared.index]],
        folder / "differences.png",
    )
    figures.draw_methods(compared, folder / "methods.png")
    figures.draw_attention(results.attention, folder / "attention.png")


if __name__ == "__main__":
    main()
