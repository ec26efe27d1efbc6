"""Scores a folder with a judge whose questions are noted before it is asked. A test kills it."""

from __future__ import annotations

import ctypes
import hashlib
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluators.cache import EvaluationCache
from evaluators.frames import Clip, FrameRule
from evaluators.judges import Judge, Judgement, fingerprint_of, load_judge
from evaluators.scoring import ScoringOptions, score_submission
from omiti2v.editions import load_edition_folder
from omiti2v.errors import UserError
from omiti2v.submissions import read_submission


class SlowJudge:
    """P(yes) follows from the frames and the question; each batch takes a moment.

    Args:
        victim: A question that holds this kills the process.
    """

    name = "slow"
    frame_rule = FrameRule(count=4)
    identity: Mapping[str, object] = {"class": "SlowJudge"}
    fingerprint = fingerprint_of(identity)

    def __init__(self, *, victim: str = "") -> None:
        self._victim = victim

    def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
        time.sleep(0.02)
        if self._victim and self._victim in questions[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return [self._answer(clip, question) for question in questions]

    def _answer(self, clip: Clip, question: str) -> Judgement:
        digest = hashlib.sha256(clip.frames.tobytes() + question.encode()).digest()
        p_yes = int.from_bytes(digest[:4]) / 2**32
        return Judgement("yes" if p_yes > 0.5 else "no", p_yes, 1.0)


class HangingJudge(SlowJudge):
    """Hangs at some question, once: for ever, but for what a test does about it.

    Args:
        victim: Part of the question.
        mark: A file that is there when it has hung.
        silently: Whether it holds the interpreter's lock, so that no thread gets on.
    """

    def __init__(self, *, victim: str, mark: str, silently: bool = False) -> None:
        super().__init__()
        self._hangs_at, self._mark, self._silently = victim, Path(mark), silently

    def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
        if self._hangs_at in questions[0] and not self._mark.exists():
            self._mark.touch()
            (ctypes.PyDLL if self._silently else ctypes.CDLL)(None).sleep(1000)
        return super().judge(clip, questions)


class ForesightedJudge(SlowJudge):
    """Says yes where the next clip is ready by the time it answers; waits a little for it."""

    batch_clips = 1

    def __init__(self) -> None:
        super().__init__()
        self._ready = threading.Semaphore(0)

    def prepare(self, clip: Clip, questions: Sequence[str]) -> ReadyClip:
        self._ready.release()
        return ReadyClip(tuple(questions))

    def answer(self, batch: Sequence[ReadyClip]) -> list[list[Judgement]]:
        time.sleep(0.05)
        assert self._ready.acquire(timeout=0)  # this one's
        seen = self._ready.acquire(timeout=0.3)
        if seen:
            self._ready.release()
        answer = Judgement("yes", 1.0, 1.0) if seen else Judgement("no", 0.0, 1.0)
        return [[answer for _ in ready.questions] for ready in batch]


@dataclass(frozen=True)
class ReadyClip:
    """What `ForesightedJudge` prepares."""

    questions: tuple[str, ...]
    tokens: int = 0


class NotedJudge:
    """Another judge, with a note of each question on disk before it is asked."""

    def __init__(self, judge: Judge, notes: Path) -> None:
        self.name, self.frame_rule = judge.name, judge.frame_rule
        self.identity, self.fingerprint = judge.identity, judge.fingerprint
        self._judge = judge
        self._notes = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
        os.write(self._notes, "".join(f"{question}\n" for question in questions).encode())
        return self._judge.judge(clip, questions)


def broken_judge() -> Judge:
    """What a worker finds where a model's files are broken."""
    raise UserError("model: can't be loaded: its files are broken")


def deadly_to_open() -> Judge:
    """What a worker finds where there is no memory for a model."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def main(
    edition_folder: str, videos: str, run: str, notes: str, cache: str, model: str = ""
) -> None:
    edition = load_edition_folder(Path(edition_folder))
    submission = read_submission(Path(videos), edition)
    options = ScoringOptions(resamples=100)
    opened = EvaluationCache(Path(cache)) if cache else None
    judge = NotedJudge(load_judge(model, device="cpu") if model else SlowJudge(), Path(notes))
    score_submission(submission, edition, Path(run), judge=judge, cache=opened, options=options)


if __name__ == "__main__":
    main(*sys.argv[1:])
