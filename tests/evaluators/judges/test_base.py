"""What a judge is, and the digest of what its answers depend on."""

from __future__ import annotations

import hashlib

import pytest

from evaluators.judges import BatchJudge, Judge, Judgement, fingerprint_of
from evaluators.judges.transformers_judge import TransformersJudge


def test_a_fingerprint_is_the_digest_of_canonical_json() -> None:
    identity = {"class": "é", "a": {"y": 1, "x": [0.5, None]}}
    text = '{"a":{"x":[0.5,null],"y":1},"class":"é"}'
    assert fingerprint_of(identity) == hashlib.sha256(text.encode()).hexdigest()


def test_a_fingerprint_does_not_depend_on_the_order_of_names_and_does_on_everything_else() -> None:
    same = fingerprint_of({"a": 1, "b": {"c": 2, "d": 3}})
    assert fingerprint_of({"b": {"d": 3, "c": 2}, "a": 1}) == same
    for other in ({"a": 1, "b": {"c": 2}}, {"a": 1, "b": {"c": 2, "d": "3"}}, {}):
        assert fingerprint_of(other) != same


def test_what_has_no_json_form_has_no_fingerprint() -> None:
    with pytest.raises((TypeError, ValueError)):
        fingerprint_of({"a": float("nan")})


def test_a_judge_that_prepares_is_told_from_one_that_does_not(
    random_judge: TransformersJudge, always_yes: Judge
) -> None:
    assert isinstance(random_judge, BatchJudge)
    assert not isinstance(always_yes, BatchJudge)


def test_a_judgement_without_probabilities_says_so() -> None:
    judgement = Judgement("yes")
    assert (judgement.p_yes, judgement.mass, judgement.reason) == (None, None, None)
