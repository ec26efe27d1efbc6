"""The protocols `paper` and `fast` on the same weights and videos: answers, tokens, seconds.

Usage: python -m lab.benchmarks.judge [--clips 6] [--clock cpu|wall] [--json]

Two models. The tiny judge that explains itself really answers; a clip of it has few tokens, so it
is looped. A mid-size model with random weights is large enough that arithmetic, not overhead, takes
the time. Each clip is judged by both protocols in turn, first one first and then the other, and
ratios are taken clip by clip: the tables give their median and range.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import fmean, median
from typing import Any

import numpy as np
import torch
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

from evaluators.frames import Clip
from evaluators.judges import Judgement, Usage
from evaluators.judges.prompt import DEFAULT_PROMPT
from evaluators.judges.transformers_judge import TransformersJudge
from evaluators.tiny import WEIGHTS
from evaluators.tiny.judge import tiny_judge
from lab.benchmarks.measuring import benchmark_parser, print_rows
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
class PassTimes:
    """Seconds of the model's passes: those over prompts, and those over single written tokens;
    and the tokens that went through the text model in all.
    """

    prefill: float = 0.0
    decode: float = 0.0
    tokens: int = 0


@dataclass(frozen=True)
class Measured:
    """What one protocol did for one case.

    Attributes:
        judgements: Its answers.
        usage: Its tokens, as the judge counts them.
        passes: What was seen at the model.
        whole: Seconds from the clip to the answers, the processor's work included.
    """

    judgements: Sequence[Judgement]
    usage: Usage
    passes: PassTimes
    whole: float

    @property
    def prefilled(self) -> int:
        return self.usage.video_prefill + self.usage.question_prefill


Judges = tuple[TransformersJudge, TransformersJudge]
"""One model in `fast` and in `paper`."""

Pair = tuple[Measured, Measured]
"""The same case in `fast` and in `paper`."""


@contextmanager
def watched(model: Any, clock: Callable[[], float]) -> Iterator[PassTimes]:
    """Time and count every pass of a model of transformers."""
    passes, started = PassTimes(), 0.0

    def before(_: Any, __: Any, inputs: dict[str, Any]) -> None:
        nonlocal started
        started = clock()

    def after(_: Any, __: Any, inputs: dict[str, Any], ___: Any) -> None:
        seconds = clock() - started
        passes.tokens += inputs["input_ids"].numel()
        if inputs["input_ids"].shape == (1, 1):
            passes.decode += seconds
        else:
            passes.prefill += seconds

    with ExitStack() as hooks:
        for hook in (
            model.model.register_forward_pre_hook(before, with_kwargs=True),
            model.model.register_forward_hook(after, with_kwargs=True),
        ):
            hooks.callback(hook.remove)
        yield passes


def measure(judge: TransformersJudge, case: Case, clock: Callable[[], float]) -> Measured:
    """Ask one judge about one case."""
    before = vars(judge.usage)
    with watched(judge._family.model, clock) as passes:
        started = clock()
        judgements = judge.judge(case.clip, case.questions)
        whole = clock() - started
    spent = Usage(**{name: value - before[name] for name, value in vars(judge.usage).items()})
    return Measured(judgements, spent, passes, whole)


def measure_pairs(
    judges: Judges, cases: Sequence[Case], *, clock: Callable[[], float] = time.process_time
) -> list[Pair]:
    """Both protocols on every case, after one case to warm up; the one that begins alternates."""
    for judge in judges:
        measure(judge, cases[0], clock)
    pairs = []
    for number, case in enumerate(cases):
        turn = -1 if number % 2 else 1
        fast, paper = [measure(judge, case, clock) for judge in judges[::turn]][::turn]
        pairs.append((fast, paper))
    return pairs


def token_ratios(pairs: Sequence[Pair]) -> list[float]:
    """Tokens that `fast` prefills over those of `paper`."""
    return [fast.prefilled / paper.prefilled for fast, paper in pairs]


def prefill_ratios(pairs: Sequence[Pair]) -> list[float]:
    """Seconds that `fast` prefills over those of `paper`."""
    return [fast.passes.prefill / paper.passes.prefill for fast, paper in pairs]


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


def explaining_judges(loops: int) -> Judges:
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
    config = Qwen2_5_VLConfig.from_pretrained(WEIGHTS).to_dict()
    config["tie_word_embeddings"] = False
    config["text_config"] |= {
        "hidden_size": 384,
        "intermediate_size": 1024,
        "num_hidden_layers": 8,
        "num_attention_heads": 6,
        "num_key_value_heads": 2,
        "layer_types": None,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 10000.0,
            "mrope_section": [8, 12, 12],
        },
        "tie_word_embeddings": False,
    }
    config["vision_config"] |= {
        "hidden_size": 192,
        "intermediate_size": 512,
        "patch_size": 14,
        "temporal_patch_size": 2,
        "window_size": MID_SIDE,
        "tokens_per_second": 0,  # the protocols tell it other times
        "fullatt_block_indexes": [3],
        "out_hidden_size": 384,
    }
    torch.manual_seed(MID_SEED)
    model = Qwen2_5_VLForConditionalGeneration(Qwen2_5_VLConfig.from_dict(config))
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim >= 2:
                # Wider than a real start, so that answers depend on what is seen and asked.
                torch.nn.init.normal_(weight, std=0.06)
        # Opposite, and large: one of the two is far above all other words, whatever is asked.
        yes, no = (tokenizer.get_vocab()[word] for word in ("yes", "no"))
        model.lm_head.weight[yes] *= 1000
        model.lm_head.weight[no] = -model.lm_head.weight[yes]
    model.save_pretrained(folder)
    processor = build_processor(tokenizer)
    for part in (processor.image_processor, processor.video_processor):
        part.patch_size, part.temporal_patch_size = 14, 2
        part.size = {"shortest_edge": MID_SIDE**2, "longest_edge": MID_SIDE**2}
    processor.save_pretrained(folder)
    return folder


def mid_size_judges(folder: Path) -> Judges:
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


def row(name: str, cases: Sequence[Case], pairs: Sequence[Pair]) -> dict[str, object]:
    """A line of the table: tokens and seconds of a clip on average, ratios clip by clip."""

    def mean(of: Callable[[Measured], float]) -> tuple[float, float]:
        fast, paper = (fmean(map(of, column)) for column in zip(*pairs, strict=True))
        return fast, paper

    tokens, prefill = mean(lambda one: one.prefilled), mean(lambda one: one.passes.prefill)
    whole = mean(lambda one: one.whole)
    known = any(case.truths for case in cases)
    return {
        "model": name,
        "frames": len(cases[0].clip.frames),
        "questions": len(cases[0].questions),
        "video : question": f"{video_per_question(pairs):.1f}",
        "tokens prefilled, `paper`": f"{tokens[1]:,.0f}",
        "`fast` = the least": f"{tokens[0]:,.0f}",
        "ratio": f"{median(token_ratios(pairs)):.3f}",
        "decoded": f"{mean(lambda one: one.usage.decoded)[1]:,.0f}",
        "prefill, s: `paper`": f"{prefill[1]:.3f}",
        "prefill, s: `fast`": f"{prefill[0]:.3f}",
        "ratio of prefill": with_range(prefill_ratios(pairs), ".3f"),
        "decode, s": f"{mean(lambda one: one.passes.decode)[1]:.3f}",
        "whole, s: `paper`": f"{whole[1]:.3f}",
        "whole, s: `fast`": f"{whole[0]:.3f}",
        "times as fast": with_range(speedups(pairs), ".1f"),
        "equal answers": f"{equal_share(pairs):.1%}",
        "right": f"{right_share(pairs, cases):.1%}" if known else "-",
    }


def with_range(values: Sequence[float], form: str) -> str:
    """The median, with the least and the largest value."""
    return f"{median(values):{form}} [{min(values):{form}}, {max(values):{form}}]"


def settings(only: str | None, clips: int) -> Iterator[tuple[str, Judges, list[Case]]]:
    """What the rows of the table are of.

    Args:
        only: One model; None for both.
        clips: Clips for each row.
    """
    if only != "mid-size":
        for loops in LOOPS:
            judges = explaining_judges(loops)
            for number in QUESTIONS:
                yield "explaining", judges, looped_cases(clips, questions=number, loops=loops)
    if only != "explaining":
        with tempfile.TemporaryDirectory() as folder:
            judges = mid_size_judges(save_mid_size(Path(folder) / "mid-size"))
        for frames, number in product(FRAMES, QUESTIONS):
            yield "mid-size", judges, noise_cases(clips, questions=number, frames=frames)


def main() -> None:
    parser = benchmark_parser(__doc__)
    parser.add_argument("--clips", type=int, default=6, help="clips for each row")
    parser.add_argument("--clock", choices=list(CLOCKS), default="cpu")
    parser.add_argument("--only", choices=["explaining", "mid-size"], help="one model only")
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    for name, judges, cases in settings(options.only, options.clips):
        rows.append(row(name, cases, measure_pairs(judges, cases, clock=CLOCKS[options.clock])))
        print(rows[-1], file=sys.stderr, flush=True)
    print_rows(rows, as_json=options.json)


if __name__ == "__main__":
    main()
