"""The page's tables of the second run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from statsmodels.stats.multitest import multipletests

from alignvid_ref.baselines import AlgConfig
from alignvid_ref.windows import FractionWindow
from evaluators.world.vocabulary import KINDS
from lab.tables import markdown
from lab.tiny_wan.experiment.equal_guidance import AT_SCALE, STEP_COUNTS, UNGUIDED, name_of
from lab.tiny_wan.experiment.report_numbers import write_number, write_p
from lab.tiny_wan.experiment.results import Results
from lab.tiny_wan.experiment.settings import GUIDED, Setting
from lab.tiny_wan.experiment.statistics import Scored, differences

SHOWN = ("edit success", "negligent", "preserve", "elsewhere")


def forwards(setting: Setting) -> int:
    """Forwards of the transformer that a clip takes."""
    passes = setting.steps * (2 if setting.guidance_scale > 1 else 1)
    if not isinstance(setting.method, AlgConfig):
        return passes
    window = FractionWindow(0, setting.method.until)
    return passes + sum(window.contains(step, setting.steps) for step in range(setting.steps))


def methods_table(results: Results, alone: pd.DataFrame, compared: pd.DataFrame) -> str:
    """Each method at 12 steps: alone, against plain guidance, and with AlignVid on top."""
    by_name = {setting.name: setting for setting in results.settings}
    methods = [*AT_SCALE, *UNGUIDED]
    adjusted = {
        on_top: dict(zip(*_holm(compared, on_top=on_top), strict=True)) for on_top in (False, True)
    }
    rows = []
    for method in methods:
        name, on_top = method.name, name_of(method.name, on_top=True)
        guided, against = method in AT_SCALE, method.against == GUIDED
        rows.append(
            [
                f"{method.description}{', guidance 2' if guided else ''}",
                forwards(by_name[name]),
                write_number(alone.loc[name, "edit success"]),
                _difference(compared, name, "edit success") if against else "",
                write_p(adjusted[False][name]) if against else "",
                *(_difference(compared, on_top, score) for score in SHOWN),
                write_p(adjusted[True][on_top]) if guided else "",
            ]
        )
    columns = [
        *("method", "forwards", "edit success", "against plain guidance", "Holm p"),
        *(f"AlignVid on top: {score}" for score in SHOWN),
        "Holm p",
    ]
    return markdown(columns, rows, left=[columns[0]])


def steps_table(alone: pd.DataFrame, compared: pd.DataFrame) -> str:
    """Edit success with fewer steps, and what AlignVid on top adds."""
    rows = []
    for method in (UNGUIDED[0], *AT_SCALE):
        row: list[str] = [method.description]
        for steps in STEP_COUNTS:
            name = name_of(method.name, steps=steps)
            row.append(f"{alone.loc[(name, 'edit success'), 'value']:.1f}")
            on_top = name_of(method.name, steps=steps, on_top=True)
            row.append(_difference(compared, on_top, "edit success"))
        rows.append(row)
    columns = ["method"]
    for steps in STEP_COUNTS:
        columns += [f"{steps} steps", f"with AlignVid, {steps} steps"]
    return markdown(columns, rows)


def choice_table(results: Results, scored: Scored) -> str:
    """The best of the twelve on one half of the samples, on the other half."""
    reported = reported_half(results)
    alone = [method.name for method in AT_SCALE]
    both = [*alone, *(name_of(name, on_top=True) for name in alone)]
    best = _best(scored, both, ~reported)
    rows = []
    for against in dict.fromkeys((GUIDED, _best(scored, alone, ~reported))):
        if against != best:
            found = differences(scored[against], scored[best], reported)
            cells = [write_number(found.loc[score], signed=True) for score in SHOWN]
            rows.append([best, against, *cells, write_p(found.loc["edit success", "p"])])
    return markdown(["chosen", "against", *SHOWN, "p"], rows, left=2)


def reported_half(results: Results) -> NDArray[np.bool_]:
    """The samples that no choice is made on: every second round of the kinds of edits."""
    rounds = [scene.stage.index // len(KINDS) % 2 == 1 for scene in results.scenes]
    return np.array(rounds)


def _best(scored: Scored, names: Sequence[str], members: NDArray[np.bool_]) -> str:
    def success(name: str) -> float:
        return float(differences(None, scored[name], members).loc["edit success", "value"])

    return max(names, key=success)


def _difference(compared: pd.DataFrame, name: str, score: str) -> str:
    return write_number(compared.loc[(name, score)], signed=True)


def _holm(compared: pd.DataFrame, *, on_top: bool) -> tuple[list[str], list[float]]:
    """The comparisons written down beforehand, with their adjusted p-values."""
    names = [
        name_of(method.name, on_top=on_top)
        for method in AT_SCALE
        if on_top or method.name != GUIDED
    ]
    p_values = [compared.loc[(name, "edit success"), "p"] for name in names]
    return names, list(multipletests(p_values, method="holm")[1])
