"""The judge's answers: what is logged, what the cache knows, what is pending."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from evaluators.cache import EvaluationCache
from evaluators.engines.tasks import Judged
from evaluators.frames import FRAMES_VERSION, FrameRule
from evaluators.judges import Judge
from evaluators.run_state.judgements import Judgements
from evaluators.run_state.presence import Presence
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.runs import JudgeStamp, RunWriter
from omiti2v.takes import SampleVideo

DIGEST, OTHER = "a" * 64, "b" * 64
YES = Judged(answer="yes", p_yes=0.75, mass=0.9, reason=None)
ERROR = Judged(answer="error", p_yes=None, mass=None, reason="out of memory")


@dataclass(frozen=True)
class Facts:
    """What is known of a judge that forgot to count its frame rule in."""

    name: str = "forgetful"
    frame_rule: FrameRule = field(default_factory=lambda: FrameRule(count=2))
    identity: Mapping[str, object] = field(default_factory=dict)
    fingerprint: str = "f" * 64


@pytest.fixture
def judgements(
    edition: Edition, open_run: Callable[..., RunWriter], cache: EvaluationCache
) -> Callable[..., Judgements]:
    """A function that opens the run anew with this judge, every file being as it was."""

    def build(judge: Judge | None, *, digest: str = DIGEST) -> Judgements:
        stamp = judge and JudgeStamp(
            name=judge.name, fingerprint=judge.fingerprint, identity=dict(judge.identity)
        )
        built = Judgements(judge, edition, open_run(judge=stamp), cache)
        built.forget_outdated(Presence({sample.id: digest for sample in edition.samples}))
        return built

    return build


def ids(questions: tuple[object, ...]) -> list[str]:
    return [question.id for question in questions]  # type: ignore[attr-defined]


def test_an_answer_is_logged_with_what_it_was_given_to(
    edition: Edition,
    open_run: Callable[[], RunWriter],
    judgements: Callable[..., Judgements],
    always_yes: Judge,
) -> None:
    sample = edition.samples[0]
    judgements(always_yes).record(SampleVideo(sample), DIGEST, {"q2": YES})
    (row,) = open_run().responses.rows
    assert (row.sample_id, row.question_id) == (sample.id, "q2")
    assert row.question == sample.questions[1].question
    assert (row.answer, row.p_yes, row.mass, row.reason) == ("yes", 0.75, 0.9, None)
    assert (row.video_sha256, row.judge) == (DIGEST, always_yes.fingerprint)
    assert row.frames == f"count=2,v{FRAMES_VERSION}"


def test_what_is_logged_is_not_pending_in_this_run_or_the_next(
    edition: Edition, judgements: Callable[..., Judgements], always_yes: Judge
) -> None:
    sample = edition.samples[0]
    state = judgements(always_yes)
    assert ids(state.pending(SampleVideo(sample), {})) == ["q1", "q2", "q3", "q4"]
    state.record(SampleVideo(sample), DIGEST, {"q2": YES, "q3": YES})
    assert ids(state.pending(SampleVideo(sample), {})) == ["q1", "q4"]
    assert ids(state.pending(SampleVideo(sample), {"q1": YES})) == ["q4"]
    assert ids(judgements(always_yes).pending(SampleVideo(sample), {})) == ["q1", "q4"]


def test_an_answer_is_logged_once(
    edition: Edition,
    open_run: Callable[[], RunWriter],
    judgements: Callable[..., Judgements],
    always_yes: Judge,
) -> None:
    state = judgements(always_yes)
    for _ in range(2):
        state.log(SampleVideo(edition.samples[0]), DIGEST, {"q1": YES})
    assert len(open_run().responses.rows) == 1


@pytest.mark.parametrize("change", ["file", "frame rule"])
def test_an_answer_counts_only_while_all_it_depends_on_is_the_same(
    edition: Edition,
    open_run: Callable[[], RunWriter],
    cache: EvaluationCache,
    judgements: Callable[..., Judgements],
    change: str,
) -> None:
    sample = edition.samples[0]
    judgements(Facts()).record(SampleVideo(sample), DIGEST, {"q1": YES})
    judge = Facts(frame_rule=FrameRule(count=3 if change == "frame rule" else 2))
    digest = OTHER if change == "file" else DIGEST
    state = Judgements(judge, edition, open_run(), cache)
    state.forget_outdated(Presence({sample.id: digest}))
    assert ids(state.pending(SampleVideo(sample), {})) == ["q1", "q2", "q3", "q4"]
    assert state.cached(SampleVideo(sample), digest) == {}


def test_the_cache_answers_for_a_new_run_and_never_with_an_error(
    edition: Edition, judgements: Callable[..., Judgements], always_yes: Judge
) -> None:
    sample = edition.samples[0]
    judgements(always_yes).record(SampleVideo(sample), DIGEST, {"q1": YES, "q2": ERROR})
    judgements(always_yes, digest=OTHER)  # which drops the rows
    assert judgements(always_yes).cached(SampleVideo(sample), DIGEST) == {"q1": YES}


def test_an_error_is_asked_again_by_the_next_run_and_not_by_this_one(
    edition: Edition, judgements: Callable[..., Judgements], always_yes: Judge
) -> None:
    sample = edition.samples[0]
    state = judgements(always_yes)
    state.record(SampleVideo(sample), DIGEST, {"q1": ERROR})
    assert "q1" not in ids(state.pending(SampleVideo(sample), {}))
    assert "q1" in ids(judgements(always_yes).pending(SampleVideo(sample), {}))


def test_of_a_video_that_fails_what_is_open_is_an_error_and_what_was_answered_stays(
    edition: Edition,
    open_run: Callable[[], RunWriter],
    judgements: Callable[..., Judgements],
    always_yes: Judge,
) -> None:
    sample = edition.samples[0]
    state = judgements(always_yes)
    state.record(SampleVideo(sample), DIGEST, {"q1": YES})
    state.fail(SampleVideo(sample), DIGEST, "can't be fetched")
    rows = open_run().responses.rows
    assert [row.answer for row in rows] == ["yes", "error", "error", "error"]
    assert {row.reason for row in rows} == {None, "can't be fetched"}


def test_answers_about_a_file_that_is_not_there_stay_unless_they_would_be_on_other_frames(
    edition: Edition,
    open_run: Callable[[], RunWriter],
    judgements: Callable[..., Judgements],
) -> None:
    sample = edition.samples[0]
    judgements(Facts()).record(SampleVideo(sample), DIGEST, {"q1": YES, "q2": ERROR})
    gone = Presence({}, kept={sample.id: "not there"})
    Judgements(Facts(), edition, open_run(), None).forget_outdated(gone)
    assert [row.answer for row in open_run().responses.rows] == ["yes", "error"]
    other = Judgements(Facts(frame_rule=FrameRule(count=3)), edition, open_run(), None)
    with pytest.raises(UserError, match=r"s000: answered on frames by .*; put it back"):
        other.forget_outdated(gone)
    assert len(open_run().responses.rows) == 2


def test_where_nobody_is_asked_nothing_is_pending_or_logged(
    edition: Edition, open_run: Callable[[], RunWriter], judgements: Callable[..., Judgements]
) -> None:
    state, sample = judgements(None), edition.samples[0]
    assert state.pending(SampleVideo(sample), state.cached(SampleVideo(sample), DIGEST)) == ()
    state.fail(SampleVideo(sample), DIGEST, "can't be decoded")
    assert open_run().responses.rows == []
