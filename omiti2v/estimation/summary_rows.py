"""Anchored and corrected scores as tables of text, for the terminal, the report and the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from omiti2v.definitions import NEGLIGENCE, OUTCOMES, SCORES, SUCCESS, Definition
from omiti2v.estimation.anchored_scores import AnchoredScores
from omiti2v.estimation.corrected_scores import CorrectedScores
from omiti2v.estimation.differences import (
    AnchoredDifferences,
    CorrectedDifferences,
    EstimatedDifference,
)
from omiti2v.number_format import MINUS, interval, percent, signed_percent
from omiti2v.plurals import counted

Row = dict[str, str]

TERMS: Mapping[str, Definition] = {
    "success": SUCCESS,
    **SCORES,
    "negligent": NEGLIGENCE,
    **{name: OUTCOMES[name] for name in ("partial", "broken")},
}
"""In the order in which they are shown."""


@dataclass(frozen=True)
class EstimateTable:
    """Scores that know that the judge errs.

    Attributes:
        title: What they rest on.
        rows: Of equal columns.
        notes: What belongs to it in words.
    """

    title: str
    rows: Sequence[Row]
    notes: Sequence[str]


def estimate_tables(
    people: AnchoredScores | AnchoredDifferences | None,
    corrected: CorrectedScores | CorrectedDifferences | None,
) -> list[EstimateTable]:
    """A table of each that there is: of the scores of a run, or of the differences of two."""
    tables = []
    if people:
        rows, notes = (
            (anchored_rows(people), anchored_notes(people))
            if isinstance(people, AnchoredScores)
            else (difference_rows(people.scores), [_answered(people)])
        )
        tables.append(EstimateTable("Anchored in people", rows, notes))
    if corrected:
        notes = [calibrated_on(corrected.ground, corrected.scenes, same_kind=corrected.same_kind)]
        if isinstance(corrected, CorrectedScores):
            rows = corrected_rows(corrected)
            notes[0] += " The interval holds the samples' error and the calibration's."
        else:
            rows = difference_rows(corrected.scores)
            for reason in dict.fromkeys(corrected.refused.values()):
                names = [n for n in TERMS if corrected.refused.get(n) == reason]
                notes.append(
                    f"{', '.join(TERMS[n].label for n in names)}: not corrected, {reason}."
                )
        tables.append(EstimateTable("Corrected for the judge", rows, notes))
    return tables


def anchored_rows(scores: AnchoredScores) -> list[Row]:
    """A row for each score anchored in people."""
    return [
        {
            "score (%)": term.label,
            "judge": percent(row.judge),
            "judge and people": percent(row.value),
            "95 % interval": interval(row.low, row.high),
        }
        for name, term in TERMS.items()
        if (row := scores.scores.get(name))
    ]


def anchored_notes(scores: AnchoredScores) -> list[str]:
    """What belongs to the table in words."""
    how = "chosen by P(yes), with their chances" if scores.chosen else "taken to be drawn at random"
    notes = [
        f"{scores.badge}, {how}; {counted(scores.reviewers, 'reviewer')}. For samples like these."
    ]
    if scores.unknown:
        notes.append(
            f"{counted(scores.unknown, 'question')} that people could not settle, by a tie or "
            "unclear: not right."
        )
    if scores.partial or scores.passed_over:
        notes.append(
            f"Not counted: {counted(scores.partial, 'sample')} with some answers, "
            f"{counted(scores.passed_over, 'sample')} answered ahead of turn."
        )
    return notes


def corrected_rows(scores: CorrectedScores) -> list[Row]:
    """A row for each score that could be corrected, or could not."""
    rows: list[Row] = []
    for name, term in TERMS.items():
        if row := scores.scores.get(name):
            by = "pooled over all" if row.rates_by == "nothing" else f"by {row.rates_by}"
            cut = "" if row.beyond is None else f"; {percent(row.beyond)} before it was cut"
            rows.append(
                {
                    "score (%)": term.label,
                    "judge": percent(row.judge),
                    "corrected": percent(row.value),
                    "95 % interval": interval(row.low, row.high),
                    "rates": f"{by}{cut}",
                }
            )
        elif reason := scores.refused.get(name):
            rows.append(
                {
                    "score (%)": term.label,
                    "judge": "",
                    "corrected": "not available",
                    "95 % interval": "",
                    "rates": reason,
                }
            )
    return rows


def calibrated_on(ground: str, scenes: int, *, same_kind: bool) -> str:
    """What a correction rests on."""
    unit, where = {
        "drawn": ("rendered scene", "on drawn backgrounds"),
        "photographs": ("rendered scene", "over photographs"),
        "contrast": ("sample", "with clips composited on photographs"),
    }.get(ground, ("scene", ground))
    text = f"Corrected by the judge's errors on {counted(scenes, unit)} {where}"
    if same_kind:
        return f"{text}, as these videos are."
    return (
        f"{text}: ANOTHER KIND OF VIDEO than these, on which the judge may err more or otherwise; "
        "the interval does not hold that."
    )


def difference_rows(differences: Mapping[str, EstimatedDifference]) -> list[Row]:
    """A row for each difference of two runs, B less A."""
    return [
        {
            "score (points)": term.label,
            "A": percent(row.a),
            "B": percent(row.b),
            f"B {MINUS} A": signed_percent(row.difference),
            "95 % interval": interval(row.low, row.high, signed_percent),
        }
        for name, term in TERMS.items()
        if (row := differences.get(name))
    ]


def _answered(found: AnchoredDifferences) -> str:
    return (
        f"Judge and people: they answered {found.answered_a} samples of A, {found.answered_b} of "
        f"B, {found.answered_both} of both, of {found.samples}. For samples like these."
    )
