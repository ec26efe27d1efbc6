"""The tokenizer knows every word that the world says about a scene."""

from __future__ import annotations

from evaluators.world import make_scenes
from lab.tiny_wan.tokens import LONGEST, build_tokenizer, encode_prompts

TOKENIZER = build_tokenizer()


def test_every_word_of_prompts_and_captions_has_a_token() -> None:
    for scene in make_scenes(120, seed=3):
        for text in (
            scene.sample.prompt,
            scene.sample.caption_before,
            scene.sample.caption_after,
        ):
            assert text is not None
            assert TOKENIZER.unk_token_id not in TOKENIZER.encode(text), text


def test_a_photograph_as_background_can_be_said() -> None:
    text = "A big red cross in the top left, over a photograph"
    assert TOKENIZER.unk_token_id not in TOKENIZER.encode(text)


def test_prompts_end_and_are_padded_with_zero() -> None:
    rows = encode_prompts(TOKENIZER, ["", "The red cross turns blue. Nothing else changes."])
    assert rows.shape == (2, LONGEST)
    assert rows[0].tolist() == [TOKENIZER.eos_token_id] + [0] * (LONGEST - 1)
    own = rows[1][rows[1] > 0].tolist()
    assert TOKENIZER.decode(own) == "the red cross turns blue . nothing else changes . </s>"
