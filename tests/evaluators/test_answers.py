"""What written answers are read as, by the paper's rules and by ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.answers import Rules, parse_answer, read_reply
from omiti2v.responses import CUT_OFF, REASON_LENGTH

# Text, by the paper's rules, by ours.
ANSWERS = [
    # The form that was asked for.
    ("yes", "yes", "yes"),
    ("no", "no", "no"),
    ("Yes", "yes", "yes"),
    ("NO", "no", "no"),
    ("Yes.", "yes", "yes"),
    ("No!", "no", "no"),
    ("  \n Yes \n", "yes", "yes"),
    ("Yes, the cat leaves the room.", "yes", "yes"),
    ("No, the cat stays on the chair.", "no", "no"),
    ("Yes. A red cup stands on the table.", "yes", "yes"),
    ("No. The cup is gone after two seconds.", "no", "no"),
    ("Yes: the bird flies away.", "yes", "yes"),
    ("No - the bird stays.", "no", "no"),
    ("No—the bird stays.", "no", "no"),
    ("Yes\n\nThe ball turns blue.", "yes", "yes"),
    ("Yes the ball turns blue.", "yes", "yes"),
    ("No the ball stays red.", "no", "no"),
    ("No it doesn't.", "no", "no"),
    ("No there's only one.", "no", "no"),
    # An answer and the other word in its explanation.
    ("Yes, there is no cup on the table.", "yes", "yes"),
    ("Yes, no cup is left.", "yes", "yes"),
    ("Yes. No other objects appear.", "yes", "yes"),
    ("No, the sign that says yes is not there.", "no", "no"),
    ("Yes, nothing else changes, no plate, no spoon.", "yes", "yes"),
    ('Yes, the word "no" is written on the wall.', "yes", "yes"),
    ("No, I cannot see a cup.", "no", "no"),
    # Dressed up.
    ("**Yes**", "yes", "yes"),
    ("**Yes**, there is no cup.", "yes", "yes"),
    ("**No**, the eyes are closed.", "yes", "no"),
    ('"Yes"', "yes", "yes"),
    ("'No.'", "no", "no"),
    ("Answer: Yes", "yes", "yes"),
    ("Answer: No, nothing moves.", "no", "no"),
    ("The answer is yes.", "yes", "yes"),
    ("The answer to the question is: no", "no", "no"),
    ("Final answer - no", "no", "no"),
    ('{"answer": "yes"}', "yes", "yes"),
    ("<answer>no</answer>", "no", "no"),
    ("<think>There is no cup, is there?</think>\nYes", "yes", "yes"),
    ("I see no cup, so no? Wait, there it is.</think>\n\nYes, there is.", "yes", "yes"),
    ("<|begin_of_box|>yes<|end_of_box|>", "yes", "yes"),
    ("\uff39\uff45\uff53", "unknown", "yes"),  # in full-width letters
    # The answer at the end.
    ("The cat walks out at the end. Yes.", "yes", "yes"),
    ("The ball is red all the time, so the answer is no.", "no", "no"),
    ("The table is empty at the end. So yes, the cup leaves.", "yes", "yes"),
    ("Nothing moves. Therefore, no.", "no", "no"),
    ("I would say yes.", "yes", "yes"),
    # "no" inside of other words, where nothing is answered.
    ("Not really.", "no", "unknown"),
    ("Nothing happens.", "no", "unknown"),
    ("None of them.", "no", "unknown"),
    ("Nobody knows.", "no", "unknown"),
    ("Now the cat is on the chair.", "no", "unknown"),
    ("The cat is not on the chair.", "no", "unknown"),
    ("Another cup appears.", "no", "unknown"),
    ("The snow melts.", "no", "unknown"),
    ("I know it.", "no", "unknown"),
    ("Nope.", "no", "unknown"),
    # "no" that says of what there is none: to "Is the table empty?" this would be yes.
    ("No cup is seen on the table.", "no", "unknown"),
    ("No one leaves the room.", "no", "unknown"),
    ("No-one leaves the room.", "no", "unknown"),
    ("There is no cup.", "no", "unknown"),
    # "yes" likewise.
    ("Yesterday's paper is on the table.", "yes", "unknown"),
    ("Both eyes are open.", "yes", "unknown"),
    ("The sign says yes.", "yes", "unknown"),
    ('The text on the wall reads: "Yes"', "yes", "unknown"),
    ('He says, "yes".', "yes", "unknown"),
    ("The answer is not yes.", "yes", "unknown"),
    # Refusals and doubts.
    ("I cannot answer this question.", "no", "unknown"),
    ("I'm sorry, but I can't assist with that.", "unknown", "unknown"),
    ("I'm unable to view videos.", "unknown", "unknown"),
    ("As an AI, I do not watch videos.", "no", "unknown"),
    ("No, I can't tell from this clip.", "no", "unknown"),
    ("No, I'm not sure.", "no", "unknown"),
    ("Yes, although I cannot be certain.", "yes", "unknown"),
    ("I don't know.", "no", "unknown"),
    ("It is impossible to tell.", "unknown", "unknown"),
    ("No, it cannot be determined from the video.", "no", "unknown"),
    ("Maybe.", "unknown", "unknown"),
    ("Maybe yes.", "yes", "unknown"),
    ("Unclear", "unknown", "unknown"),
    # Both.
    ("Yes and no.", "yes", "unknown"),
    ("Yes/No", "yes", "unknown"),
    ("No. Wait, yes.", "no", "unknown"),
    ("Yes. Wait, no, the cup is still there.", "yes", "unknown"),
    ("Is it yes or no?", "yes", "unknown"),
    ("It is hard to say whether that is yes or no.", "unknown", "unknown"),
    ("Please reply with no or yes", "no", "unknown"),
    # Cut off, empty, something else.
    ("", "unknown", "unknown"),
    ("   \n", "unknown", "unknown"),
    (",", "unknown", "unknown"),
    ("Ye", "unknown", "unknown"),
    ("N", "unknown", "unknown"),
    ("<think>Yes, there is a cup, but", "unknown", "unknown"),
    ("The video shows a table on which", "unknown", "unknown"),
    ("True", "unknown", "unknown"),
    ("1", "unknown", "unknown"),
    ("Yeah", "unknown", "unknown"),
    # Other languages.
    ("Sí, el gato sale.", "unknown", "unknown"),
    ("No, el gato se queda.", "no", "no"),
    ("Oui", "unknown", "unknown"),
    ("Non, le chat reste.", "no", "unknown"),
    ("Ja", "unknown", "unknown"),
    ("Nein, die Katze bleibt.", "unknown", "unknown"),
    ("Da", "unknown", "unknown"),
    ("Нет", "unknown", "unknown"),
    ("Ano, kočka odejde.", "no", "unknown"),
    ("Ναι", "unknown", "unknown"),
    ("是的,猫离开了房间。", "unknown", "unknown"),
    ("没有", "unknown", "unknown"),
    ("はい", "unknown", "unknown"),
    ("いいえ", "unknown", "unknown"),
    ("نعم", "unknown", "unknown"),
    ("아니요", "unknown", "unknown"),
]


@pytest.mark.parametrize(("text", "paper", "strict"), ANSWERS)
def test_a_written_answer_is_read_by_the_rules(text: str, paper: str, strict: str) -> None:
    assert parse_answer(text, rules="paper") == paper
    assert parse_answer(text, rules="strict") == strict


def test_the_strict_rules_are_the_ones_that_apply_unless_others_are_named() -> None:
    assert parse_answer("Not at all") == "unknown"


def test_the_table_has_no_text_twice() -> None:
    assert len({text for text, _, _ in ANSWERS}) == len(ANSWERS) >= 60


def test_rules_of_another_name_are_refused() -> None:
    with pytest.raises(ValueError, match="rules: expected paper or strict, got 'lax'"):
        parse_answer("Yes", rules="lax")  # type: ignore[arg-type]


@pytest.mark.parametrize("rules", ["paper", "strict"])
@given(text=st.text())
def test_any_text_is_read_as_one_of_three(rules: Rules, text: str) -> None:
    assert parse_answer(text, rules=rules) in ("yes", "no", "unknown")


@given(text=st.text(alphabet="notkwheabl ,.\n\"'"))
def test_without_the_word_yes_the_strict_rules_never_read_a_yes(text: str) -> None:
    assert parse_answer(text) != "yes"


@pytest.mark.parametrize("rules", ["paper", "strict"])
@pytest.mark.parametrize("piece", ["yes ", "so ", "so therefore ", "no, ", "<think>", "i can't "])
def test_a_long_text_is_read_in_no_time(rules: Rules, piece: str) -> None:
    parse_answer(piece * 20_000, rules=rules)


# Text, whether it ended, whether the prompt had opened a thought, what it says, why not.
REPLIES = [
    ("Yes, it is", True, False, "yes", None),
    ("No", False, False, "no", None),
    ("**Yes**, because the cup", False, False, "yes", None),
    (" ", True, False, "unknown", "the model wrote nothing"),
    (" ", False, False, "unknown", "the model wrote nothing, cut off before its end"),
    ("Perhaps", True, False, "unknown", "neither yes nor no by the rules 'paper' in 'Perhaps'"),
    (
        "The cup is not",
        False,
        False,
        "unknown",
        "the answer does not begin with yes or no, in 'The cup is not', cut off before its end",
    ),
    ("The cup is not here", True, False, "no", None),
    (
        "Nothing is",
        False,
        False,
        "unknown",
        "the answer does not begin with yes or no, in 'Nothing is', cut off before its end",
    ),
    ("There is no cup. </think> Yes, wa", False, False, "yes", None),
    ("There is no cup. </think> Yes", True, True, "yes", None),
    (
        "There is no cup.",
        True,
        True,
        "unknown",
        "the model was still thinking, in 'There is no cup.'",
    ),
    (
        "<think>Yes or",
        False,
        False,
        "unknown",
        "the model was still thinking, in '<think>Yes or', cut off before its end",
    ),
]


@pytest.mark.parametrize(("text", "ended", "in_thought", "verdict", "reason"), REPLIES)
def test_a_reply_that_is_cut_off_counts_where_it_begins_with_its_answer(
    text: str, ended: bool, in_thought: bool, verdict: str, reason: str | None
) -> None:
    read = read_reply(text, rules="paper", ended=ended, in_thought=in_thought)
    assert (read.verdict, read.reason) == (verdict, reason)


@pytest.mark.parametrize("rules", ["paper", "strict"])
@given(text=st.text(alphabet="yesno .,*<>/think\n"), ended=st.booleans(), opened=st.booleans())
def test_a_cut_reply_never_says_what_the_finished_one_does_not(
    rules: Rules, text: str, ended: bool, opened: bool
) -> None:
    whole = read_reply(text, rules=rules, in_thought=opened)
    read = read_reply(text, rules=rules, ended=ended, in_thought=opened)
    assert read.verdict in (whole.verdict, "unknown")
    assert (read.reason is None) == (read.verdict != "unknown")


def test_a_reason_is_one_short_line_whatever_was_written() -> None:
    reason = str(read_reply("word \n\t\x1b[31m" * 500, rules="strict", ended=False).reason)
    assert len(reason) < REASON_LENGTH and reason.isprintable() and reason.endswith(CUT_OFF)
