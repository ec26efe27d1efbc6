"""Every family answers through one interface, as its model does when it is asked plainly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from reference_positions import reference_positions
from stock import Stock, p_yes_and_mass
from tiny_models.internvl import save_tiny_internvl
from tiny_models.llava_onevision import save_tiny_llava_onevision
from tiny_models.parts import WINDOW
from tiny_models.qwen3_vl import save_tiny_qwen3_vl
from tiny_models.smolvlm import save_tiny_smolvlm
from tiny_qwen import save_tiny_qwen, save_tiny_qwen2_vl

from evaluators.frames import Clip
from evaluators.judges.decoding import decode_greedily
from evaluators.judges.families import family_for
from evaluators.judges.family import Family, LoadOptions, check_context, joined, shares_prefix
from evaluators.judges.prompt import DEFAULT_PROMPT, PAPER_PROMPT, QuestionTokens, chat_text
from evaluators.judges.protocol_runners import FastProtocol
from evaluators.judges.shared_prefix import plain_logits, read_prefix, suffix_logits
from evaluators.judges.transformers_judge import TransformersJudge
from omiti2v.model_files import read_config
from omiti2v.prompt_file import PLACE

TOLERANCE = 1e-4
MAX_PIXELS = 64 * 64
QUESTIONS = (
    "Is there a red cup on the table?",
    "Wet?",
    "Does the cat leave the room before the end of the video, and does it come back afterwards?",
    "Is it raining — 雨 — or snowing",
)
COUNTS = (1, 4, 5)


@dataclass(frozen=True)
class Kind:
    """A family under test.

    Attributes:
        save: Saves a tiny model.
        size: What its processor must be told for frames of at most MAX_PIXELS, by their number.
        marked: Whether the family takes away marks that the template writes.
        times: Whether the model can be told when a frame was taken.
        seconds: Positions from one step of time to the next, where transformers has others than
            the model was published with.
    """

    save: Callable[..., Path]
    size: Callable[[int], dict[str, Any]] = lambda count: {}
    marked: bool = False
    times: bool = True
    seconds: Callable[[dict[str, Any]], float] | None = None
    text: dict[str, Any] = field(default_factory=dict)


KINDS = {
    "qwen2.5-vl": Kind(
        save_tiny_qwen,
        size=lambda count: {"size": {"shortest_edge": 28 * 28, "longest_edge": MAX_PIXELS}},
        seconds=lambda inputs: 2 * float(inputs["second_per_grid_ts"][0]),
    ),
    "qwen2-vl": Kind(
        save_tiny_qwen2_vl,
        size=lambda count: {"size": {"shortest_edge": 28 * 28, "longest_edge": MAX_PIXELS}},
        times=False,
        seconds=lambda inputs: 1.0,
    ),
    "qwen3-vl": Kind(
        save_tiny_qwen3_vl,
        size=lambda count: {
            "size": {"shortest_edge": 1024, "longest_edge": MAX_PIXELS * (count + count % 2)}
        },
        marked=True,
    ),
    "llava-onevision": Kind(save_tiny_llava_onevision, times=False),
    "smolvlm": Kind(save_tiny_smolvlm),
    "internvl": Kind(save_tiny_internvl, times=False),
    "llava-onevision with a window": Kind(
        save_tiny_llava_onevision, times=False, text={"text": WINDOW}
    ),
}


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@pytest.fixture(scope="module")
def folder(kind: Kind, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return kind.save(tmp_path_factory.mktemp("models") / "tiny", **kind.text)


@pytest.fixture(scope="module")
def family(folder: Path) -> Family:
    loader = family_for(read_config(folder), where=folder)
    max_pixels = None if loader.fixed_size else MAX_PIXELS
    return loader(folder, LoadOptions(dtype="float32"), max_pixels=max_pixels)


@pytest.fixture(scope="module", params=COUNTS)
def clip(request: pytest.FixtureRequest, make_clip: Callable[..., Clip]) -> Clip:
    return make_clip(request.param, fps=1.5)


@pytest.fixture(scope="module")
def reference(folder: Path) -> Stock:
    return Stock(folder)


def inputs_of(reference: Stock, kind: Kind, clip: Clip, prompt: str) -> dict[str, Any]:
    size = kind.size(len(clip.frames))
    inputs = reference.inputs(clip, prompt, marked=kind.marked, **size)
    if kind.seconds is not None:
        inputs["position_ids"] = reference_positions(
            inputs["input_ids"][0].tolist(),
            video_token=reference.model.config.video_token_id,
            grid=inputs["video_grid_thw"][0].tolist(),
            positions_per_step=kind.seconds(inputs),
        )
    return inputs


@pytest.fixture(scope="module")
def expected(reference: Stock, kind: Kind, clip: Clip) -> torch.Tensor:
    prompts = [DEFAULT_PROMPT.replace(PLACE, question) for question in QUESTIONS]
    return torch.stack(
        [reference.logits(inputs_of(reference, kind, clip, prompt)) for prompt in prompts]
    )


def suffixes_of(family: Family, questions: Sequence[str] = QUESTIONS) -> list[list[int]]:
    tail = chat_text(family.processor, DEFAULT_PROMPT, video_token=family.video_token).tail
    return [QuestionTokens(family.tokenizer, tail=tail)(question) for question in questions]


def head_of(family: Family, prompt: str = DEFAULT_PROMPT) -> str:
    return chat_text(family.processor, prompt, video_token=family.video_token).head


def test_answers_on_a_shared_video_equal_those_of_a_plain_forward_pass(
    family: Family, clip: Clip, expected: torch.Tensor
) -> None:
    assert expected.std() > 1  # logits that were all alike would agree whatever went wrong
    assert (expected[0] - expected[1]).abs().max() > 0.1
    prefix = family.prefix(clip, head_of(family))
    suffixes = suffixes_of(family)
    with torch.inference_mode():
        plain = torch.cat([plain_logits(family, prefix, suffix) for suffix in suffixes])
        assert (plain - expected).abs().max() < TOLERANCE
        if not shares_prefix(family):
            return
        for rows in (1, 3, 4):
            cache = read_prefix(family, prefix)
            batches = [suffixes[start : start + rows] for start in range(0, 4, rows)]
            shared = torch.cat([suffix_logits(family, prefix, cache, b) for b in batches])
            assert (shared - expected).abs().max() < TOLERANCE


def test_p_yes_of_a_judge_is_that_of_a_plain_forward_pass(
    folder: Path, family: Family, clip: Clip, expected: torch.Tensor, reference: Stock
) -> None:
    fixed = type(family).fixed_size  # type: ignore[attr-defined]
    judge = TransformersJudge(
        folder, device="cpu", max_questions=3, max_pixels=None if fixed else MAX_PIXELS
    )
    tokens = judge.identity["answer_tokens"]
    assert isinstance(tokens, dict)
    words = {word: reference.processor.tokenizer.decode(ids) for word, ids in tokens.items()}
    assert set(words["yes"].lower()) <= set("yes ") and set(words["no"].lower()) <= set("no ")
    judgements = judge.judge(clip, QUESTIONS)
    for judgement, logits in zip(judgements, expected, strict=True):
        found = (judgement.p_yes, judgement.mass)
        assert found == pytest.approx(p_yes_and_mass(logits, tokens), abs=TOLERANCE)


def test_what_stands_beyond_the_positions_of_a_model_is_refused(
    family: Family, make_clip: Callable[..., Clip], monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = family.prefix(make_clip(4), head_of(family))
    text, end = family.model.config.get_text_config(decoder=True), max(prefix.next_positions)
    monkeypatch.setattr(text, "max_position_embeddings", end)
    check_context(family, prefix)
    monkeypatch.setattr(text, "max_position_embeddings", end - 1)
    with pytest.raises(ValueError, match=f"the model reads at most {end - 1}; give --frames or"):
        check_context(family, prefix)
    monkeypatch.setattr(text, "rope_parameters", {**text.rope_parameters, "factor": 2.0})
    check_context(family, prefix)


def test_what_is_written_is_what_generate_of_transformers_writes(
    kind: Kind, family: Family, reference: Stock, make_clip: Callable[..., Clip]
) -> None:
    clip = make_clip(3, fps=8.0)  # so short that all ways of counting positions agree
    text = chat_text(family.processor, PAPER_PROMPT, video_token=family.video_token)
    for question in QUESTIONS[:2]:
        prompt = PAPER_PROMPT.replace(PLACE, question)
        inputs = reference.inputs(clip, prompt, marked=kind.marked, **kind.size(len(clip.frames)))
        never = 10**6  # no token: neither writes to an end
        written = reference.model.generate(
            **inputs, max_new_tokens=12, do_sample=False, eos_token_id=never
        )[0, inputs["input_ids"].shape[1] :].tolist()
        suffix = QuestionTokens(family.tokenizer, tail=text.tail)(question)
        whole = joined(family, family.prefix(clip, text.head), suffix)
        assert whole.inputs["input_ids"].tolist() == inputs["input_ids"].tolist()
        with torch.inference_mode():
            decoded = decode_greedily(family, whole, stop=(), limit=12)
        assert (list(decoded.tokens), decoded.ended) == (written, False)
        # An end is honoured where it comes.
        stop = written[4]
        with torch.inference_mode():
            ended = decode_greedily(family, whole, stop={stop}, limit=12)
        assert (list(ended.tokens), ended.ended) == (written[: written.index(stop)], True)


def test_other_frames_and_another_order_give_other_answers(
    family: Family, make_clip: Callable[..., Clip]
) -> None:
    clip = make_clip(4)
    back = Clip(frames=clip.frames[::-1], times=clip.times, indices=clip.indices, fps=clip.fps)
    (suffix,) = suffixes_of(family, QUESTIONS[:1])
    with torch.inference_mode():
        one, two, three = (
            plain_logits(family, family.prefix(c, head_of(family)), suffix)
            for c in (clip, back, make_clip(4, seed=1))
        )
    assert (one - two).abs().max() > 1e-3
    assert (one - three).abs().max() > 1e-3


def test_times_reach_the_models_that_can_be_told_them(
    kind: Kind, family: Family, make_clip: Callable[..., Clip]
) -> None:
    (suffix,) = suffixes_of(family, QUESTIONS[:1])
    with torch.inference_mode():
        fast, slow = (
            plain_logits(family, family.prefix(make_clip(8, fps=fps), head_of(family)), suffix)
            for fps in (8.0, 0.5)
        )
    if kind.times:
        assert (fast - slow).abs().max() > 1e-3
    else:
        assert torch.equal(fast, slow)


def test_every_frame_reaches_the_model(family: Family, make_clip: Callable[..., Clip]) -> None:
    clip = make_clip(6)
    (suffix,) = suffixes_of(family, QUESTIONS[:1])
    with torch.inference_mode():
        whole = plain_logits(family, family.prefix(clip, head_of(family)), suffix)
        for number in range(6):
            frames = np.array(clip.frames)
            frames[number] = 255 - frames[number]
            other = Clip(frames=frames, times=clip.times, indices=clip.indices, fps=clip.fps)
            changed = plain_logits(family, family.prefix(other, head_of(family)), suffix)
            assert (whole - changed).abs().max() > 1e-4, number


def test_a_window_is_asked_plainly_and_counts_the_video_for_each_question(
    tmp_path: Path, make_clip: Callable[..., Clip]
) -> None:
    models = {
        "window": save_tiny_llava_onevision(tmp_path / "window", text=WINDOW),
        "full": save_tiny_llava_onevision(tmp_path / "full"),
    }
    usages = {}
    for name, folder in models.items():
        judge = TransformersJudge(folder, device="cpu")
        judge.judge(make_clip(), QUESTIONS)
        usages[name] = judge.usage
        assert isinstance(judge._runner, FastProtocol)
    assert usages["window"].video_prefill == 4 * usages["full"].video_prefill
    assert usages["window"].question_prefill == usages["full"].question_prefill


def test_frames_of_qwen3_vl_have_at_most_the_pixels_asked_for(
    tmp_path: Path, make_clip: Callable[..., Clip]
) -> None:
    folder = save_tiny_qwen3_vl(tmp_path / "model")
    loader = family_for(read_config(folder), where=folder)
    for max_pixels in (1024, 4096):
        family = loader(folder, LoadOptions(dtype="float32"), max_pixels=max_pixels)
        for count in (1, 2, 5, 9):
            inputs = family.prefix(make_clip(count, height=112, width=168), head_of(family)).inputs
            pairs, rows, columns = inputs["video_grid_thw"][0].tolist()
            assert pairs == (count + 1) // 2
            assert max_pixels / 3 < rows * columns * 8 * 8 <= max_pixels


def test_times_of_uneven_frames_are_written_as_they_are(
    tmp_path: Path, make_clip: Callable[..., Clip]
) -> None:
    folder = save_tiny_qwen3_vl(tmp_path / "model")
    family = family_for(read_config(folder), where=folder)(folder, LoadOptions(dtype="float32"))
    even = make_clip(4)
    times = np.array([0.0, 0.2, 3.0, 3.4])
    clip = Clip(frames=even.frames, times=times, indices=even.indices, fps=3 / 3.4)
    inputs = family.prefix(clip, head_of(family)).inputs
    written = family.processor.tokenizer.decode(inputs["input_ids"][0])
    assert "<0.1 seconds>" in written and "<3.2 seconds>" in written
    assert written.count("seconds>") == 2
