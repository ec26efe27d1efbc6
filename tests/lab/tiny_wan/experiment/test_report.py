"""The page's numbers are those of the committed results."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from lab.tiny_wan.experiment import report
from lab.tiny_wan.experiment.equal_guidance import AT_SCALE, name_of
from lab.tiny_wan.experiment.equal_guidance_tables import reported_half
from lab.tiny_wan.experiment.report_numbers import write_number, write_p
from lab.tiny_wan.experiment.results import Results, read_results
from lab.tiny_wan.experiment.settings import BASELINE, DEFAULT, GUIDED
from lab.tiny_wan.experiment.statistics import Scored, differences, score_clips
from omiti2v.errors import UserError
from omiti2v.number_format import signed_points

DOCS = Path(__file__).parents[4] / "docs"
PAGE = (DOCS / "tiny-wan.md").read_text(encoding="utf-8")
README = (DOCS.parent / "alignvid_ref" / "README.md").read_text(encoding="utf-8")
LOOKED_AT = 24


@pytest.fixture(scope="module")
def results() -> Results:
    return read_results(DOCS / "tiny-wan" / "results")


@pytest.fixture(scope="module")
def main_scores(results: Results) -> Scored:
    samples = [scene.sample for scene in results.scenes]
    return {name: score_clips(samples, results.clips[name]) for name in (BASELINE, DEFAULT)}


def test_the_primary_comparison_is_as_the_page_tells_it(main_scores: Scored) -> None:
    alone = {name: differences(None, tables) for name, tables in main_scores.items()}
    scores = ["edit success", "negligent"]
    baseline, default = (alone[name].loc[scores, "value"].round(1) for name in (BASELINE, DEFAULT))
    assert (list(baseline), list(default)) == ([19.8, 55.7], [26.0, 46.5])
    value, rest = write_number(alone[BASELINE].loc["edit success"]).split(" ", 1)
    assert f"gets the edit done on {value} % {rest} of the clips" in PAGE
    value, rest = write_number(alone[BASELINE].loc["negligent"]).split(" ", 1)
    assert f"is negligent on {value} % {rest}," in PAGE
    found = differences(main_scores[BASELINE], main_scores[DEFAULT])
    assert (multipletests(found.loc[scores, "p"], method="holm")[1] < 0.001).all()
    for name, row in found.loc[scores].iterrows():
        told = f"*{name}* by {write_number(row, signed=True)} points, Holm-adjusted p < 0.001"
        assert told in PAGE
    assert write_number(found.loc["edit success"], signed=True) == "+6.2 (+3.8 to +8.7)"
    shares = [
        f"{name} {signed_points(float(found.loc[name, 'value']))}"
        for name in ("success", "partial", "negligent", "broken")
    ]
    assert f"the outcomes change by: {', '.join(shares)}." in PAGE


def test_without_the_scenes_looked_at_it_is_as_the_page_tells_it(
    main_scores: Scored,
) -> None:
    found = differences(main_scores[BASELINE], main_scores[DEFAULT], slice(LOOKED_AT, None))
    success, negligent = (
        write_number(found.loc[name], signed=True) for name in ("edit success", "negligent")
    )
    assert f"edit success {success}, negligent {negligent}.\n" in PAGE


@pytest.mark.slow
def test_all_tables_and_readings_come_out_again(results: Results) -> None:
    scored, alone, compared = report.score_settings(results)
    assert report.fill(PAGE, report.make_tables(results, scored, alone, compared)) == PAGE
    guided = compared.loc["guidance-2"]
    told = [write_number(guided.loc[n], signed=True) for n in ("edit success", "negligent")]
    assert f"changes edit success by {told[0]} and negligent by {told[1]} points" in PAGE
    _check_predictions(scored)
    _check_choice(results, scored)
    _check_second_run(compared)


def _check_second_run(compared: pd.DataFrame) -> None:
    success = compared.xs("edit success", level=1)
    told = [write_number(success.loc[name], signed=True) for name in ("energy", "conflict")]
    assert f"edit success {told[0]} and {told[1]} points against the model alone" in PAGE
    on_top = success.loc[[name_of(method.name, on_top=True) for method in AT_SCALE]]
    assert (on_top["low"] > 0).all()
    assert on_top["value"].min() >= 8 and on_top["value"].max() <= 11
    assert "AlignVid on top adds 8 to 11 points to each of the six" in PAGE
    lowest, highest = (
        signed_points(float(end)) for end in (on_top["value"].min(), on_top["value"].max())
    )
    assert f"adds between {lowest} and {highest} points" in README
    others = success.loc[[method.name for method in AT_SCALE if method.name != GUIDED]]
    assert not (others["low"] > 0).any()
    plain, own = (write_number(success.loc[name], signed=True) for name in (GUIDED, DEFAULT))
    assert f"brings {plain} points, AlignVid at the same forwards {own}." in PAGE


def _check_predictions(scored: Scored) -> None:
    lines = re.findall(
        r"\| ([\w.-]+) against ([\w.-]+) \| ([\w ]+) \| (?:up|down) \| ([^|]+) \| ([^|]+) \|", PAGE
    )
    assert len(lines) == 17
    for setting, against, score, seen, p_value in lines:
        name = re.sub(r"^(outcome|metric|category) |(?<=.) (average|accuracy)$", "", score)
        row = differences(scored[against], scored[setting]).loc[name]
        number = write_number(row, signed=True)
        assert seen.removesuffix(" levels") == number, (setting, score)
        assert p_value == write_p(row["p"]), (setting, score)


def _check_choice(results: Results, scored: Scored) -> None:
    # By the page's rule: gamma above 1, no guidance, best on one half of the rounds of kinds.
    reported = reported_half(results)
    chosen = {
        one.name: differences(None, scored[one.name], ~reported).loc["edit success", "value"]
        for one in results.first_run
        if one.config is not None and one.config.gamma > 1 and one.guidance_scale == 1
    }
    best = max(chosen, key=lambda name: chosen[name])
    found = differences(scored[BASELINE], scored[best], reported)
    success, negligent, preserve, elsewhere = (
        write_number(found.loc[name], signed=True)
        for name in ("edit success", "negligent", "preserve", "elsewhere")
    )
    assert (
        f"On {sum(~reported)} samples, `{best}` has the highest edit success of {len(chosen)} "
        f"settings, {chosen[best]:.1f} %. On the other {sum(reported)} samples it changes "
        f"edit success by {success} points (p < 0.001: higher) and negligent by {negligent} "
        "(p < 0.001: lower)"
    ) in PAGE
    assert f"preserve accuracy {preserve}, elsewhere {elsewhere} levels." in PAGE


def test_a_table_goes_between_its_marks() -> None:
    page = "a\n<!-- table: one -->\n\nold\n\n<!-- end of table -->\nb\n"
    assert report.fill(page, {"one": r"| \g<0> |"}) == page.replace("old", r"| \g<0> |")
    with pytest.raises(UserError, match="no place for the table two"):
        report.fill(page, {"two": ""})
