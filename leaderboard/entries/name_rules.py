"""What a name may look like, so that none passes for another's, and none for a badge.

Written in one form (Unicode's NFKC), of visible letters, no word in letters of two alphabets. Two
names look alike where their skeletons are the same, after Unicode Technical Standard 39; its table
of confusable characters is large, and here are the letters that pass for Latin ones only.
"""

from __future__ import annotations

import re
import unicodedata

from omiti2v.records import brief

BADGE_WORDS = ("verified", "validated", "certified", "rejudged", "recomputed", "recalculated")
"""Words that say of a number what only its badge can say."""
_MARKS = "†‡√"
"""Marks that are no symbols by their category; the first stands beside numbers of few samples."""

_UNSEEN = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")
_BLANKS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Fillers and selectors: letters and marks by their category, and seen by nobody."""
_ONE_BY_ONE = re.compile(r"[^\W\d_]+")
_MAX_MARKS = 2

# Scripts of which one word may hold several, Latin letters among them.
_EAST_ASIAN = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"})
_SCRIPTS = _EAST_ASIAN | {
    *("ARABIC", "ARMENIAN", "BENGALI", "CYRILLIC", "DEVANAGARI", "ETHIOPIC", "GEORGIAN", "GREEK"),
    *("GUJARATI", "GURMUKHI", "HEBREW", "KANNADA", "KHMER", "LAO", "LATIN", "MALAYALAM"),
    *("MYANMAR", "ORIYA", "SINHALA", "TAMIL", "TELUGU", "THAANA", "THAI", "TIBETAN"),
}
"""The scripts in daily use, as Unicode Standard Annex 31 lists them."""

_LIKE_LATIN = str.maketrans(
    "АВЕЗНІЈКМОРСТУХЅԌԛԝаеорсухіјѕԁһӏѵԍкмтвнгпьΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεικνορτυχωγօսհոզյցꞵɑɩʋ01i|",
    "abe3hijkmopctyxsgqwaeopcyxijsdhlvgkmtbhrnbabezhikmnoptyxaeiknoptuxwyouhnqjgbaivolll",
)
_LATIN = re.compile(
    r"LATIN (?:SMALL |CAPITAL )?LETTER (?:SMALL CAPITAL |SCRIPT |DOTLESS |OPEN |TURNED |REVERSED )?"
    r"([A-Z])(?: WITH .*)?"
)


def normal_name(text: str) -> str:
    """A name in the form that boards keep: NFKC, and one space between words."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def odd_name(text: str) -> str | None:
    """Why a text can't be a name on a board, or a part of who somebody is; None where it can.

    Whether it is in its normal form is not asked here.
    """
    for char in text:
        if unicodedata.category(char) in _UNSEEN or _BLANKS.match(char):
            return f"[U+{ord(char):04X}] is not seen; leave it out"
    for char in normal_name(text):
        if unicodedata.category(char) == "So" or char in _MARKS:
            return f"{char} is a mark, and marks are for badges; leave it out"
    told = skeleton(text)
    for word in BADGE_WORDS:
        if skeleton(word) in told:
            return f"says {word}, which only a badge says; leave it out"
    return _odd_letters(normal_name(text))


def _odd_letters(text: str) -> str | None:
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) == "Mn" else 0
        if marks > _MAX_MARKS:
            return f"more than {_MAX_MARKS} marks on one letter"
    for word in _ONE_BY_ONE.findall(text):
        scripts = {unicodedata.name(char, "?").split()[0] for char in word}
        if odd := scripts - _SCRIPTS:
            return f"{brief(word)}: letters of a script that names are not written in: {min(odd)}"
        if len(scripts) > 1 and not scripts <= _EAST_ASIAN | {"LATIN"}:
            listed = ", ".join(sorted(scripts))
            return f"{brief(word)}: letters of several scripts in one word: {listed}"
    return None


def skeleton(text: str) -> str:
    """What is left of a text to a hasty reader: names with one skeleton look alike.

    Letters and digits alone, small, without accents, each as the Latin letter that it looks like;
    i, l and 1 are one, and so are o and 0.
    """
    bare = "".join(
        char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char)
    )
    # Before it is made small, as the capitals of other alphabets look like other letters than the
    # small ones do; and after, for those of which both look alike.
    small = bare.translate(_LIKE_LATIN).casefold()
    latin = "".join(_as_latin(char) for char in small.translate(_LIKE_LATIN))
    return "".join(char for char in latin.translate(_LIKE_LATIN) if char.isalnum())


def _as_latin(char: str) -> str:
    if char.isascii():
        return char
    match = _LATIN.fullmatch(unicodedata.name(char, ""))
    return match[1].lower() if match else char


def same_spelling(text: str) -> str:
    """A name without case, spaces and punctuation: what remains is spelled alike by the honest."""
    return "".join(char for char in normal_name(text).casefold() if char.isalnum())
