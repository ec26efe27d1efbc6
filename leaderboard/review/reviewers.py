"""Reviewers beside each other: how far each has come, and how far two agree."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import combinations

from omiti2v.kappa import cohen_kappa
from omiti2v.records import Record
from omiti2v.reviews.people import AskedForm, Key, PersonAnswer, standing_answers


class PairAgreement(Record):
    """Two reviewers' answers to the same questions of one form.

    Attributes:
        one, other: Whose.
        form: What was asked.
        shared: Questions that both have answered.
        agreed: Those to which both say the same, "unclear" included.
        kappa: Cohen's kappa over yes, no and unclear; None where it is not defined.
    """

    one: str
    other: str
    form: AskedForm
    shared: int
    agreed: int
    kappa: float | None


def pair_agreements(
    people: Mapping[str, Sequence[PersonAnswer]], asked: Container[Key]
) -> tuple[PairAgreement, ...]:
    """The agreement of every two reviewers who have answered a question in common, by form.

    Args:
        people: The reviewers' lines, by name.
        asked: The questions that count.
    """
    standing = {
        name: {key: row.answer for key, row in standing_answers(rows).items() if key in asked}
        for name, rows in people.items()
    }
    found = []
    for one, other in combinations(sorted(standing), 2):
        shared = sorted(standing[one].keys() & standing[other].keys())
        for form in dict.fromkeys(key[0] for key in shared):
            ours, theirs = (
                [standing[name][key] for key in shared if key[0] == form] for name in (one, other)
            )
            found.append(
                PairAgreement(
                    one=one,
                    other=other,
                    form=form,
                    shared=len(ours),
                    agreed=sum(a == b for a, b in zip(ours, theirs, strict=True)),
                    kappa=cohen_kappa(ours, theirs),
                )
            )
    return tuple(found)


def samples_in_full(asked: Iterable[Key], answered: Container[Key]) -> int:
    """The number of samples of which every question that was asked is answered."""
    missing: dict[str, bool] = {}
    for key in asked:
        missing[key[1]] = missing.get(key[1], False) or key not in answered
    return list(missing.values()).count(False)
