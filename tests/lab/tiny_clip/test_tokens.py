"""The tiny CLIP's tokenizer knows every word that the world writes."""

from __future__ import annotations

from evaluators.world import make_scenes
from lab.tiny_clip.tokens import CONTEXT, END, START, UNKNOWN, build_tokenizer
from lab.tiny_judge.examples import SETTINGS


def test_every_caption_and_prompt_of_the_world_is_known_and_fits() -> None:
    tokenizer = build_tokenizer()
    for scene in make_scenes(120, seed=3, settings=SETTINGS):
        sample = scene.sample
        for text in (sample.caption_before, sample.caption_after, sample.prompt):
            tokens = tokenizer.tokenize(text, add_special_tokens=True)
            assert UNKNOWN not in tokens
            assert tokens[0] == START
            assert tokens[-1] == END
            assert len(tokens) <= CONTEXT


def test_the_end_of_a_text_is_its_highest_token() -> None:
    """That is where open_clip looks for it."""
    tokenizer = build_tokenizer()
    assert tokenizer.convert_tokens_to_ids(END) == len(tokenizer) - 1


def test_a_word_of_another_world_is_unknown() -> None:
    assert build_tokenizer().tokenize("a red dog") == ["a", "red", UNKNOWN]
