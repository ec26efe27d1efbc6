"""What a written answer says: yes, no or neither. Pure functions of the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from evaluators.thoughts import without_thoughts
from omiti2v.judge_spec import Parsing
from omiti2v.records import brief
from omiti2v.responses import CUT_OFF

Verdict = Literal["yes", "no", "unknown"]
Rules = Parsing

RULES_VERSION = 2
"""Changes whenever either rules may read a text otherwise; part of what answers are kept under."""

_FIRST_WORDS = 5

# What may stand before the answer within its clause.
_LEAD_IN = re.compile(
    r"(?:(?:so|therefore|thus|hence|well|okay|ok|wait|actually|then)\s+)*"
    r"(?:(?:(?:so|therefore|thus|hence)\s+)?"
    r"(?:(?:the|my|your)\s+)?(?:(?:final|correct|short)\s+)?(?:answer|verdict|response|reply|a)"
    r"(?:\s+to\s+(?:the|this|your)\s+question)?\s*(?:(?:is|would\s+be)\s*:?|[:=-])\s*"
    r"|i\s+(?:would\s+)?(?:say|answer)\s*:?\s+)?"
)
_ANSWER = re.compile(r"(yes|no)(?![-']?\w)")
# After "no" these begin a sentence of their own ("No it is not"); any other word is what there is
# none of ("No cup is seen"), which answers some questions with yes.
_NO_GOES_ON = re.compile(
    r"(?:a|an|the|this|that|these|those|it|its|he|she|they|there|i|we|you|because|since|as|but)\b"
)
_BOTH = re.compile(r"yes\s*(?:/|\||or|and|nor|&)\s*no(?!\w)|no\s*(?:/|\||or|and|nor|&)\s*yes(?!\w)")
_BEGINNING = re.compile(r"\W*(yes|no)(?![-']?\w)")
_MARKUP = re.compile(r"</?answer>|<\|(?:begin|end)_of_box\|>|[*_`#{}\[\]]")
_QUOTES = re.compile(r"[\"“”‘«»„「」]|(?<!\w)'|'(?!\w)")
_SENTENCE_END = re.compile(r"[.!?\n。！？]+")
_CLAUSE_END = re.compile(r"[,;()，；、]|\s[-–—]+\s|[–—]")

_CANNOT = r"(?:can\s?not|can't|could\s?not|couldn't|am\s+unable\s+to|am\s+not\s+able\s+to)"
_REFUSAL = re.compile(
    rf"\b(?:i|we)\s+(?:am\s+sorry\s+but\s+i\s+)?{_CANNOT}\s+(?:\w+ly\s+)?"
    r"(?:answer|assist|help|determine|tell|judge|verify|confirm|decide|be\s+(?:sure|certain)"
    r"|comply|provide|(?:see|view|watch|access|open|play)\s+(?:\w+\s+)?(?:videos?|clips?))\b"
    r"|\b(?:i'm|we're|i\s+am|we\s+are)\s+(?:unable\s+to|not\s+able\s+to|not\s+(?:sure|certain)"
    r"|unsure|uncertain)\b"
    r"|\bi\s+(?:do\s+not|don't)\s+know\b"
    r"|\bas\s+an\s+ai\b"
    r"|\b(?:impossible|not\s+possible)\s+to\s+(?:answer|tell|say|determine|judge|know)\b"
    r"|\bcan(?:\s?not|'t)\s+be\s+(?:determined|answered|judged|verified|confirmed)\b"
)


@dataclass(frozen=True)
class Reading:
    """How a reply is read.

    Attributes:
        verdict: What it says.
        reason: Why it says neither; None where it says yes or no.
    """

    verdict: Verdict
    reason: str | None = None


def read_reply(text: str, *, rules: Rules, ended: bool = True, in_thought: bool = False) -> Reading:
    """Read a whole reply: its thoughts are taken off, and one that is cut off proves less.

    A reply cut off by its length counts only where it begins with the word that the rules find in
    it: what would have come after the cut may be the answer.

    Args:
        text: What the model wrote.
        rules: The rules by which it is read.
        ended: Whether the model had finished; False where its length was cut.
        in_thought: Whether the prompt had opened a thought, so that the text begins within it.
    """
    answer = without_thoughts(text, inside=in_thought)
    verdict = "unknown" if answer is None else parse_answer(answer, rules=rules)
    if verdict != "unknown" and (ended or _begins_with(answer or "") == verdict):
        return Reading(verdict)
    shown = brief((text if answer is None else answer).strip(), limit=200)
    if answer is None:
        what = f"the model was still thinking, in {shown}"
    elif not answer.strip():
        what = "the model wrote nothing"
    elif verdict != "unknown":
        what = f"the answer does not begin with yes or no, in {shown}"
    else:
        what = f"neither yes nor no by the rules {rules!r} in {shown}"
    return Reading("unknown", what if ended else f"{what}, {CUT_OFF}")


def _begins_with(answer: str) -> Verdict:
    found = _BEGINNING.match(_MARKUP.sub("", _plain(answer)))
    return "unknown" if found is None else "yes" if found[1] == "yes" else "no"


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'")


def parse_answer(text: str, *, rules: Rules = "strict") -> Verdict:
    """Read a model's finished answer as yes, no or neither.

    Thoughts are passed over by both rules; where one is not ended, the answer is unknown.

    `paper` is what the authors of OmitI2V do, quirks included. The text is put in lower case and
    stripped. It is read as what the part before its first comma starts with; else as yes where
    "yes" occurs anywhere and "no" doesn't, or the other way round; else as yes where "yes" is in
    the first five words; else as no where "no" is; else as unknown. Both are sought as parts of
    words too. So "not", "know", "nothing", "cannot", "another" and the Czech "ano" (yes) are no,
    and so are refusals such as "I cannot answer"; "Yesterday" and "eyes" are yes; '"No," he says'
    and "**No**, it is not" go by the rest of the text; and "Is it yes or no" is yes.

    `strict` is ours. Only the words "yes" and "no" count, as answers: alone in their clause, at its
    start, or after words such as "the answer is". "No" before a noun ("No cup is seen") is not an
    answer, nor is either word told of something else ("the sign says no"), said with a doubt
    ("maybe yes") or spelled otherwise ("yeah"). Unknown is what holds no answer, both answers
    ("Yes. Wait, no.", "yes or no"), or a refusal or doubt of the model's own ("I can't tell",
    "I'm not sure"), whatever it starts with. Yes and no of other languages are unknown, except
    where they are written as in English (the Spanish and Italian "no"). Thoughts up to "</think>"
    are passed over, Markdown and letter case don't matter.

    Args:
        text: What the model wrote; may be empty.
        rules: "paper" or "strict".

    Raises:
        ValueError: `rules` is neither.
    """
    if rules not in get_args(Rules):
        raise ValueError(f"rules: expected paper or strict, got {rules!r}")
    answer = without_thoughts(text)
    if answer is None:
        return "unknown"
    return _by_paper(answer) if rules == "paper" else _strictly(answer)


def _by_paper(text: str) -> Verdict:
    answer = text.lower().strip()
    start = answer.split(",")[0]
    if start.startswith("yes"):
        return "yes"
    if start.startswith("no"):
        return "no"
    if ("yes" in answer) != ("no" in answer):
        return "yes" if "yes" in answer else "no"
    first = " ".join(answer.split()[:_FIRST_WORDS])
    if "yes" in first:
        return "yes"
    return "no" if "no" in first else "unknown"


def _strictly(text: str) -> Verdict:
    plain = _MARKUP.sub("", _plain(text))
    if _REFUSAL.search(" ".join(plain.split())):
        return "unknown"
    found = set(_verdicts(plain))
    return found.pop() if len(found) == 1 else "unknown"


def _verdicts(text: str) -> Iterator[Verdict]:
    """Each yes and each no in `text` that stands as an answer; "unknown" for both at once."""
    for sentence in _SENTENCE_END.split(text):
        for number, clause in enumerate(_CLAUSE_END.split(sentence)):
            # Further on in a sentence, a word in quotes is what somebody says or what is written.
            bare = _QUOTES.sub("", clause) if number == 0 else clause
            verdict = _verdict(bare.strip())
            if verdict:
                yield verdict


def _verdict(clause: str) -> Verdict | None:
    lead_in = _LEAD_IN.match(clause)
    rest = clause[lead_in.end() :] if lead_in else clause
    if _BOTH.match(rest):
        return "unknown"
    answer = _ANSWER.match(rest)
    if answer is None:
        return None
    if answer[1] == "yes":
        return "yes"
    after = rest[answer.end() :].lstrip()
    return "no" if not after[:1].isalnum() or _NO_GOES_ON.match(after) else None
