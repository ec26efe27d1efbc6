"""Reading yes, no or neither off the scores of the first answer token."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_models.others import sentencepiece_tokenizer

from evaluators.judges import Judgement
from evaluators.judges.answer_tokens import AnswerTokens, answer_tokens, judgements_from_logits
from omiti2v.errors import UserError

TOKENS = AnswerTokens(yes=(0, 1), no=(2, 3))


def judgement_of(logits: torch.Tensor, tokens: AnswerTokens, *, threshold: float) -> Judgement:
    (judgement,) = judgements_from_logits(logits[None], tokens, threshold=threshold)
    return judgement


class WordTokenizer:
    """One token for a known word, two for any other."""

    unk_token_id = 0

    def __init__(self, words: Mapping[str, int]) -> None:
        self._words = words

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        return [self._words[text]] if text in self._words else [900, 901]

    def get_added_vocab(self) -> dict[str, int]:
        return {}


def logits_for(*probabilities: float) -> torch.Tensor:
    return torch.tensor(probabilities).log()


def test_mass_and_p_yes_follow_from_the_softmax_over_the_whole_vocabulary() -> None:
    judgement = judgement_of(logits_for(0.3, 0.3, 0.1, 0.1, 0.15, 0.05), TOKENS, threshold=0.5)
    assert judgement.answer == "yes"
    assert judgement.mass == pytest.approx(0.8)
    assert judgement.p_yes == pytest.approx(0.75)
    assert judgement.reason is None


def test_no_is_the_answer_where_no_has_more() -> None:
    judgement = judgement_of(logits_for(0.1, 0.1, 0.4, 0.1, 0.3), TOKENS, threshold=0.5)
    assert judgement.answer == "no"
    assert judgement.p_yes == pytest.approx(2 / 7)


def test_too_little_mass_is_unknown_and_keeps_its_numbers() -> None:
    judgement = judgement_of(logits_for(0.2, 0.1, 0.05, 0.05, 0.6), TOKENS, threshold=0.5)
    assert judgement.answer == "unknown"
    assert judgement.mass == pytest.approx(0.4)
    assert judgement.p_yes == pytest.approx(0.75)
    assert judgement.reason == "yes and no together have probability 0.4, below 0.5"


def test_mass_exactly_at_the_threshold_is_an_answer() -> None:
    logits = torch.zeros(8)  # four of eight equal tokens: mass exactly 0.5
    logits[0] += 1e-3
    logits[2] -= 1e-3
    threshold = judgement_of(logits, TOKENS, threshold=0.0).mass
    assert threshold is not None
    assert judgement_of(logits, TOKENS, threshold=threshold).answer == "yes"
    above = math.nextafter(threshold, 1)
    assert judgement_of(logits, TOKENS, threshold=above).answer == "unknown"


def test_a_tie_is_unknown_and_not_a_yes() -> None:
    judgement = judgement_of(torch.zeros(4), TOKENS, threshold=0.5)
    assert (judgement.answer, judgement.p_yes, judgement.mass) == ("unknown", 0.5, 1.0)
    assert judgement.reason == "yes and no are equally likely"


def test_no_mass_at_all_gives_no_p_yes() -> None:
    logits = torch.tensor([-3000.0, -3000.0, -4000.0, -4000.0, 3000.0])
    judgement = judgement_of(logits, TOKENS, threshold=0.0)
    assert (judgement.answer, judgement.p_yes, judgement.mass) == ("unknown", None, 0.0)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_logits_that_are_not_finite_are_an_error(value: float) -> None:
    logits = torch.zeros(6)
    logits[5] = value
    judgement = judgement_of(logits, TOKENS, threshold=0.5)
    assert (judgement.answer, judgement.p_yes, judgement.mass) == ("error", None, None)
    assert judgement.reason == "the model gave logits that are not finite"


@given(
    st.lists(st.floats(-1e4, 1e4, width=32), min_size=4, max_size=9),
    st.sampled_from([torch.float32, torch.bfloat16, torch.float16]),
)
def test_probabilities_stay_between_0_and_1_for_any_finite_logits(
    values: list[float], dtype: torch.dtype
) -> None:
    judgement = judgement_of(torch.tensor(values, dtype=dtype), TOKENS, threshold=0.5)
    assert judgement.mass is not None and 0 <= judgement.mass <= 1
    assert judgement.p_yes is None or 0 <= judgement.p_yes <= 1


def test_only_spellings_that_are_one_known_token_are_read() -> None:
    words = {"Yes": 5, " yes": 7, "yes": 5, "YES": 0, "No": 9, " NO": 4}
    assert answer_tokens(WordTokenizer(words)) == AnswerTokens(yes=(5, 7), no=(4, 9))


def test_a_tokenizer_without_a_single_token_for_no_is_refused_in_one_line() -> None:
    with pytest.raises(UserError, match=r'expected "no" to be one token') as caught:
        answer_tokens(WordTokenizer({"Yes": 5}))
    assert "\n" not in str(caught.value)


def test_a_tokenizer_that_writes_yes_and_no_alike_is_refused() -> None:
    with pytest.raises(UserError, match="expected different tokens for yes and no, got 5"):
        answer_tokens(WordTokenizer({"Yes": 5, "No": 5}))


def test_a_tokenizer_that_puts_a_space_before_a_text_has_the_forms_at_a_lines_start_too() -> None:
    tokenizer = sentencepiece_tokenizer()
    tokens = answer_tokens(tokenizer)
    words = [tokenizer.convert_ids_to_tokens(list(ids)) for ids in (tokens.yes, tokens.no)]
    assert {"▁Yes", "▁yes", "yes"} <= set(words[0])
    assert {"▁No", "▁no", "no"} <= set(words[1])
