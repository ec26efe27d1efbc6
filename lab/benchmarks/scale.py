"""What judging costs on real hardware, on paper: `python -m lab.benchmarks.scale` prints the table.

From the numbers of parameters and tokens to seconds; nothing here was measured on such a machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lab.tables import markdown

DAY = 86_400


@dataclass(frozen=True)
class Model:
    """A judge, by what its cost depends on (the defaults: Qwen2.5-VL-32B)."""

    parameters: float = 32.5e9
    layers: int = 64
    width: int = 5120
    key_value_width: int = 8 * 128
    vision_parameters: float = 0.67e9
    patches_a_token: int = 4
    bytes_a_number: int = 2

    def prefill_operations(self, new: float, before: float = 0, *, visual: float = 0) -> float:
        """Floating point operations of one pass.

        Args:
            new: Tokens that are read.
            before: Tokens in the cache that each of them looks back on.
            visual: How many of the new ones the vision tower makes.
        """
        text = 2 * self.parameters * new
        # Every pair of tokens that see each other: one product for scores, one for values.
        attention = 4 * self.layers * self.width * (new * before + new * new / 2)
        vision = 2 * self.vision_parameters * self.patches_a_token * visual
        return text + attention + vision

    @property
    def weight_bytes(self) -> float:
        return self.parameters * self.bytes_a_number

    @property
    def cache_bytes_a_token(self) -> int:
        """Keys and values of one token in all layers."""
        return 2 * self.layers * self.key_value_width * self.bytes_a_number


@dataclass(frozen=True)
class Accelerator:
    """A GPU by its data sheet (the defaults: H100 SXM, bfloat16 without sparsity)."""

    operations_a_second: float = 989e12
    bytes_a_second: float = 3.35e12
    memory: float = 80e9


@dataclass(frozen=True)
class Job:
    """What is judged (the defaults: the paper's set, clips of 5 s at 8 frames a second)."""

    videos: int = 367
    questions: int = 1500
    frames: int = 40
    tokens_a_frame: float = 96
    """360 x 420 pixels are 192 tokens of 28 x 28 for every two frames."""
    head_tokens: int = 30
    question_tokens: int = 60
    """The question, the instructions after it and the end of the turn."""

    @property
    def visual_tokens(self) -> float:
        return self.frames * self.tokens_a_frame

    @property
    def prefix_tokens(self) -> float:
        return self.visual_tokens + self.head_tokens


def shared_operations(model: Model, job: Job) -> float:
    """Each video once, and its questions on top of it."""
    prefix = model.prefill_operations(job.prefix_tokens, visual=job.visual_tokens)
    question = model.prefill_operations(job.question_tokens, job.prefix_tokens)
    return job.videos * prefix + job.questions * question


def plain_operations(model: Model, job: Job) -> float:
    """Each video for each of its questions."""
    tokens = job.prefix_tokens + job.question_tokens
    return job.questions * model.prefill_operations(tokens, visual=job.visual_tokens)


def minutes(operations: float, gpu: Accelerator, *, of_peak: float = 1.0) -> float:
    """Minutes of one GPU at a share of its peak."""
    return operations / (gpu.operations_a_second * of_peak) / 60


def gpus_for(
    videos_a_day: float, operations: float, job: Job, gpu: Accelerator, *, of_peak: float
) -> float:
    """GPUs that judge as many videos a day, each with as many questions as in `job`."""
    seconds = minutes(operations, gpu, of_peak=of_peak) * 60 / job.videos
    return videos_a_day * seconds / DAY


def decode_minutes(
    model: Model, gpu: Accelerator, *, answers: int, tokens: int, rows: int = 1
) -> float:
    """Minutes to write answers, `rows` at a time: every step reads all weights once."""
    return answers / rows * tokens * model.weight_bytes / gpu.bytes_a_second / 60


def main() -> None:
    model, gpu, job = Model(), Accelerator(), Job()
    shared, plain = shared_operations(model, job), plain_operations(model, job)
    tokens = job.videos * job.prefix_tokens + job.questions * job.question_tokens
    again = job.questions * (job.prefix_tokens + job.question_tokens)
    rows: list[Sequence[str]] = [
        ("tokens prefilled", f"{tokens:,.0f}", f"{again:,.0f}"),
        ("operations", f"{shared:.2e}", f"{plain:.2e}"),
    ]
    for peak in (1.0, 0.4):
        times = [f"{minutes(one, gpu, of_peak=peak):.1f}" for one in (shared, plain)]
        rows.append((f"minutes at {peak:.0%} of peak", *times))
    for peak in (1.0, 0.4):
        needed = [f"{gpus_for(1e6, one, job, gpu, of_peak=peak):.1f}" for one in (shared, plain)]
        rows.append((f"GPUs, a million a day, {peak:.0%}", *needed))
    one, eight = (
        decode_minutes(model, gpu, answers=job.questions, tokens=128, rows=rows) for rows in (1, 8)
    )
    name = "minutes to write 128 tokens an answer, one and eight at a time"
    rows.append((name, "none written", f"{one:.0f}, {eight:.0f}"))
    print(markdown(["", "shared prefix", "without"], rows))
    clip = model.cache_bytes_a_token * job.prefix_tokens
    print(f"\nkeys and values of one clip: {clip / 1e9:.2f} GB")
    print(f"clips beside the weights: {(gpu.memory - model.weight_bytes) / clip:.0f}")


if __name__ == "__main__":
    main()
