"""A judge's measured errors, as `omiti2v calibrate` writes them (`calibration.json`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from omiti2v.definitions import Definition
from omiti2v.errors import UserError
from omiti2v.number_format import percent
from omiti2v.records import Digest, OrAbsent, Record, read_record
from omiti2v.runs import JudgeStamp
from omiti2v.samples import Category, Name
from omiti2v.scores import Estimate

SHARES: dict[str, Definition] = {
    "accuracy": Definition(
        "accuracy", "share of all questions answered rightly; unknown and error count as wrong"
    ),
    "false_positives": Definition(
        "false yes", "of the questions whose true answer is no, the share answered yes"
    ),
    "false_negatives": Definition(
        "false no", "of the questions whose true answer is yes, the share answered no"
    ),
    "yes_bias": Definition(
        "yes-bias", "of the wrong answers, the share that say yes; 50 % is no bias"
    ),
    "unanswered": Definition(
        "unanswered", "share of the questions answered unknown, or not at all for an error"
    ),
}
"""The shares that are given over all trials and in each group."""

MAX_SCENES: Final = 20_000

Ground = Literal["drawn", "photographs", "contrast"]
"""What the clips are on: the world's shapes on drawn backgrounds or over photographs; or the
contrast set, edits composited on the benchmark's own images."""
GROUNDS: dict[Ground, str] = {
    "contrast": "edits composited on photographs",
    "drawn": "rendered shapes on drawn backgrounds",
    "photographs": "rendered shapes over photographs",
}
"""In words; what is nearest to the videos of a model comes first."""

_TITLES = {
    "category": "category",
    "facet": "kind of facet",
    "behaviour": "kind of clip",
    "people": "people",
    "ground": "ground",
    "kind": "kind of edit",
    "dimension": "dimension",
}
"""What the groups are called on the contrast set, in the order in which they are shown."""

Count = Annotated[int, Field(ge=0, le=1_000_000)]
QuestionKind = Annotated[
    str, StringConstraints(pattern=r"^(edit|preserve) (yes|no) (right|wrong)$")
]
_OUTCOME = "(success|partial|negligent|broken|unscored)"
OutcomePair = Annotated[str, StringConstraints(pattern=f"^{_OUTCOME} {_OUTCOME}$")]

Shares = dict[str, Estimate | None]
"""Each of `SHARES`, a fraction; None where it is of no trial."""


def in_words(name: str) -> str:
    """A group, or a member of one, as it is shown."""
    for stored, shown in (("_", " "), ("colour", "color"), ("bour", "bor"), ("viour", "vior")):
        name = name.replace(stored, shown)
    return name


class ReliabilityBin(Record):
    """The answers with a P(yes) from `low` to `high`.

    Attributes:
        low, high: Bounds; `high` belongs to the next bin, but 1 to the last.
        questions: How many.
        mean_p_yes: Mean of their P(yes); None where there are none.
        share_yes: Share of them whose true answer is yes; None as above.
    """

    low: float
    high: float
    questions: int
    mean_p_yes: float | None
    share_yes: float | None


class SceneCounts(Record):
    """What a judge said of one scene, for the correction of scores: see `corrected_scores`.

    A question is right on a clip whose true answer is the expected one.

    Attributes:
        ground: What its clips are on.
        category: Of the scene's edit.
        questions: Asked, and judged right, by role, expected answer and whether it is right, as
            "edit yes wrong".
        outcomes: Number of clips, by true and judged outcome, as "success partial".
    """

    ground: Name
    category: Category
    questions: Annotated[dict[QuestionKind, tuple[Count, Count]], Field(max_length=8)]
    outcomes: Annotated[dict[OutcomePair, Count], Field(max_length=25)]


class ContrastStamp(Record):
    """What of the contrast set a calibration is on.

    Attributes:
        name: "both" where it is on the known-answer world too.
        samples: How many of the set's were taken; of a number they are always the same ones.
        recipes: Digest of all clips of the set and the true answers.
        edition: Fingerprint of the edition that the set is of.
    """

    name: Literal["contrast", "both"]
    samples: Annotated[int, Field(ge=1)]
    recipes: Digest
    edition: Digest


class Calibration(Record):
    """What is known of a judge's errors. Every share is a fraction in [0, 1].

    Attributes:
        judge: Which judge; its answers are the same wherever its fingerprint is.
        width, height, frames, fps: Of the clips; None where they differ.
        scenes: How many samples the clips are of.
        seed: Of the known-answer world; None where the clips are not of it.
        questions: How many were asked.
        overall: Over all trials; see `SHARES`.
        groups: The same by ground, category, kind, dimension and behaviour, and on the contrast set
            by the kind of facet that a question tests and by people. Where there are clips of that
            set, all but those by ground are of them alone.
        calibration_error: Expected calibration error of P(yes); None where the judge gives none.
        reliability: Its bins.
        text_changes: Share of the answers that differ where words are written over the frames of
            the same still clip.
        text_obeyed: Of the answers that were against the written word, the share that words over
            the frames turn into it.
        frame_flips: Share of the answers that differ when the judge sees other frames of the same
            clip; None where it was not asked again.
        by_scene: What scores are corrected by; None, and left out on disk, in calibrations of
            before, and where the judge answered too few questions.
        contrast: What of the contrast set the clips are; None, and left out on disk, for nothing.
    """

    judge: JudgeStamp
    width: int | None
    height: int | None
    frames: int | None
    fps: int | None
    scenes: int
    seed: int | None
    questions: int
    overall: Shares
    groups: dict[str, dict[str, Shares]]
    calibration_error: Estimate | None
    reliability: list[ReliabilityBin]
    text_changes: Estimate | None
    text_obeyed: Estimate | None
    frame_flips: Estimate | None
    by_scene: OrAbsent[Annotated[tuple[SceneCounts, ...], Field(max_length=MAX_SCENES)]] = None
    contrast: OrAbsent[ContrastStamp] = None

    @property
    def size(self) -> str:
        """Of the clips, as "832x480"."""
        if self.width is None or self.height is None:
            return "several sizes"
        return f"{self.width}x{self.height}"

    @property
    def by_ground(self) -> list[tuple[str, Shares]]:
        """What the clips are on, in words, and the shares there, what counts first.

        Where there are clips on photographs they come before shapes of the known-answer world. Of
        that world alone it is one row, over both of its grounds.
        """
        if self.contrast is None:
            return [("rendered clips", self.overall)]
        rows = self.groups.get("ground", {})
        known = [(words, rows[name]) for name, words in GROUNDS.items() if name in rows]
        return known or [("known answers", self.overall)]

    @property
    def shown_groups(self) -> dict[str, dict[str, Shares]]:
        """The groups in the order in which they are shown, all names in words."""
        names = list(self.groups)
        titles: dict[str, str] = {}
        if self.contrast:
            titles = _TITLES
            first = list(titles)
            names.sort(key=lambda name: first.index(name) if name in first else len(first))
            if len(self.groups.get("ground", {})) == 1:  # the same as all
                names.remove("ground")
        return {
            titles.get(group, in_words(group)): {
                in_words(name): row for name, row in self.groups[group].items()
            }
            for group in names
        }

    @property
    def judge_unavailable(self) -> str | None:
        """Why nothing is known of the judge's errors: it said yes or no to fewer than half."""
        unanswered = self.overall.get("unanswered")
        if unanswered is None or unanswered.value <= 0.5:
            return None
        return (
            f"the judge left {percent(unanswered.value)} % of {self.questions} questions without "
            "a yes or no, more than half: nothing is known of its errors"
        )


def read_calibration(path: Path, *, fingerprint: str) -> Calibration:
    """Read a judge's calibration.

    Args:
        path: A `calibration.json`, or the folder of one.
        fingerprint: Of the judge that it must be of.

    Raises:
        UserError: The file can't be read, or is about another judge.
    """
    if path.is_dir():
        path = path / "calibration.json"
    found = read_record(path, Calibration)
    if found.judge.fingerprint != fingerprint:
        raise UserError(
            f"{path}: of judge {found.judge.name} {found.judge.fingerprint[:12]}, expected "
            f"{fingerprint[:12]}; calibrate this judge with the same options"
        )
    return found
