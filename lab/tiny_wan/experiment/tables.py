"""The page's tables, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping

from alignvid_ref.windows import FractionWindow
from evaluators.world.vocabulary import KINDS
from lab.tiny_wan.experiment.results import Results
from lab.tiny_wan.experiment.settings import BASELINE, BLUR, DEFAULT
from lab.tiny_wan.experiment.statistics import (
    EDIT_SUCCESS,
    ELSEWHERE,
    NEGLIGENT,
    SEMANTIC,
    Key,
)
from lab.tiny_wan.experiment.wording import difference, estimate, p_text
from omiti2v.comparison import Difference
from omiti2v.scores import Estimate

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
    "elsewhere": ELSEWHERE,
}


def score_table(results: Results, found: Mapping[str, Mapping[Key, Estimate]]) -> str:
    """All scores of all settings."""
    lines = [
        "Per cent, `elsewhere` in levels of 255; edit success and negligent with the intervals "
        "of each alone. Settings are to be compared by their paired differences, below.",
        "",
        "| setting | | seeds | " + " | ".join(COLUMNS) + " |",
        "| --- | --- | ---: |" + " ---: |" * len(COLUMNS),
    ]
    for setting in results.settings:
        rows = found[setting.name]
        cells = []
        for key in COLUMNS.values():
            if key in (EDIT_SUCCESS, NEGLIGENT):
                cells.append(estimate(rows[key]).replace(" %", ""))
            elif key == ELSEWHERE:
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
        "Points, with intervals, over the seeds that both have; p (unadjusted) and MDD of edit "
        "success.",
        "",
        "| setting | against | " + " | ".join(keys) + " | p | MDD |",
        "| --- | --- |" + " --- |" * len(keys) + " ---: | ---: |",
    ]
    for name, (against, rows) in found.items():
        cells = [difference(rows[key]) if key in rows else "" for key in keys.values()]
        main = rows[EDIT_SUCCESS]
        detectable = main.minimum_detectable
        lines.append(
            f"| {name} | {against} | {' | '.join(cells)} | {p_text(main.p_value)} | "
            f"{'' if detectable is None else f'{100 * detectable:.1f}'} |"
        )
    return "\n".join(lines) + "\n"


def by_kind(results: Results, found: Mapping[str, Mapping[Key, Estimate]]) -> str:
    """Negligence and success by kind of edit."""
    names = [name for name in (BASELINE, BLUR, DEFAULT) if name in found]
    lines = [
        "## By kind of edit",
        "",
        f"About {len(results.samples) // len(KINDS)} scenes each, in per cent, without intervals: "
        "to explore. `success` is that of the outcomes: every question right.",
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


def windows(results: Results) -> str:
    """How many steps each window is on for."""
    steps = results.stamp.steps
    counts = {
        setting.name: sum(setting.config.window.contains(i, steps) for i in range(steps))
        for setting in results.settings
        if setting.config is not None and isinstance(setting.config.window, FractionWindow)
    }
    if results.attention:
        counts = {
            "t > 900": len({row.step for row in results.attention if row.in_window}),
            **counts,
        }
    if not counts:
        return ""
    told = ", ".join(f"{name} {count}" for name, count in counts.items())
    return (
        f"Steps at which AlignVid acts, of {steps}: {told}. Where two windows have different "
        "numbers of steps, a part of their difference may be that.\n"
    )


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
        f"{', '.join(map(str, told['blocks']))}. There are no intervals: ratios a point "
        "or two apart may be in another order on other scenes.",
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
        f"{len(KINDS)} scenes, one of each kind, without intervals; first half of the blocks, "
        "t > 900. Means over the steps in the window and the blocks that act. Entropy is that of "
        "the model's own two softmaxes, each over the logarithm of its number of keys; that it "
        "falls on the same input is a theorem, so seeing it checks the code and not the paper. "
        "Masses are those of one softmax over image and text keys, which the model does not "
        "compute. There are 512 text keys, nearly all of them padding, and 17 image keys: were "
        f"all keys alike, the text would have {512 / 529:.3f}. Its mass is hardly that of words. "
        "After the first block and step that acts, the runs have different inputs.",
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
