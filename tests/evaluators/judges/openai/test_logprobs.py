"""P(yes) from a list of the likeliest tokens."""

from __future__ import annotations

import math

import pytest
import torch

from evaluators.judges.answer_tokens import (
    NO_FORMS,
    YES_FORMS,
    AnswerTokens,
    judgements_from_logits,
)
from evaluators.judges.openai.logprobs import (
    NO,
    YES,
    TokenLogprob,
    judgement_from_logprobs,
    spelling,
)


def listed(**chances: float) -> list[TokenLogprob]:
    return [TokenLogprob(token, math.log(chance)) for token, chance in chances.items()]


def test_the_spellings_are_those_of_the_fast_protocol() -> None:
    assert {spelling(form) for form in YES_FORMS} == YES
    assert {spelling(form) for form in NO_FORMS} == NO


@pytest.mark.parametrize("token", ["Yes", " Yes", "▁Yes", "ĠYes"])
def test_a_space_before_the_word_is_read_however_it_is_written(token: str) -> None:
    judgement = judgement_from_logprobs(
        [TokenLogprob(token, -0.1), TokenLogprob("No", -3.0)], threshold=0.5
    )
    assert judgement is not None
    assert judgement.answer == "yes"


@pytest.mark.parametrize(
    "token", ["Yesterday", "None", "Not", "Now", "know", "  yes", "yes.", "ye"]
)
def test_no_other_token_is_yes_or_no(token: str) -> None:
    judgement = judgement_from_logprobs(
        [TokenLogprob(token, -0.1), TokenLogprob("maybe", -3.0)], threshold=0.5
    )
    assert judgement is not None
    assert (judgement.answer, judgement.mass, judgement.p_yes) == ("unknown", 0.0, None)


def test_spellings_add_up() -> None:
    judgement = judgement_from_logprobs(
        listed(Yes=0.3, yes=0.2, YES=0.1, No=0.25, no=0.05, The=0.1), threshold=0.5
    )
    assert judgement is not None
    assert judgement.answer == "yes"
    assert judgement.mass == pytest.approx(0.9)
    assert judgement.p_yes == pytest.approx(2 / 3)


def test_below_the_threshold_is_unknown_and_at_it_is_not() -> None:
    below = judgement_from_logprobs(listed(Yes=0.3, No=0.19, The=0.5), threshold=0.5)
    assert below is not None
    assert (below.answer, below.p_yes) == ("unknown", pytest.approx(0.3 / 0.49))
    above = judgement_from_logprobs(listed(Yes=0.3, No=0.21, The=0.49), threshold=0.5)
    assert above is not None
    assert above.answer == "yes"


def test_a_tie_is_no_answer() -> None:
    judgement = judgement_from_logprobs(listed(Yes=0.4, No=0.4, The=0.2), threshold=0.5)
    assert judgement is not None
    assert (judgement.answer, judgement.p_yes) == ("unknown", 0.5)


def test_a_word_that_is_not_listed_is_as_likely_as_the_least_likely_that_is() -> None:
    judgement = judgement_from_logprobs(listed(Yes=0.9, The=0.01, A=0.01), threshold=0.5)
    assert judgement is not None
    assert judgement.p_yes == pytest.approx(0.9 / 0.91)
    # The rest of the probability is the other bound: a short list must not make it a tie.
    judgement = judgement_from_logprobs(listed(No=0.9), threshold=0.5)
    assert judgement is not None
    assert (judgement.answer, judgement.p_yes) == ("no", pytest.approx(0.1))


@pytest.mark.parametrize(
    "top",
    [
        [],
        [("Yes", 0.0)],
        [("Yes", 0.0), ("No", -math.inf), ("#", -math.inf)],
        [("The", 0.0), ("No", -9999.0)],
        [("Yes", -0.1), ("No", -9999.0), ("The", -2.4)],
    ],
)
def test_a_list_without_probabilities_gives_none(top: list[tuple[str, float]]) -> None:
    entries = [TokenLogprob(token, logprob) for token, logprob in top]
    assert judgement_from_logprobs(entries, threshold=0.5) is None


@pytest.mark.parametrize("logprob", [math.nan, math.inf, 0.5, 3.0])
def test_a_number_that_is_no_logprob_is_an_error(logprob: float) -> None:
    judgement = judgement_from_logprobs(
        [TokenLogprob("Yes", logprob), TokenLogprob("No", -1.0)], threshold=0.5
    )
    assert judgement is not None
    assert judgement.answer == "error"


@pytest.mark.parametrize("seed", range(20))
def test_twenty_tokens_say_what_the_whole_vocabulary_says(seed: int) -> None:
    words = [*YES_FORMS, *NO_FORMS, *(f"word{number}" for number in range(500))]
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(len(words), generator=generator, dtype=torch.float64)
    logits[: len(YES_FORMS) + len(NO_FORMS)] += 7
    tokens = AnswerTokens(yes=tuple(range(6)), no=tuple(range(6, 12)))
    (whole,) = judgements_from_logits(logits[None], tokens, threshold=0.5)
    best = torch.log_softmax(logits, dim=0).topk(20)
    top = [
        TokenLogprob(words[int(place)], float(logprob))
        for place, logprob in zip(best.indices, best.values, strict=True)
    ]
    short = judgement_from_logprobs(top, threshold=0.5)
    assert short is not None
    assert short.answer == whole.answer != "unknown"
    assert short.p_yes == pytest.approx(whole.p_yes, abs=0.01)
    assert whole.mass is not None
    assert short.mass is not None
    assert whole.mass - 0.01 <= short.mass <= whole.mass + 1e-9
