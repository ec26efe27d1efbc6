"""Which worker does which task: every task once, whoever dies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from evaluators.engines.task_queue import MAX_DEATHS, TaskQueue
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
        location=str(Path("videos") / name),
        file=name,
        digest="0" * 64,
        check=True,
        metrics=("a", "b"),
        questions=(QUESTION,),
    )


def tasks(count: int) -> list[VideoTask]:
    return [task(f"s{number}") for number in range(count)]


def hand_out(queue: TaskQueue, worker: int) -> list[str]:
    """Everything that a worker is given now."""
    return [given.sample.id for given in iter(lambda: queue.get(worker), None)]


def finish(queue: TaskQueue, worker: int, *names: str) -> None:
    for name in names:
        queue.record(worker, VideoResult(video_id=name))


def test_a_worker_has_no_more_than_it_may() -> None:
    queue = TaskQueue(tasks(10), workers=2, per_worker=2)
    assert hand_out(queue, 1) == ["s0", "s1"]
    assert hand_out(queue, 1) == []
    finish(queue, 1, "s0")
    assert hand_out(queue, 1) == ["s2"]


def test_at_the_end_nobody_has_two_while_another_has_none() -> None:
    queue = TaskQueue(tasks(2), workers=2, per_worker=4)
    assert hand_out(queue, 1) == ["s0"]
    assert hand_out(queue, 2) == ["s1"]


def test_fewer_tasks_than_workers_are_done_all_the_same() -> None:
    queue = TaskQueue(tasks(1), workers=8, per_worker=2)
    assert hand_out(queue, 5) == ["s0"]
    assert hand_out(queue, 6) == []
    assert not queue.finished
    finish(queue, 5, "s0")
    assert queue.finished


def test_tasks_are_drawn_a_bounded_number_ahead() -> None:
    drawn = []

    def stream() -> Iterator[VideoTask]:
        for one in tasks(1000):
            drawn.append(one)
            yield one

    queue = TaskQueue(stream(), workers=3, per_worker=2)
    assert hand_out(queue, 1) == ["s0", "s1"]
    assert len(drawn) <= 2 + 3 * 2


def test_what_a_dead_worker_had_is_done_by_others_one_at_a_time() -> None:
    queue = TaskQueue(tasks(4), workers=2, per_worker=2)
    assert hand_out(queue, 1) == ["s0", "s1"]
    assert queue.requeue(1) == []
    assert hand_out(queue, 2) == ["s2"]
    finish(queue, 2, "s2")
    assert hand_out(queue, 2) == ["s3"]
    assert hand_out(queue, 3) == ["s0"]
    finish(queue, 2, "s3")
    assert hand_out(queue, 2) == ["s1"]


def test_a_task_that_kills_its_workers_is_given_up_and_its_neighbour_is_not() -> None:
    queue = TaskQueue(tasks(2), workers=1, per_worker=4)
    assert hand_out(queue, 0) == ["s0", "s1"]
    failures = queue.requeue(0)
    worker = 1
    while not queue.finished:
        (name,) = hand_out(queue, worker)
        if name == "s0":
            failures += queue.requeue(worker)
            worker += 1
        else:
            finish(queue, worker, name)
    assert [failure.video_id for failure in failures] == ["s0"]
    assert "10 workers died" in str(failures[0].failure)
    assert worker == MAX_DEATHS


def test_of_a_part_that_came_back_nothing_is_done_again() -> None:
    queue = TaskQueue(tasks(1), workers=1, per_worker=1)
    given = queue.get(1)
    assert given is not None
    part = VideoResult(video_id="s0", complete=False, measured={"a": MEASURED})
    queue.record(1, part)
    queue.requeue(1)
    again = queue.get(2)
    assert again is not None
    assert (again.check, again.questions, again.metrics) == (False, (), ("b",))


@given(st.integers(1, 4), st.integers(1, 3), st.lists(st.tuples(st.integers(0, 3), st.booleans())))
def test_whatever_happens_each_task_ends_exactly_once(
    workers: int, per_worker: int, events: list[tuple[int, bool]]
) -> None:
    queue = TaskQueue(tasks(6), workers=workers, per_worker=per_worker)
    hands: dict[int, list[str]] = {worker: [] for worker in range(workers)}
    ended: list[str] = []
    script = iter(events)
    while not queue.finished:
        for worker, names in hands.items():
            names += hand_out(queue, worker)
        number, dies = next(script, (0, False))
        busy = [worker for worker, names in hands.items() if names]
        worker = busy[number % len(busy)]
        if dies:
            ended += [failure.video_id for failure in queue.requeue(worker)]
            hands[worker] = []
        else:
            name = hands[worker].pop(0)
            finish(queue, worker, name)
            ended.append(name)
    assert sorted(ended) == sorted(one.sample.id for one in tasks(6))
