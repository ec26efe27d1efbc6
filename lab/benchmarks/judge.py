"""The protocols `paper` and `fast` on the same weights and videos: answers, tokens, seconds.

Usage: python -m lab.benchmarks.judge [--clips 6] [--clock cpu|wall]

Two models. The tiny judge that explains itself really answers; a clip of it has few tokens, so it
is looped. A mid-size model with random weights is large enough that arithmetic, not overhead, takes
the time. Each clip is judged by both protocols in turn, first one first and then the other, and
ratios are taken clip by clip: the tables give their median and range.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

from evaluators.frames import Clip
from evaluators.judges import Judgement, Usage
from evaluators.judges.prompt import DEFAULT_PROMPT
from evaluators.judges.transformers_judge import TransformersJudge
from evaluators.tiny.judge import tiny_judge
from lab.benchmarks.measuring import machine
from lab.tiny_judge.examples import FPS, make_example
from lab.tiny_judge.explain import EXPLAINING
from lab.tiny_judge.measure import SEED
from lab.tiny_judge.model import build_processor
from lab.tiny_judge.tokens import build_tokenizer

QUESTIONS = (1, 2, 3, 4, 5, 6)
FRAMES = (8, 16, 32, 64)
LOOPS = (1, 4, 12)
WRITTEN = 26
"""Tokens that the explaining judge writes about a clip that is not looped, on average."""
MID_SIDE = 112
MID_SEED = 3

CLOCKS: dict[str, Callable[[], float]] = {"cpu": time.process_time, "wall": time.perf_counter}


@dataclass(frozen=True)
class Case:
    """A clip, what is asked about it, and the true answers where they are known."""

    clip: Clip
    questions: Sequence[str]
    truths: Sequence[str] = ()


@dataclass
class Passes:
    """Time of the model's passes: those over prompts, and those over single written tokens."""

    prefill: float = 0.0
    decode: float = 0.0
    tokens: int = 0
    _started: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Measured:
    """What one protocol did for one case.

    Attributes:
        judgements: Its answers.
        usage: Its tokens, as the judge counts them.
        passed: Tokens that went through the text model, as seen at the model.
        prefill, decode: Seconds in the model, over prompts and over written tokens.
        whole: Seconds from the clip to the answers, the processor's work included.
    """

    judgements: Sequence[Judgement]
    usage: Usage
    passed: int
    prefill: float
    decode: float
    whole: float

    @property
    def prefilled(self) -> int:
        return self.usage.video_prefill + self.usage.question_prefill


Pair = tuple[Measured, Measured]
"""The same case in `fast` and in `paper`."""


@contextmanager
def watched(model: Any, clock: Callable[[], float]) -> Iterator[Passes]:
    """Time and count every pass of a model of transformers."""
    passes = Passes()

    def before(_: Any, __: Any, inputs: dict[str, Any]) -> None:
        passes._started.append(clock())

    def after(_: Any, __: Any, inputs: dict[str, Any], ___: Any) -> None:
        seconds = clock() - passes._started.pop()
        passes.tokens += inputs["input_ids"].numel()
        if inputs["input_ids"].shape == (1, 1):
            passes.decode += seconds
        else:
            passes.prefill += seconds

    hooks = [
        model.model.register_forward_pre_hook(before, with_kwargs=True),
        model.model.register_forward_hook(after, with_kwargs=True),
    ]
    try:
        yield passes
    finally:
        for hook in hooks:
            hook.remove()


def measure(judge: TransformersJudge, case: Case, clock: Callable[[], float]) -> Measured:
    """Ask one judge about one case."""
    before = judge.usage
    with watched(judge._family.model, clock) as passes:
        started = clock()
        judgements = judge.judge(case.clip, case.questions)
        whole = clock() - started
    return Measured(
        judgements, _spent(before, judge.usage), passes.tokens, passes.prefill, passes.decode, whole
    )


def measure_pairs(
    fast: TransformersJudge,
    paper: TransformersJudge,
    cases: Sequence[Case],
    *,
    clock: Callable[[], float] = time.process_time,
) -> list[Pair]:
    """Both protocols on every case, after one case to warm up; the one that begins alternates."""
    for judge in (fast, paper):
        measure(judge, cases[0], clock)
    pairs = []
    for number, case in enumerate(cases):
        if number % 2:
            slow = measure(paper, case, clock)
            pairs.append((measure(fast, case, clock), slow))
        else:
            quick = measure(fast, case, clock)
            pairs.append((quick, measure(paper, case, clock)))
    return pairs


def token_ratios(pairs: Sequence[Pair]) -> list[float]:
    """Tokens that `fast` prefills over those of `paper`."""
    return [fast.prefilled / paper.prefilled for fast, paper in pairs]


def prefill_ratios(pairs: Sequence[Pair]) -> list[float]:
    """Seconds that `fast` prefills over those of `paper`."""
    return [fast.prefill / paper.prefill for fast, paper in pairs]


def speedups(pairs: Sequence[Pair]) -> list[float]:
    """How many times as fast the whole of `fast` is."""
    return [paper.whole / fast.whole for fast, paper in pairs]


def followed(pairs: Sequence[Pair]) -> float:
    """Share of the saved tokens that is saved prefill time too (medians): 1 where all of it is."""
    return (1 - median(prefill_ratios(pairs))) / (1 - median(token_ratios(pairs)))


def equal_share(pairs: Sequence[Pair]) -> float:
    """Share of the questions with the same answer, which must be yes or no, in both."""
    answers = [
        (one.answer, other.answer)
        for fast, paper in pairs
        for one, other in zip(fast.judgements, paper.judgements, strict=True)
    ]
    return sum(one == other and one in ("yes", "no") for one, other in answers) / len(answers)


def right_share(pairs: Sequence[Pair], cases: Sequence[Case]) -> float:
    """Share of the questions that `fast` answers right."""
    right = [
        judgement.answer == truth
        for (fast, _), case in zip(pairs, cases, strict=True)
        for judgement, truth in zip(fast.judgements, case.truths, strict=True)
    ]
    return sum(right) / len(right)


def video_per_question(pairs: Sequence[Pair]) -> float:
    """Tokens of a video over those of a question, on average."""
    usages = [fast.usage for fast, _ in pairs]
    videos = sum(u.video_prefill for u in usages) / sum(u.clips for u in usages)
    return videos / (sum(u.question_prefill for u in usages) / sum(u.questions for u in usages))


def explaining_judges(loops: int) -> tuple[TransformersJudge, TransformersJudge]:
    """The tiny judge that explains itself in `fast` and in `paper`, with one prompt.

    It ends its turn by itself about clips as it was trained on. About a looped one it often doesn't
    end, and it is cut off after as many tokens as it writes otherwise: fewer than the paper's 128,
    which would be to the advantage of `fast`.
    """
    limit = 128 if loops == 1 else WRITTEN
    return (
        tiny_judge(EXPLAINING, prompt=DEFAULT_PROMPT),
        tiny_judge(EXPLAINING, prompt=DEFAULT_PROMPT, protocol="paper", max_new_tokens=limit),
    )


def looped_cases(count: int, *, questions: int, loops: int) -> list[Case]:
    """Rendered clips of eight frames, each shown `loops` times over, of unseen scenes."""
    cases = []
    for index in range(count):
        example = make_example(index, seed=SEED + 1, held_out=True)
        frames = np.tile(example.frames, (loops, 1, 1, 1))
        truths = ["yes" if answer else "no" for answer in example.answers]
        cases.append(Case(_clip(frames), example.questions[:questions], truths[:questions]))
    return cases


def save_mid_size(folder: Path) -> Path:
    """Save a random Qwen2.5-VL with a hidden size of 384 that speaks of little but yes and no."""
    tokenizer = build_tokenizer()
    token: Callable[[str], Any] = tokenizer.convert_tokens_to_ids
    config = Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": 384,
            "intermediate_size": 1024,
            "num_hidden_layers": 8,
            "num_attention_heads": 6,
            "num_key_value_heads": 2,
            "max_position_embeddings": 4096,
            "bos_token_id": None,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 10000.0,
                "mrope_section": [8, 12, 12],
            },
        },
        vision_config={
            "depth": 4,
            "hidden_size": 192,
            "intermediate_size": 512,
            "num_heads": 4,
            "patch_size": 14,
            "spatial_merge_size": 2,
            "temporal_patch_size": 2,
            "window_size": MID_SIDE,
            "fullatt_block_indexes": [3],
            "out_hidden_size": 384,
        },
        image_token_id=token("<|image_pad|>"),
        video_token_id=token("<|video_pad|>"),
        vision_start_token_id=token("<|vision_start|>"),
        vision_end_token_id=token("<|vision_end|>"),
        tie_word_embeddings=False,
    )
    torch.manual_seed(MID_SEED)
    model = Qwen2_5_VLForConditionalGeneration(config)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim >= 2:
                # Wider than a real start, so that answers depend on what is seen and asked.
                torch.nn.init.normal_(weight, std=0.06)
        # Opposite, and large: one of the two is far above all other words, whatever is asked.
        model.lm_head.weight[token("yes")] *= 1000
        model.lm_head.weight[token("no")] = -model.lm_head.weight[token("yes")]
    model.save_pretrained(folder)
    processor = build_processor(tokenizer)
    for part in (processor.image_processor, processor.video_processor):
        part.patch_size, part.temporal_patch_size = 14, 2
        part.size = {"shortest_edge": MID_SIDE**2, "longest_edge": MID_SIDE**2}
    processor.save_pretrained(folder)
    return folder


def mid_size_judges(folder: Path) -> tuple[TransformersJudge, TransformersJudge]:
    """The model of `save_mid_size` in `fast`, and in `paper` with one written token.

    What random weights write after that token means nothing, so decoding is not compared on it.
    """
    options: dict[str, Any] = {
        "device": "cpu",
        "prompt": DEFAULT_PROMPT,
        "max_pixels": MID_SIDE**2,
    }
    return (
        TransformersJudge(folder, **options),
        TransformersJudge(folder, **options, protocol="paper", max_new_tokens=1),
    )


def noise_cases(count: int, *, questions: int, frames: int) -> list[Case]:
    """Clips of noise, with questions of the known-answer world."""
    rng = np.random.default_rng(0)
    asked = make_example(0, seed=SEED + 1).questions[:questions]
    shape = (frames, MID_SIDE, MID_SIDE, 3)
    return [Case(_clip(rng.integers(0, 256, shape, dtype=np.uint8)), asked) for _ in range(count)]


def _clip(frames: Any) -> Clip:
    count = len(frames)
    return Clip(
        frames=frames, times=np.arange(count) / FPS, indices=np.arange(count), fps=float(FPS)
    )


def _spent(before: Usage, after: Usage) -> Usage:
    return Usage(**{name: value - getattr(before, name) for name, value in vars(after).items()})


HEAD = (
    "| model | frames | questions | video : question | tokens prefilled, `paper` | `fast` = the "
    "least | ratio | decoded | prefill, s: `paper` | `fast` | ratio | decode, s | whole, s: "
    "`paper` | `fast` | times as fast | equal answers | right |\n" + "|---|" + "---:|" * 16
)


def row(name: str, cases: Sequence[Case], pairs: Sequence[Pair]) -> str:
    """One line of the table: tokens and seconds of a clip on average, ratios clip by clip."""
    count = len(pairs)

    def mean(of: Callable[[Pair], float]) -> float:
        return sum(map(of, pairs)) / count

    known = any(case.truths for case in cases)
    cells = [
        name,
        str(len(cases[0].clip.frames)),
        str(len(cases[0].questions)),
        f"{video_per_question(pairs):.1f}",
        f"{mean(lambda pair: pair[1].prefilled):,.0f}",
        f"{mean(lambda pair: pair[0].prefilled):,.0f}",
        f"{median(token_ratios(pairs)):.3f}",
        f"{mean(lambda pair: pair[1].usage.decoded):,.0f}",
        f"{mean(lambda pair: pair[1].prefill):.3f}",
        f"{mean(lambda pair: pair[0].prefill):.3f}",
        with_range(prefill_ratios(pairs), ".3f"),
        f"{mean(lambda pair: pair[1].decode):.3f}",
        f"{mean(lambda pair: pair[1].whole):.3f}",
        f"{mean(lambda pair: pair[0].whole):.3f}",
        with_range(speedups(pairs), ".1f"),
        f"{equal_share(pairs):.1%}",
        f"{right_share(pairs, cases):.1%}" if known else "-",
    ]
    return "| " + " | ".join(cells) + " |"


def with_range(values: Sequence[float], form: str) -> str:
    """The median, with the least and the largest value."""
    return f"{median(values):{form}} [{min(values):{form}}, {max(values):{form}}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clips", type=int, default=6, help="clips for each row")
    parser.add_argument("--clock", choices=list(CLOCKS), default="cpu")
    parser.add_argument("--only", choices=["explaining", "mid-size"], help="one model only")
    options = parser.parse_args()
    torch.set_num_threads(1)
    clock = CLOCKS[options.clock]
    print(f"Machine: {machine()}\n\n{HEAD}", flush=True)
    if options.only != "mid-size":
        for loops in LOOPS:
            judges = explaining_judges(loops)
            for questions in QUESTIONS:
                cases = looped_cases(options.clips, questions=questions, loops=loops)
                pairs = measure_pairs(*judges, cases, clock=clock)
                print(row("explaining", cases, pairs), flush=True)
    if options.only != "explaining":
        with tempfile.TemporaryDirectory() as folder:
            judges = mid_size_judges(save_mid_size(Path(folder) / "mid-size"))
        for frames in FRAMES:
            for questions in QUESTIONS:
                cases = noise_cases(options.clips, questions=questions, frames=frames)
                pairs = measure_pairs(*judges, cases, clock=clock)
                print(row("mid-size", cases, pairs), flush=True)


if __name__ == "__main__":
    main()
