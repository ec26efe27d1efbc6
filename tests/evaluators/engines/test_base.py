"""What every engine is: it is closed after use, and knows its judge wherever that runs."""

from __future__ import annotations

import pickle
from collections.abc import Generator, Iterable

import pytest

from evaluators.engines.base import Engine, JudgeInfo
from evaluators.engines.tasks import ResultBatch, VideoTask
from evaluators.judges import Judge


class Idle(Engine):
    """Does nothing, and notes that it was closed."""

    judge = None
    metrics = ()
    usage = None
    closed = False

    def run(self, tasks: Iterable[VideoTask]) -> Generator[ResultBatch, None, None]:
        yield from ()

    def close(self) -> None:
        self.closed = True


def test_what_is_known_of_a_judge_is_what_it_says_and_can_be_sent(always_yes: Judge) -> None:
    info = JudgeInfo.of(always_yes)
    assert (info.name, info.fingerprint) == ("always-yes", always_yes.fingerprint)
    assert (info.frame_rule, info.identity) == (always_yes.frame_rule, always_yes.identity)
    assert pickle.loads(pickle.dumps(info)) == info  # noqa: S301 (our own)


def test_an_engine_is_closed_whatever_happens_and_hides_no_error() -> None:
    with Idle() as engine:
        assert isinstance(engine, Idle)
        assert not engine.closed
    assert engine.closed
    with pytest.raises(KeyError), Idle() as engine:
        raise KeyError("a")
    assert engine.closed


def test_an_engine_says_who_answers_what_is_measured_and_how_much_was_used() -> None:
    needed = {"judge", "metrics", "usage", "run"}
    assert Engine.__abstractmethods__ == needed
    with pytest.raises(TypeError, match="abstract"):
        Engine()  # type: ignore[abstract]
