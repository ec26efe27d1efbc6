"""Who does what: every task once, whoever dies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from evaluators.engines.shares import MOST_DEATHS, Shares
from evaluators.engines.tasks import Measured, VideoResult, VideoTask
from omiti2v.samples import Question, Sample

MEASURED = Measured(values={"a": 1.0})
QUESTION = Question(id="q1", question="Is it?", dimension="any", expected_answer="yes")


def task(name: str) -> VideoTask:
    sample = Sample(
        id=name, image="a.png", prompt="It happens", category="addition", questions=(QUESTION,)
    )
    return VideoTask(
        sample=sample,
        place=str(Path("videos") / name),
        file=name,
        digest="0" * 64,
        look=True,
        metrics=("a", "b"),
        questions=(QUESTION,),
    )


def tasks(count: int) -> list[VideoTask]:
    return [task(f"s{number}") for number in range(count)]


def hand(shares: Shares, worker: int) -> list[str]:
    """Everything that a worker is given now."""
    return [given.sample.id for given in iter(lambda: shares.take(worker), None)]


def finish(shares: Shares, worker: int, *names: str) -> None:
    for name in names:
        shares.record(worker, VideoResult(sample_id=name))


def test_a_worker_has_no_more_than_it_may() -> None:
    shares = Shares(tasks(10), workers=2, most=2)
    assert hand(shares, 1) == ["s0", "s1"]
    assert hand(shares, 1) == []
    finish(shares, 1, "s0")
    assert hand(shares, 1) == ["s2"]


def test_at_the_end_nobody_has_two_while_another_has_none() -> None:
    shares = Shares(tasks(2), workers=2, most=4)
    assert hand(shares, 1) == ["s0"]
    assert hand(shares, 2) == ["s1"]


def test_fewer_tasks_than_workers_are_done_all_the_same() -> None:
    shares = Shares(tasks(1), workers=8, most=2)
    assert hand(shares, 5) == ["s0"]
    assert hand(shares, 6) == []
    assert not shares.finished
    finish(shares, 5, "s0")
    assert shares.finished


def test_tasks_are_drawn_a_bounded_number_ahead() -> None:
    drawn = []

    def stream() -> Iterator[VideoTask]:
        for one in tasks(1000):
            drawn.append(one)
            yield one

    shares = Shares(stream(), workers=3, most=2)
    assert hand(shares, 1) == ["s0", "s1"]
    assert len(drawn) <= 2 + 3 * 2


def test_what_a_dead_worker_had_is_done_by_others_one_at_a_time() -> None:
    shares = Shares(tasks(4), workers=2, most=2)
    assert hand(shares, 1) == ["s0", "s1"]
    assert shares.lost(1) == []
    assert hand(shares, 2) == ["s2"]
    finish(shares, 2, "s2")
    assert hand(shares, 2) == ["s3"]
    assert hand(shares, 3) == ["s0"]
    finish(shares, 2, "s3")
    assert hand(shares, 2) == ["s1"]


def test_a_task_that_kills_its_workers_is_given_up_and_its_neighbour_is_not() -> None:
    shares = Shares(tasks(2), workers=1, most=4)
    assert hand(shares, 0) == ["s0", "s1"]
    failures = shares.lost(0)
    worker = 1
    while not shares.finished:
        (name,) = hand(shares, worker)
        if name == "s0":
            failures += shares.lost(worker)
            worker += 1
        else:
            finish(shares, worker, name)
    assert [failure.sample_id for failure in failures] == ["s0"]
    assert "3 workers died" in str(failures[0].failure)
    assert worker == MOST_DEATHS


def test_of_a_part_that_came_back_nothing_is_done_again() -> None:
    shares = Shares(tasks(1), workers=1, most=1)
    given = shares.take(1)
    assert given is not None
    part = VideoResult(sample_id="s0", complete=False, measured={"a": MEASURED})
    shares.record(1, part)
    shares.lost(1)
    again = shares.take(2)
    assert again is not None
    assert (again.look, again.questions, again.metrics) == (False, (), ("b",))


@given(st.integers(1, 4), st.integers(1, 3), st.lists(st.tuples(st.integers(0, 3), st.booleans())))
def test_whatever_happens_each_task_ends_exactly_once(
    workers: int, most: int, events: list[tuple[int, bool]]
) -> None:
    shares = Shares(tasks(6), workers=workers, most=most)
    hands: dict[int, list[str]] = {worker: [] for worker in range(workers)}
    ended: list[str] = []
    script = iter(events)
    while not shares.finished:
        for worker, names in hands.items():
            names += hand(shares, worker)
        number, dies = next(script, (0, False))
        busy = [worker for worker, names in hands.items() if names]
        worker = busy[number % len(busy)]
        if dies:
            ended += [failure.sample_id for failure in shares.lost(worker)]
            hands[worker] = []
        else:
            name = hands[worker].pop(0)
            finish(shares, worker, name)
            ended.append(name)
    assert sorted(ended) == sorted(one.sample.id for one in tasks(6))
