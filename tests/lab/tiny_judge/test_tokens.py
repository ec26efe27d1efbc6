"""What the tiny judge's tokenizer promises."""

from __future__ import annotations

from transformers import PreTrainedTokenizerFast

from evaluators.judges.answer_tokens import answer_tokens
from evaluators.judges.prompt import DEFAULT_PROMPT, QuestionTokens, chat_text
from evaluators.world import make_scenes
from lab.tiny_judge.examples import LONGEST, Example
from lab.tiny_judge.model import build_processor
from lab.tiny_judge.tokens import ANSWER, UNKNOWN, VIDEO


def test_every_question_of_the_world_is_made_of_known_words_and_fits(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    for scene in make_scenes(300, seed=4):
        for question in scene.sample.questions:
            tokens = QuestionTokens(tokenizer)(question.question)
            assert tokenizer.convert_tokens_to_ids(UNKNOWN) not in tokens
            assert len(tokens) <= LONGEST


def test_different_questions_stay_different(
    tokenizer: PreTrainedTokenizerFast, examples: list[Example]
) -> None:
    questions = {question for example in examples for question in example.questions}
    assert len({tuple(tokenizer.encode(question)) for question in questions}) == len(questions)


def test_yes_and_no_are_one_token_each_in_any_case(tokenizer: PreTrainedTokenizerFast) -> None:
    tokens = answer_tokens(tokenizer)
    assert len(tokens.yes) == len(tokens.no) == 1


def test_an_unknown_word_is_read_as_unknown(tokenizer: PreTrainedTokenizerFast) -> None:
    assert tokenizer.tokenize("Is there a zebra?") == ["is there a", UNKNOWN, "?"]


def test_the_chat_is_the_clip_the_question_and_the_start_of_the_answer(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    text = chat_text(build_processor(tokenizer), DEFAULT_PROMPT, video_token=VIDEO)
    assert text.head == "<|vision_start|><|video_pad|><|vision_end|>"
    assert text.tail == ANSWER
