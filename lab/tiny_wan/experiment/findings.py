"""The page's sentences and verdicts: what the numbers say, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lab.tiny_wan.clips import TARGET_SHARES
from lab.tiny_wan.experiment.claims import SATURATED, Claim, verdict, verdict_by_interval
from lab.tiny_wan.experiment.results import Results
from lab.tiny_wan.experiment.settings import BASELINE
from lab.tiny_wan.experiment.statistics import (
    ALPHA,
    EDIT_SUCCESS,
    ELSEWHERE,
    LOOKED_AT,
    NEGLIGENT,
    Key,
    differences,
    estimates,
)
from lab.tiny_wan.experiment.wording import (
    difference,
    estimate,
    p_is,
    p_text,
    seen_as,
    share,
)
from omiti2v.comparison import Difference
from omiti2v.comparison.significance import holm_adjust
from omiti2v.samples import Sample
from omiti2v.scores import Estimate

WANTED_NEGLIGENCE = (0.2, 0.7)


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
            f"{share(*rendered)} of the questions right, on what the autoencoder makes of them "
            f"{share(*made)}."
        )
    return "\n".join(lines) + "\n"


def headline(
    primary: tuple[str, Mapping[Key, Difference]] | None,
    baseline: Mapping[Key, Estimate],
    *,
    guided: Mapping[Key, Difference] | None = None,
    unseen: Mapping[Key, Difference] | None = None,
) -> str:
    """The primary comparison in words.

    Args:
        primary: What gamma 1.35 is compared with, and the differences.
        baseline: Scores of the model alone.
        guided: Differences of the model with guidance 2.
        unseen: The same differences without the first `LOOKED_AT` scenes.
    """
    negligent = baseline[NEGLIGENT]
    low, high = WANTED_NEGLIGENCE
    inside = "inside" if low <= negligent.value <= high else "**outside**"
    lines = [
        "## In short",
        "",
        f"The model alone gets the edit done on {estimate(baseline[EDIT_SUCCESS])} of the clips "
        f"and is negligent on {estimate(negligent)}, {inside} the 20 to 70 % that the training "
        f"aimed at. Of the clips that it learnt from, {100 * TARGET_SHARES['done']:g} % do the "
        "edit: a share of what it leaves undone it was taught to leave.",
        "",
    ]
    if primary is not None:
        rows = {"edit success": primary[1][EDIT_SUCCESS], "negligent": primary[1][NEGLIGENT]}
        adjusted = holm_adjust({name: row.p_value for name, row in rows.items()})
        for name, row in rows.items():
            lines.append(
                f"AlignVid (gamma 1.35) changes *{name}* by {difference(row)} points, "
                f"Holm-adjusted {p_is(adjusted[name])}: {seen_as(row, adjusted[name])}."
            )
        shares = ", ".join(
            f"{name} {100 * primary[1]['outcome', name].difference:+.1f}"
            for name in ("success", "partial", "negligent", "broken")
        )
        lines += ["", f"In points of all clips, the outcomes change by: {shares}."]
    if guided is not None:
        lines.append(
            "For scale: guidance 2 without AlignVid changes edit success by "
            f"{difference(guided[EDIT_SUCCESS])} and negligent by "
            f"{difference(guided[NEGLIGENT])} points."
        )
    if unseen is not None:
        lines.append(
            f"Without the first {LOOKED_AT} scenes, on which an unfinished model had been looked "
            f"at: edit success {difference(unseen[EDIT_SUCCESS])}, negligent "
            f"{difference(unseen[NEGLIGENT])}."
        )
    return "\n".join(lines) + "\n"


def claim_table(
    told: Sequence[tuple[Claim, Difference | None]],
    *,
    still_dynamic: float | None,
    idle: Sequence[str] = (),
) -> str:
    """Each claim with what was seen.

    Args:
        told: From `claims.hold_against`.
        still_dynamic: Dynamic degree of the clips on which nothing is done, where known.
        idle: Settings that make the clips of the model alone.
    """
    verdicts = [verdict(claim, row, still_dynamic=still_dynamic, idle=idle) for claim, row in told]
    tested = sum(given not in ("not run", "can't be told") for given in verdicts)
    lines = [
        "A verdict is on the direction alone, and is given where the interval leaves out 0 and p "
        f"is under {ALPHA:g}; *not told apart* is not *the same*. These p-values are unadjusted: "
        f"of the {tested} lines that can be told, about {ALPHA * tested:.1f} would be told apart "
        "by chance if nothing had any effect. Lines about the same clips stand or fall together. "
        "Only the first two are the primary comparison.",
        "",
        "| prediction | compared | score | predicted | seen, points | p | verdict |",
        "| --- | --- | --- | --- | --- | ---: | --- |",
    ]
    for (claim, row), given in zip(told, verdicts, strict=True):
        plain = claim.key == ELSEWHERE
        seen = "" if row is None else difference(row, plain=plain) + (" levels" if plain else "")
        lines.append(
            f"| {claim.text} | {claim.setting} against {claim.against} | "
            f"{' '.join(claim.key).replace('_', ' ')} | {claim.direction} | {seen} | "
            f"{'' if row is None else p_text(row.p_value)} | {given} |"
        )
    changed = [
        f"{claim.setting} against {claim.against}, "
        f"{' '.join(claim.key).replace('_', ' ')}: *{rule}*"
        for (claim, row), given in zip(told, verdicts, strict=True)
        if (rule := verdict_by_interval(claim, row)) != given
    ]
    if changed:
        lines += [
            "",
            "The condition on p and *can't be told* were added after results had been seen. By the "
            f"rule written down before, the interval alone, would be: {'; '.join(changed)}.",
        ]
    if still_dynamic is not None and still_dynamic > SATURATED:
        lines += [
            "",
            f"Dynamic degree tells nothing here: of rendered clips on which nothing is done, "
            f"{100 * still_dynamic:.1f} % count as moving after the autoencoder, since the objects "
            "of this world bob where they stand. So no verdict is given on it.",
        ]
    for name in idle:
        lines += [
            "",
            f"`{name}` never acted here: its clips are those of the model alone, so a verdict on "
            "it would be on nothing. Conflict-aware gamma is above 1 where the image has more mass "
            "than the text, and here the text has nearly all (see *Attention*)."
            if name == "conflict"
            else f"`{name}` never acted here: its clips are those of the model alone.",
        ]
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
        f"it changes edit success by {difference(success)} points ({p_is(success.p_value)}: "
        f"{seen_as(success)}) and negligent by {difference(negligent)} "
        f"({p_is(negligent.p_value)}: {seen_as(negligent)}), each against the model alone. Its "
        f"price: preserve accuracy {difference(found['preserve_accuracy',])}, elsewhere "
        f"{difference(found[ELSEWHERE], plain=True)} levels.\n"
    )
