"""P(yes) from the likeliest first tokens that a server lists: pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evaluators.judges.base import Judgement

YES = frozenset({"Yes", "yes", "YES"})
NO = frozenset({"No", "no", "NO"})
# How tokenizers write the space before a word.
_SPACES = (" ", "▁", "Ġ")
# Servers add up in single precision.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class TokenLogprob:
    """A token of the vocabulary, as text, and the natural logarithm of its probability."""

    token: str
    logprob: float


def judgement_from_logprobs(top: Sequence[TokenLogprob], *, threshold: float) -> Judgement | None:
    """Read the answer off the listed first tokens, as the fast protocol does off all of them.

    Mass is the sum over the listed spellings of yes and no, so it is at most the true one. A word
    with no spelling in the list is taken to be as likely as the least likely token of the list (and
    no likelier than all that is not listed), so that P(yes) is never 0 or 1 for want of a longer
    list.

    Args:
        top: The likeliest first tokens, in any order, without repeats.
        threshold: Smallest mass in [0, 1] that counts as an answer.

    Returns:
        A judgement; None where the list says nothing about probabilities: it is empty, or gives one
        token everything, as servers do that report the greedy choice and not the model's scores.
        An `error` where a number is no logarithm of a probability.
    """
    if any(math.isnan(entry.logprob) or entry.logprob > 1e-3 for entry in top):
        return Judgement("error", reason="the server gave a logprob that is not one")
    chances = [(entry.token, math.exp(min(entry.logprob, 0.0))) for entry in top]
    positive = [chance for _, chance in chances if chance > 0]
    if not positive or (len(positive) == 1 and positive[0] == 1.0):
        return None
    yes = math.fsum(chance for token, chance in chances if spelling(token) in YES)
    no = math.fsum(chance for token, chance in chances if spelling(token) in NO)
    mass = min(1.0, yes + no)
    if mass == 0.0:
        return Judgement("unknown", mass=0.0, reason="no listed token is yes or no")
    rest = max(1.0 - math.fsum(positive), _ROUNDING)
    unlisted = min(rest, min(chance for _, chance in chances))
    yes, no = yes or unlisted, no or unlisted
    if yes == 0.0 or no == 0.0:
        return None
    p_yes = yes / (yes + no)
    if mass < threshold:
        reason = f"yes and no together have probability {mass:.3g}, below {threshold:g}"
        return Judgement("unknown", p_yes=p_yes, mass=mass, reason=reason)
    if p_yes == 0.5:
        return Judgement("unknown", p_yes=p_yes, mass=mass, reason="yes and no are equally likely")
    return Judgement("yes" if p_yes > 0.5 else "no", p_yes=p_yes, mass=mass)


def spelling(token: str) -> str:
    """A token without the one space before it, however the server writes that."""
    return token[1:] if token.startswith(_SPACES) else token
