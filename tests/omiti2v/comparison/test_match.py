"""Which runs may be compared, and on which samples."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from omiti2v.comparison.match import agreed_missing, matched_samples, require_same_judge
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.runs import Run

Make = Callable[..., Run]


def ids(samples: object) -> list[str]:
    return [sample.id for sample in samples]  # type: ignore[attr-defined]


def test_runs_that_cover_other_samples_match_only_on_request(
    edition: Edition, make_run: Make
) -> None:
    a = make_run(edition, "a", sample_ids=("s000", "s001"))
    b = make_run(edition, "b", sample_ids=("s001", "s002"))
    with pytest.raises(UserError, match=r"covers 2 samples, 1 of them not in .*--common"):
        matched_samples([a, b])
    assert ids(matched_samples([a, b], common=True)) == ["s001"]
    c = make_run(edition, "c", sample_ids=("s003",))
    with pytest.raises(UserError, match="no sample in common"):
        matched_samples([a, c], common=True)


def test_a_run_without_a_judge_contradicts_none(edition: Edition, make_run: Make) -> None:
    judged = make_run(edition, "a", lambda sample, question: "yes")
    other = make_run(edition, "b", lambda sample, question: "yes", judge="another judge")
    require_same_judge(judged, make_run(edition, "c"))
    with pytest.raises(UserError, match=r"judged by another judge .* by a judge"):
        require_same_judge(judged, other)


def test_a_rule_that_is_given_wins_and_two_rules_are_refused(
    edition: Edition, make_run: Make
) -> None:
    zero, drop = make_run(edition, "a"), make_run(edition, "b", missing="drop")
    assert agreed_missing(zero, drop, "drop") == "drop"
    assert agreed_missing(drop, drop, None) == "drop"
    with pytest.raises(UserError, match="give --missing zero or --missing drop"):
        agreed_missing(zero, drop, None)
