"""What the paper predicts of the tiny Wan, line by line, and what was seen."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from lab.tiny_wan.experiment.settings import (
    BASELINE,
    BLUR,
    CONTROLS,
    DEFAULT,
    GUIDED,
    MEASURED,
)
from lab.tiny_wan.experiment.statistics import (
    EDIT_SUCCESS,
    NEGLIGENT,
    SEMANTIC,
    Clips,
    Key,
    differences,
    told_apart,
)
from omiti2v.comparison import Difference
from omiti2v.samples import Sample

Verdict = Literal["as predicted", "the opposite", "not told apart", "can't be told", "not run"]

STILL = next(name for name, shown in CONTROLS.items() if shown == "still")
DYNAMIC: Key = ("metric", "dynamic_degree")
SATURATED = 0.5
"""A dynamic degree that clips on which nothing is done must not reach, or it tells nothing."""


@dataclass(frozen=True)
class Claim:
    """One prediction.

    Attributes:
        text: What is claimed, and what the claim rests on.
        setting: That it is about.
        against: What that is compared with.
        key: The score.
        direction: Of the difference `setting` less `against`.
    """

    text: str
    setting: str
    against: str
    key: Key
    direction: Literal["up", "down"]


def _category(name: str) -> Key:
    return ("category", name, "accuracy")


CLAIMS: tuple[Claim, ...] = (
    Claim("AlignVid gets more edits done", DEFAULT, BASELINE, EDIT_SUCCESS, "up"),
    Claim("AlignVid ignores fewer prompts", DEFAULT, BASELINE, NEGLIGENT, "down"),
    Claim("the paper's score rises: on Wan2.1 by 6.3 points", DEFAULT, BASELINE, SEMANTIC, "up"),
    Claim("additions: +7.8 points", DEFAULT, BASELINE, _category("addition"), "up"),
    Claim("deletions: +6.3 points", DEFAULT, BASELINE, _category("deletion"), "up"),
    Claim("modifications: +4.9 points", DEFAULT, BASELINE, _category("modification"), "up"),
    Claim("more videos move: +1.0 points", DEFAULT, BASELINE, DYNAMIC, "up"),
    Claim(
        "quality falls a little (aesthetic quality -1.5; here: what has to stay)",
        DEFAULT,
        BASELINE,
        ("preserve_accuracy",),
        "down",
    ),
    Claim("a blurred image frees the text (pilot study)", BLUR, BASELINE, EDIT_SUCCESS, "up"),
    Claim(
        "gamma 1.35 is the paper's for all models: more is worse (our reading of it)",
        "gamma-2",
        DEFAULT,
        EDIT_SUCCESS,
        "down",
    ),
    Claim("early steps count: middle ones do less", "middle", "early", EDIT_SUCCESS, "down"),
    Claim("early steps count: late ones do less", "late", "early", EDIT_SUCCESS, "down"),
    Claim(
        "acting at all steps costs quality (here: what is left alone changes more)",
        "all-steps",
        DEFAULT,
        ("metric", "elsewhere"),
        "up",
    ),
    Claim("foreground blocks do better than all", MEASURED, "all-blocks", EDIT_SUCCESS, "up"),
    Claim(
        "conflict-aware gamma adds a little less: -1.1 points on additions",
        "conflict",
        DEFAULT,
        _category("addition"),
        "down",
    ),
    Claim(
        "gamma under 1 does the opposite (not in the paper; its explanation says so)",
        "gamma-0.75",
        BASELINE,
        EDIT_SUCCESS,
        "down",
    ),
    Claim(
        "AlignVid adds to guidance (not in the paper)",
        f"{GUIDED}-{DEFAULT}",
        GUIDED,
        EDIT_SUCCESS,
        "up",
    ),
)


def verdict(
    claim: Claim,
    seen: Difference | None,
    *,
    still_dynamic: float | None = None,
    idle: Collection[str] = (),
) -> Verdict:
    """What a difference says of the direction of a claim; of its size it says nothing.

    Args:
        claim: What was predicted.
        seen: None where a setting was not run.
        still_dynamic: Dynamic degree of the clips on which nothing is done, where known.
        idle: Settings that make the clips of the model alone.
    """
    if seen is None:
        return "not run"
    if claim.setting in idle:
        return "can't be told"
    if claim.key == DYNAMIC and still_dynamic is not None and still_dynamic > SATURATED:
        return "can't be told"
    if not told_apart(seen):
        return "not told apart"
    return "as predicted" if (seen.difference > 0) == (claim.direction == "up") else "the opposite"


def verdict_by_interval(claim: Claim, seen: Difference | None) -> Verdict:
    """The rule that was written down before the run: the 95 % interval alone."""
    if seen is None or seen.low is None or seen.high is None:
        return "not run"
    if seen.low <= 0 <= seen.high:
        return "not told apart"
    return "as predicted" if (seen.low > 0) == (claim.direction == "up") else "the opposite"


def hold_against(
    samples: list[Sample], clips: Mapping[str, Clips]
) -> list[tuple[Claim, Difference | None]]:
    """Each claim with the difference that was seen; None where a setting was not run.

    Args:
        samples: All.
        clips: By setting.
    """
    found: dict[tuple[str, str], Mapping[Key, Difference]] = {}
    told = []
    for claim in CLAIMS:
        pair = claim.against, claim.setting
        if all(name in clips for name in pair) and pair not in found:
            found[pair] = differences(samples, *(clips[name] for name in pair))
        told.append((claim, found.get(pair, {}).get(claim.key)))
    return told
