"""From the scores of the first answer token to a judgement: pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from evaluators.judges.base import Judgement
from omiti2v.errors import UserError

YES_FORMS = ("Yes", "yes", "YES", " Yes", " yes", " YES")
NO_FORMS = ("No", "no", "NO", " No", " no", " NO")


class Tokenizer(Protocol):
    """What is needed of a tokenizer of transformers."""

    unk_token_id: int | None

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]: ...

    def get_added_vocab(self) -> dict[str, int]: ...


@dataclass(frozen=True)
class AnswerTokens:
    """Token ids that are read as yes and as no: sorted, not empty, disjoint."""

    yes: tuple[int, ...]
    no: tuple[int, ...]


def answer_tokens(tokenizer: Tokenizer) -> AnswerTokens:
    """The written forms of yes and no that are one token in this tokenizer.

    Raises:
        UserError: No form of yes or of no is one token, or a token stands for both.
    """
    yes, no = (set(found.values()) for found in answer_spellings(tokenizer).values())
    for word, tokens in (("yes", yes), ("no", no)):
        if not tokens:
            raise UserError(
                f'tokenizer: expected "{word}" to be one token in some spelling, found none; '
                "the fast protocol can't read this model's answers, use another model"
            )
    if shared := yes & no:
        raise UserError(
            f"tokenizer: expected different tokens for yes and no, got {min(shared)} for both; "
            "the fast protocol can't read this model's answers, use another model"
        )
    return AnswerTokens(yes=tuple(sorted(yes)), no=tuple(sorted(no)))


def answer_spellings(tokenizer: Tokenizer) -> dict[str, dict[str, int]]:
    """The spellings of "yes" and of "no" that are one token at the start of a text, with its id.

    Tokenizers of SentencePiece put a space before a text, and only after a line's end there is
    none: a token that comes about so only has the line's end in its spelling.
    """
    return {
        "yes": _single_tokens(tokenizer, YES_FORMS),
        "no": _single_tokens(tokenizer, NO_FORMS),
    }


def _single_tokens(tokenizer: Tokenizer, forms: tuple[str, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    for before in ("", "\n"):
        start = tokenizer.encode(before, add_special_tokens=False) if before else []
        for form in forms:
            *others, token = tokenizer.encode(before + form, add_special_tokens=False)
            if others == start and not (before and token in found.values()):
                found[before + form] = token
    return {form: token for form, token in found.items() if token != tokenizer.unk_token_id}


def judgements_from_logits(
    logits: Tensor, tokens: AnswerTokens, *, threshold: float
) -> list[Judgement]:
    """Read answers off the model's scores for its first answer token.

    The answer is `unknown` where the mass is below `threshold` or nought, and where P(yes) is
    exactly 0.5: a model without a preference has not answered, and calling the tie yes would be a
    bias towards yes (in half precision, ties do happen).

    Args:
        logits: Scores over the whole vocabulary, shape (questions, vocabulary), any float type.
        tokens: The tokens read as yes and no.
        threshold: Smallest mass in [0, 1] that counts as an answer.

    Returns:
        Judgements with mass = P(yes) + P(no), and p_yes = P(yes) / mass (None where mass is 0). One
        is an `error` without either where a logit is not finite.
    """
    scores = logits.detach().to(device="cpu", dtype=torch.float64)
    finite = torch.isfinite(scores).all(dim=-1)
    log_yes = torch.logsumexp(scores[:, list(tokens.yes)], dim=-1)
    log_no = torch.logsumexp(scores[:, list(tokens.no)], dim=-1)
    mass = torch.exp(torch.logaddexp(log_yes, log_no) - torch.logsumexp(scores, dim=-1))
    p_yes = torch.sigmoid(log_yes - log_no)
    rows = zip(finite.tolist(), mass.clamp(max=1.0).tolist(), p_yes.tolist(), strict=True)
    return [_judgement(*row, threshold=threshold) for row in rows]


def _judgement(finite: bool, mass: float, p_yes: float, *, threshold: float) -> Judgement:
    if not finite:
        return Judgement("error", reason="the model gave logits that are not finite")
    if mass == 0.0:
        return Judgement("unknown", mass=0.0, reason="yes and no together have no probability")
    if mass < threshold:
        reason = f"yes and no together have probability {mass:.3g}, below {threshold:g}"
        return Judgement("unknown", p_yes=p_yes, mass=mass, reason=reason)
    if p_yes == 0.5:
        return Judgement("unknown", p_yes=p_yes, mass=mass, reason="yes and no are equally likely")
    return Judgement("yes" if p_yes > 0.5 else "no", p_yes=p_yes, mass=mass)
