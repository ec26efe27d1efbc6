"""The report's tables and the sentences that depend on numbers, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alignvid_ref.tiny_wan.experiment.claims import Claim, verdict
from alignvid_ref.tiny_wan.experiment.results import Results
from alignvid_ref.tiny_wan.experiment.settings import BASELINE, BLUR, DEFAULT
from alignvid_ref.tiny_wan.experiment.statistics import (
    EDIT_SUCCESS,
    NEGLIGENT,
    SEMANTIC,
    Key,
    differences,
    estimates,
)
from evaluators.world.vocabulary import KINDS
from omiti2v.comparison import Difference
from omiti2v.comparison.significance import holm_adjust
from omiti2v.samples import Sample
from omiti2v.scores import Estimate

WANTED_NEGLIGENCE = (0.2, 0.7)
PLAIN: Key = ("metric", "elsewhere")
"""The one score that is not a share."""

COLUMNS: Mapping[str, Key] = {
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
    "elsewhere": PLAIN,
}


def describe_run(results: Results) -> str:
    """What the results are of."""
    stamp = results.stamp
    lines = [
        f"Model `{stamp.model[:19]}`; {stamp.samples} scenes of seed {stamp.world_seed:,}, "
        f"{stamp.steps} steps."
    ]
    if results.reconstruction and "judge" in results.reconstruction:
        rendered, made = (
            results.reconstruction["judge"][name]["all"] for name in ("rendered", "reconstructed")
        )
        lines.append(
            f"On {results.reconstruction['clips']} rendered clips the judge answers "
            f"{_share(*rendered)} of the questions right, on what the autoencoder makes of them "
            f"{_share(*made)}."
        )
    return "\n".join(lines) + "\n"


def headline(
    primary: tuple[str, Mapping[Key, Difference]] | None, baseline: Mapping[Key, Estimate]
) -> str:
    """The primary comparison in words."""
    negligent = baseline[NEGLIGENT]
    low, high = WANTED_NEGLIGENCE
    inside = "inside" if low <= negligent.value <= high else "**outside**"
    lines = [
        "## In short",
        "",
        f"The model alone gets the edit done on {_estimate(baseline[EDIT_SUCCESS])} of the clips "
        f"and is negligent on {_estimate(negligent)}, {inside} the 20 to 70 % that the training "
        "aimed at.",
    ]
    if primary is not None:
        rows = {"edit success": primary[1][EDIT_SUCCESS], "negligent": primary[1][NEGLIGENT]}
        adjusted = holm_adjust({name: row.p_value for name, row in rows.items()})
        for name, row in rows.items():
            lines.append(
                f"AlignVid (gamma 1.35) changes *{name}* by {_difference(row)} points, "
                f"Holm-adjusted p = {_p(adjusted[name])}: {_seen(row)}."
            )
    return "\n".join(lines) + "\n"


def claim_table(told: Sequence[tuple[Claim, Difference | None]]) -> str:
    """Each claim with what was seen."""
    lines = [
        "| the paper says | compared | score | predicted | seen, points | p | verdict |",
        "| --- | --- | --- | --- | --- | ---: | --- |",
    ]
    for claim, row in told:
        plain = claim.key == PLAIN
        seen = "" if row is None else _difference(row, plain=plain) + (" levels" if plain else "")
        lines.append(
            f"| {claim.text} | {claim.setting} against {claim.against} | "
            f"{' '.join(claim.key).replace('_', ' ')} | {claim.direction} | {seen} | "
            f"{'' if row is None else _p(row.p_value)} | {verdict(claim, row)} |"
        )
    return "\n".join(lines) + "\n"


def score_table(results: Results, found: Mapping[str, Mapping[Key, Estimate]]) -> str:
    """All scores of all settings."""
    lines = [
        "Per cent, `elsewhere` in levels of 255; edit success and negligent with their intervals.",
        "",
        "| setting | | seeds | " + " | ".join(COLUMNS) + " |",
        "| --- | --- | ---: |" + " ---: |" * len(COLUMNS),
    ]
    for setting in results.settings:
        rows = found[setting.name]
        cells = []
        for key in COLUMNS.values():
            if key in (EDIT_SUCCESS, NEGLIGENT):
                cells.append(_estimate(rows[key]).replace(" %", ""))
            elif key == PLAIN:
                cells.append(f"{rows[key].value:.1f}")
            else:
                cells.append(f"{100 * rows[key].value:.1f}" if key in rows else "")
        lines.append(
            f"| {setting.name} | {setting.description} | {len(results.clips[setting.name])} | "
            + " | ".join(cells)
            + " |"
        )
    return "\n".join(lines) + "\n"


def difference_table(found: Mapping[str, tuple[str, Mapping[Key, Difference]]]) -> str:
    """Paired differences of the main scores."""
    keys: Mapping[str, Key] = {
        "edit success": EDIT_SUCCESS,
        "negligent": NEGLIGENT,
        "semantic": SEMANTIC,
        "preserve": ("preserve_accuracy",),
        "change": ("metric", "change"),
    }
    lines = [
        "Points, with intervals, over the seeds that both have; p and MDD of edit success.",
        "",
        "| setting | against | " + " | ".join(keys) + " | p | MDD |",
        "| --- | --- |" + " --- |" * len(keys) + " ---: | ---: |",
    ]
    for name, (against, rows) in found.items():
        cells = [_difference(rows[key]) if key in rows else "" for key in keys.values()]
        main = rows[EDIT_SUCCESS]
        detectable = main.minimum_detectable
        lines.append(
            f"| {name} | {against} | {' | '.join(cells)} | {_p(main.p_value)} | "
            f"{'' if detectable is None else f'{100 * detectable:.1f}'} |"
        )
    return "\n".join(lines) + "\n"


def choice(results: Results, choose: list[Sample], report: list[Sample]) -> str:
    """The setting with the highest edit success on one half, on the other."""
    scores = {
        setting.name: estimates(choose, results.clips[setting.name])[EDIT_SUCCESS].value
        for setting in results.settings
        if setting.can_be_chosen
    }
    if not scores or not report:
        return ""
    best = max(scores, key=lambda name: scores[name])
    found = differences(report, results.clips[BASELINE], results.clips[best])
    success, negligent = found[EDIT_SUCCESS], found[NEGLIGENT]
    return (
        "## Chosen on one half, reported on the other\n\n"
        f"On {len(choose)} samples, `{best}` has the highest edit success of "
        f"{len(scores)} settings, {100 * scores[best]:.1f} %. On the other {len(report)} samples "
        f"it changes edit success by {_difference(success)} points (p = {_p(success.p_value)}) and "
        f"negligent by {_difference(negligent)} (p = {_p(negligent.p_value)}): {_seen(success)}.\n"
    )


def by_kind(results: Results, found: Mapping[str, Mapping[Key, Estimate]]) -> str:
    """Negligence and success by kind of edit."""
    names = [name for name in (BASELINE, BLUR, DEFAULT) if name in found]
    lines = [
        "## By kind of edit",
        "",
        "| kind | " + " | ".join(f"{name}: negligent | success" for name in names) + " |",
        "| --- |" + " ---: |" * (2 * len(names)),
    ]
    for kind in KINDS:
        cells = [
            f"{100 * found[name][key].value:.1f}"
            for name in names
            for key in (("subcategory", kind, "negligence"), ("subcategory", kind, "success"))
            if key in found[name]
        ]
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def blocks(results: Results) -> str:
    """The foreground ratio of each block."""
    if results.blocks is None:
        return ""
    told = results.blocks
    lines = [
        "## Foreground blocks",
        "",
        f"Share of the brightest quarter of tokens that hold an object, over {told['prompts']} "
        f"scenes; chance is {100 * told['chance']:.1f} %. Chosen: "
        f"{', '.join(map(str, told['blocks']))}.",
        "",
        "| block | ratio |",
        "| ---: | ---: |",
        *(f"| {block} | {100 * ratio:.1f} |" for block, ratio in enumerate(told["ratios"])),
    ]
    return "\n".join(lines) + "\n"


def attention(results: Results) -> str:
    """How often the entropy fell where AlignVid acted."""
    plain = {(row.block, row.step): row for row in results.attention if row.gamma == 1}
    acting = set(range((1 + max(row.block for row in results.attention) + 1) // 2))
    lines = [
        "## Attention",
        "",
        "One scene of each kind, first half of the blocks, t > 900. Means over the steps in the "
        "window and the blocks that act; masses of one softmax over image and text keys, padding "
        "included, entropy of the model's own two.",
        "",
        "| gamma | entropy | mass on text | entropy lower than plain, of block-steps |",
        "| ---: | ---: | ---: | ---: |",
    ]
    for gamma in sorted({row.gamma for row in results.attention}):
        own = [
            row
            for row in results.attention
            if row.gamma == gamma and row.in_window and row.block in acting
        ]
        lower = sum(row.entropy < plain[row.block, row.step].entropy for row in own)
        lines.append(
            f"| {gamma:g} | {sum(row.entropy for row in own) / len(own):.3f} | "
            f"{sum(row.text_mass for row in own) / len(own):.3f} | "
            f"{'' if gamma == 1 else f'{lower} of {len(own)}'} |"
        )
    return "\n".join(lines) + "\n"


def _share(right: int, asked: int) -> str:
    return f"{100 * right / asked:.1f} %"


def _estimate(row: Estimate) -> str:
    return f"{100 * row.value:.1f} % ({100 * row.low:.1f} to {100 * row.high:.1f})"


def _difference(row: Difference, *, plain: bool = False) -> str:
    factor = 1 if plain else 100
    text = f"{factor * row.difference:+.1f}"
    if row.low is None or row.high is None:
        return text
    return f"{text} ({factor * row.low:+.1f} to {factor * row.high:+.1f})"


def _seen(row: Difference) -> str:
    if row.low is None or row.high is None or row.low <= 0 <= row.high:
        return "no effect that this comparison could tell from none"
    return "higher" if row.low > 0 else "lower"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
