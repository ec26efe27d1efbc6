"""Scoring a submission: each video once, each question once, no failure in silence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

import evaluators.engines.examine
from evaluators.cache import EvaluationCache
from evaluators.frames import Clip, FrameRule, Video
from evaluators.judges import Judge, Judgement, fingerprint_of
from evaluators.metrics import MODEL_FREE_METRICS, Metric, Observation, Quantity
from evaluators.scoring import ScoringOptions, score_submission
from evaluators.world import write_mp4
from omiti2v.editions import Edition, load_edition_folder
from omiti2v.errors import UserError
from omiti2v.runs import Run, read_run
from omiti2v.scores import Scores
from omiti2v.submissions import read_submission

OPTIONS = ScoringOptions(resamples=100)
COUNT = 6


@dataclass
class CountingJudge:
    """Answers from the frames' brightness and counts what it is asked."""

    name: str = "counting"
    weights: int = 1
    frame_rule: FrameRule = field(default_factory=lambda: FrameRule(count=4))
    failing: bool = False
    asked: list[str] = field(default_factory=list)

    @property
    def identity(self) -> Mapping[str, object]:
        return {"class": "CountingJudge", "weights": self.weights, "frames": str(self.frame_rule)}

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.identity)

    def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
        self.asked += questions
        if self.failing:
            raise RuntimeError("out of memory\nwhile attending")
        p_yes = float(clip.frames.mean()) / 255
        return [Judgement("yes" if p_yes > 0.5 else "no", p_yes, 1.0) for _ in questions]


@pytest.fixture
def edition(make_edition: Callable[..., Edition], tmp_path: Path) -> Edition:
    return make_edition(tmp_path / "edition", count=COUNT)


@pytest.fixture
def folder(edition: Edition, make_picture: Callable[..., np.ndarray], tmp_path: Path) -> Path:
    folder = tmp_path / "videos"
    for number, sample in enumerate(edition.samples):
        frames = np.repeat(make_picture(number)[None], 6, axis=0)
        frames[:, :6, :6] = np.arange(0, 240, 40, dtype=np.uint8)[:, None, None, None]
        write_mp4(folder / f"{sample.id}.mp4", frames, fps=8)
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[EvaluationCache]:
    with EvaluationCache(tmp_path / "cache.sqlite3") as opened:
        yield opened


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the videos that were decoded, in order."""
    names: list[str] = []
    original = evaluators.engines.examine.decode_video

    def decode(path: Path, **options: object) -> Video:
        names.append(path.name)
        return original(path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(evaluators.engines.examine, "decode_video", decode)
    return names


def quantity(name: str) -> Quantity:
    return Quantity(
        name=name, unit="", higher_is_better=None, bounds=(0.0, 1.0), description="", source=""
    )


def score(
    folder: Path,
    edition: Edition,
    run: Path,
    judge: Judge | None,
    *,
    cache: EvaluationCache | None = None,
    options: ScoringOptions = OPTIONS,
) -> Scores:
    submission = read_submission(folder, edition)
    return score_submission(submission, edition, run, judge=judge, cache=cache, options=options)


def rows(run: Run) -> set[str]:
    return {row.model_dump_json() for row in (*run.responses, *run.measurements, *run.videos)}


def test_each_video_is_decoded_once_whatever_is_asked_of_it(
    edition: Edition, folder: Path, tmp_path: Path, decoded: list[str]
) -> None:
    judge = CountingJudge()
    score(folder, edition, tmp_path / "run", judge)
    assert sorted(decoded) == [f"{sample.id}.mp4" for sample in edition.samples]
    assert len(judge.asked) == 4 * COUNT
    run = read_run(tmp_path / "run")
    assert len(run.responses) == 4 * COUNT
    assert len(run.measurements) == 5 * COUNT
    assert len(run.videos) == COUNT


def test_a_finished_run_asks_and_decodes_nothing(
    edition: Edition, folder: Path, tmp_path: Path, decoded: list[str]
) -> None:
    first = score(folder, edition, tmp_path / "run", CountingJudge())
    before = rows(read_run(tmp_path / "run"))
    decoded.clear()
    judge = CountingJudge()
    assert score(folder, edition, tmp_path / "run", judge) == first
    assert judge.asked == []
    assert decoded == []
    assert rows(read_run(tmp_path / "run")) == before


def test_a_new_run_folder_is_filled_from_the_cache(
    edition: Edition, folder: Path, tmp_path: Path, cache: EvaluationCache, decoded: list[str]
) -> None:
    score(folder, edition, tmp_path / "one", CountingJudge(), cache=cache)
    decoded.clear()
    judge = CountingJudge()
    score(folder, edition, tmp_path / "two", judge, cache=cache)
    assert judge.asked == []
    assert decoded == []
    assert rows(read_run(tmp_path / "two")) == rows(read_run(tmp_path / "one"))
    for pictures in ("strips", "references"):
        names = [
            sorted(p.name for p in (tmp_path / n / pictures).iterdir()) for n in ("one", "two")
        ]
        assert names[0] == names[1]
        assert len(names[0]) == COUNT


@pytest.mark.parametrize(
    "judge", [CountingJudge(weights=2), CountingJudge(frame_rule=FrameRule(count=3))]
)
def test_a_changed_weight_or_frame_rule_never_gets_an_old_answer(
    edition: Edition, folder: Path, tmp_path: Path, cache: EvaluationCache, judge: CountingJudge
) -> None:
    score(folder, edition, tmp_path / "one", CountingJudge(), cache=cache)
    judge = replace(judge, asked=[])
    score(folder, edition, tmp_path / "two", judge, cache=cache)
    assert len(judge.asked) == 4 * COUNT


def test_a_changed_question_is_asked_and_the_others_are_not(
    edition: Edition, folder: Path, tmp_path: Path, cache: EvaluationCache
) -> None:
    score(folder, edition, tmp_path / "one", CountingJudge(), cache=cache)
    path = tmp_path / "edition" / "samples.jsonl"
    path.write_text(path.read_text().replace("Question 2 about s001?", "Is it another?"))
    judge = CountingJudge()
    score(folder, load_edition_folder(tmp_path / "edition"), tmp_path / "two", judge, cache=cache)
    assert judge.asked == ["Is it another?"]


def test_a_replaced_video_is_judged_again_in_the_same_run(
    edition: Edition, folder: Path, tmp_path: Path, make_picture: Callable[..., np.ndarray]
) -> None:
    score(folder, edition, tmp_path / "run", CountingJudge())
    write_mp4(folder / "s002.mp4", np.repeat(make_picture(2)[None], 3, axis=0), fps=8)
    judge = CountingJudge()
    score(folder, edition, tmp_path / "run", judge)
    assert judge.asked == [f"Question {n} about s002?" for n in (1, 2, 3, 4)]
    run = read_run(tmp_path / "run")
    assert len(run.responses) == 4 * COUNT
    assert next(video for video in run.videos if video.sample_id == "s002").frames == 3


def test_a_bad_file_is_an_error_in_the_log_and_the_run_goes_on(
    edition: Edition, folder: Path, tmp_path: Path
) -> None:
    (folder / "s001.mp4").write_bytes(b"not a video")
    (folder / "s003.webm").write_bytes(b"a second file for s003")
    (folder / "s004.mp4").unlink()
    scores = score(folder, edition, tmp_path / "run", CountingJudge())
    run = read_run(tmp_path / "run")
    errors = [row for row in run.responses if row.answer == "error"]
    assert {row.sample_id for row in errors} == {"s001", "s003"}
    assert all(row.reason for row in errors)
    reasons = {row.sample_id: str(row.reason) for row in errors}
    assert "2 files for one sample" in reasons["s003"]
    unmeasured = [row for row in run.measurements if row.value is None]
    assert {row.sample_id for row in unmeasured} == {"s001", "s003"}
    assert scores.coverage["error"].value == pytest.approx(2 / COUNT)
    assert scores.coverage["missing"].value == pytest.approx(1 / COUNT)
    assert scores.coverage["videos"].value == pytest.approx(5 / COUNT)


def test_what_only_shows_in_the_folder_is_in_the_run_too(
    edition: Edition, folder: Path, tmp_path: Path
) -> None:
    (folder / "s004.mp4").unlink()
    (folder / "other.mp4").write_bytes(b"x")
    score(folder, edition, tmp_path / "run", None)
    codes = {finding.code for finding in read_run(tmp_path / "run").findings}
    assert codes == {"missing", "extra", "no-submission-yaml"}


def test_swapped_videos_are_not_judged_unless_told(
    edition: Edition, folder: Path, tmp_path: Path
) -> None:
    (folder / "s001.mp4").rename(folder / "x")
    (folder / "s004.mp4").rename(folder / "s001.mp4")
    (folder / "x").rename(folder / "s004.mp4")
    judge = CountingJudge()
    score(folder, edition, tmp_path / "run", judge)
    assert len(judge.asked) == 4 * (COUNT - 2)
    errors = [row for row in read_run(tmp_path / "run").responses if row.answer == "error"]
    assert {row.sample_id for row in errors} == {"s001", "s004"}
    assert "swapped" in str(errors[0].reason)
    told = replace(OPTIONS, allow_mismatch=True)
    score(folder, edition, tmp_path / "run", judge, options=told)
    assert len(judge.asked) == 4 * COUNT
    assert all(row.answer != "error" for row in read_run(tmp_path / "run").responses)


def swap(folder: Path, one: str, other: str) -> None:
    (folder / f"{one}.mp4").rename(folder / "x")
    (folder / f"{other}.mp4").rename(folder / f"{one}.mp4")
    (folder / "x").rename(folder / f"{other}.mp4")


def test_answers_given_under_allow_mismatch_do_not_come_back_without_it(
    edition: Edition, folder: Path, tmp_path: Path, cache: EvaluationCache
) -> None:
    swap(folder, "s001", "s004")
    told = replace(OPTIONS, allow_mismatch=True)
    score(folder, edition, tmp_path / "run", CountingJudge(), cache=cache, options=told)
    scores = score(folder, edition, tmp_path / "another", CountingJudge(), cache=cache)
    assert scores.coverage["error"].value == pytest.approx(2 / COUNT)
    assert sum(row.value is None for row in read_run(tmp_path / "another").measurements) == 2 * 5
    before = rows(read_run(tmp_path / "run"))
    with pytest.raises(UserError, match=r"s001, whose first frame .* give --allow-mismatch again"):
        score(folder, edition, tmp_path / "run", CountingJudge())
    assert rows(read_run(tmp_path / "run")) == before


def test_a_question_of_another_sample_does_not_answer_for_a_swapped_video(
    make_edition: Callable[..., Edition], folder: Path, tmp_path: Path, cache: EvaluationCache
) -> None:
    """Two samples may ask the same words; the cache then knows the answers for both files."""
    edition = make_edition(tmp_path / "edition", count=COUNT)
    path = tmp_path / "edition" / "samples.jsonl"
    path.write_text(re.sub(r"(Question \d) about s\d+", r"\1 about it", path.read_text()))
    edition = load_edition_folder(tmp_path / "edition")
    score(folder, edition, tmp_path / "one", CountingJudge(), cache=cache)
    swap(folder, "s001", "s004")
    scores = score(folder, edition, tmp_path / "two", CountingJudge(), cache=cache)
    assert scores.coverage["error"].value == pytest.approx(2 / COUNT)


def test_a_video_under_the_same_questions_gets_no_other_videos_answers(
    edition: Edition, folder: Path, tmp_path: Path, cache: EvaluationCache
) -> None:
    score(folder, edition, tmp_path / "one", CountingJudge(), cache=cache)
    data = (folder / "s002.mp4").read_bytes()
    (folder / "s002.mp4").write_bytes(data + b"\0\0\0\x08free")  # the same picture, other bytes
    judge = CountingJudge()
    score(folder, edition, tmp_path / "two", judge, cache=cache)
    assert judge.asked == [f"Question {n} about s002?" for n in (1, 2, 3, 4)]


def test_a_frame_rule_counts_though_the_judge_forgot_to_name_it(
    edition: Edition, folder: Path, tmp_path: Path, cache: EvaluationCache
) -> None:
    class Forgetful(CountingJudge):
        @property
        def identity(self) -> Mapping[str, object]:
            return {"class": "Forgetful"}

    score(folder, edition, tmp_path / "run", Forgetful(), cache=cache)
    for run in ("run", "another"):
        judge = Forgetful(frame_rule=FrameRule(count=2))
        score(folder, edition, tmp_path / run, judge, cache=cache if run == "another" else None)
        assert len(judge.asked) == 4 * COUNT


@pytest.mark.parametrize("what", ["image", "version", "prompt"])
def test_a_metric_is_measured_anew_where_what_it_depends_on_changed(
    edition: Edition, folder: Path, tmp_path: Path, cache: EvaluationCache, what: str
) -> None:
    calls: list[str] = []

    def measure(observation: Observation) -> dict[str, float]:
        calls.append(observation.sample.id)
        return {"odd": 1.0}

    def options(version: str) -> ScoringOptions:
        odd = Metric(quantities=(quantity("odd"),), version=version, measure=measure)
        return replace(OPTIONS, metrics=(odd,))

    score(folder, edition, tmp_path / "one", None, cache=cache, options=options("1"))
    calls.clear()
    root = tmp_path / "edition"
    if what == "image":
        with (root / "images" / "s001.png").open("ab") as image:
            image.write(b"\0")
    if what == "prompt":
        path = root / "samples.jsonl"
        path.write_text(path.read_text().replace("Change number 1 ", "Another change "))
    version = "2" if what == "version" else "1"
    changed = load_edition_folder(root)
    score(folder, changed, tmp_path / "two", None, cache=cache, options=options(version))
    # Metrics without a model are measured in threads, in any order.
    assert sorted(calls) == ([s.id for s in edition.samples] if what == "version" else ["s001"])


def test_a_look_is_taken_anew_where_an_image_of_the_edition_changed(
    edition: Edition, folder: Path, tmp_path: Path, cache: EvaluationCache, decoded: list[str]
) -> None:
    score(folder, edition, tmp_path / "one", None, cache=cache)
    with (tmp_path / "edition" / "images" / "s001.png").open("ab") as image:
        image.write(b"\0")
    decoded.clear()
    score(folder, load_edition_folder(tmp_path / "edition"), tmp_path / "two", None, cache=cache)
    assert len(decoded) == COUNT


def test_metrics_no_longer_asked_for_stay_and_are_not_measured_on_new_videos(
    edition: Edition, folder: Path, tmp_path: Path
) -> None:
    (folder / "s005.mp4").rename(tmp_path / "later.mp4")
    before = score(folder, edition, tmp_path / "run", None)
    (tmp_path / "later.mp4").rename(folder / "s005.mp4")
    fewer = replace(OPTIONS, metrics=MODEL_FREE_METRICS[:1])
    scores = score(folder, edition, tmp_path / "run", None, options=fewer)
    assert scores.metrics["frozen_frame_share"] == before.metrics["frozen_frame_share"]
    moving = scores.metrics["dynamic_degree_dis"]
    assert moving is not None
    assert moving.n == COUNT


def test_other_videos_do_not_overwrite_a_run_of_the_same_name(
    edition: Edition, folder: Path, tmp_path: Path, make_picture: Callable[..., np.ndarray]
) -> None:
    score(folder, edition, tmp_path / "run", CountingJudge())
    before = rows(read_run(tmp_path / "run"))
    for number, sample in enumerate(edition.samples):
        frames = np.repeat(make_picture(number)[None], 3, axis=0)
        write_mp4(tmp_path / "else" / "videos" / f"{sample.id}.mp4", frames, fps=8)
    with pytest.raises(UserError, match="holds a run on other videos"):
        score(tmp_path / "else" / "videos", edition, tmp_path / "run", CountingJudge())
    assert rows(read_run(tmp_path / "run")) == before


def test_a_video_that_became_unreadable_keeps_no_picture_and_no_answer(
    edition: Edition, folder: Path, tmp_path: Path
) -> None:
    score(folder, edition, tmp_path / "run", CountingJudge())
    (folder / "s001.mp4").write_bytes(b"not a video")
    score(folder, edition, tmp_path / "run", CountingJudge())
    run = read_run(tmp_path / "run")
    assert not run.paths.strip_path("s001").exists()
    assert {row.answer for row in run.responses if row.sample_id == "s001"} == {"error"}
    assert sum(row.sample_id == "s001" for row in run.videos) == 1


@pytest.mark.parametrize(
    "judgement",
    [
        Judgement("yes", float("nan"), 1.0),
        Judgement("yes", 1.0000001, 1.0),
        Judgement("Yes", 0.9, 1.0),  # type: ignore[arg-type]
        None,
    ],
)
def test_an_odd_answer_is_an_error_and_ends_nothing(
    edition: Edition, folder: Path, tmp_path: Path, judgement: Judgement
) -> None:
    class Odd(CountingJudge):
        def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
            return [judgement] * len(questions)

    scores = score(folder, edition, tmp_path / "run", Odd())
    assert scores.coverage["error"].value == 1


def test_a_long_reason_is_cut(edition: Edition, folder: Path, tmp_path: Path) -> None:
    class Wordy(CountingJudge):
        def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
            return [Judgement("unknown", reason="so it goes\n" * 500)] * len(questions)

    scores = score(folder, edition, tmp_path / "run", Wordy())
    assert scores.coverage["unknown"].value == 1


def test_two_questions_in_the_same_words_are_both_answered_from_the_cache(
    folder: Path, edition: Edition, tmp_path: Path, cache: EvaluationCache, decoded: list[str]
) -> None:
    path = tmp_path / "edition" / "samples.jsonl"
    path.write_text(path.read_text().replace("Question 4 about", "Question 3 about"))
    twins = load_edition_folder(tmp_path / "edition")
    score(folder, twins, tmp_path / "one", CountingJudge(), cache=cache)
    decoded.clear()
    judge = CountingJudge()
    score(folder, twins, tmp_path / "two", judge, cache=cache)
    assert judge.asked == []
    assert decoded == []


def test_a_sample_that_is_not_in_the_edition_is_refused_before_any_work(
    edition: Edition, folder: Path, tmp_path: Path, decoded: list[str]
) -> None:
    options = replace(OPTIONS, sample_ids=("s001", "s999"))
    with pytest.raises(UserError, match="'s999' is not in edition"):
        score(folder, edition, tmp_path / "run", None, options=options)
    assert decoded == []


def test_a_judge_that_fails_is_logged_and_asked_again_by_the_next_run(
    edition: Edition, folder: Path, tmp_path: Path, cache: EvaluationCache
) -> None:
    scores = score(folder, edition, tmp_path / "run", CountingJudge(failing=True), cache=cache)
    assert scores.coverage["error"].value == 1
    reasons = {row.reason for row in read_run(tmp_path / "run").responses}
    assert reasons == {"the judge failed: RuntimeError: out of memory while attending"}
    mended = CountingJudge()
    score(folder, edition, tmp_path / "run", mended, cache=cache)
    assert len(mended.asked) == 4 * COUNT
    assert len(read_run(tmp_path / "run").responses) == 4 * COUNT


def test_a_judge_that_answers_too_few_questions_is_not_believed(
    edition: Edition, folder: Path, tmp_path: Path
) -> None:
    class Forgetful(CountingJudge):
        def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
            return super().judge(clip, questions)[1:]

    scores = score(folder, edition, tmp_path / "run", Forgetful())
    assert scores.coverage["error"].value == 1


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1.5, None])
def test_a_metric_that_fails_is_logged_and_the_others_go_on(
    edition: Edition, folder: Path, tmp_path: Path, value: float | None
) -> None:
    def measure(observation: object) -> dict[str, float]:
        if value is None:
            raise ValueError("no")
        return {"odd": value}

    odd = Metric(quantities=(quantity("odd"),), version="1", measure=measure)
    options = replace(OPTIONS, metrics=(odd, *MODEL_FREE_METRICS))
    scores = score(folder, edition, tmp_path / "run", None, options=options)
    assert scores.metrics["odd"] is None
    assert scores.metrics["frozen_frame_share"] is not None
    odd_rows = [row for row in read_run(tmp_path / "run").measurements if row.metric == "odd"]
    assert len(odd_rows) == COUNT
    assert all(row.reason for row in odd_rows)


def test_a_still_submission_scores_the_floor_with_the_judge_that_knows(
    edition: Edition,
    tmp_path: Path,
    make_picture: Callable[..., np.ndarray],
    knowing_judge: Callable[[Mapping[str, str]], Judge],
) -> None:
    for number, sample in enumerate(edition.samples):
        still = np.repeat(make_picture(number)[None], 4, axis=0)
        write_mp4(tmp_path / "still" / f"{sample.id}.mp4", still, fps=8)
    truth = {q.question: str(q.reference_answer) for s in edition.samples for q in s.questions}
    scores = score(tmp_path / "still", edition, tmp_path / "run", knowing_judge(truth))
    accuracy, floor = scores.scores["accuracy"], scores.scores["still_floor"]
    assert accuracy is not None
    assert floor is not None
    assert accuracy.value == pytest.approx(floor.value)
    assert scores.outcomes is not None
    assert scores.outcomes["negligent"].value == 1
    frozen = scores.metrics["frozen_frame_share"]
    assert frozen is not None
    assert frozen.value == 1


def test_judges_that_always_say_the_same_have_no_success(
    edition: Edition, folder: Path, tmp_path: Path, always_yes: Judge, always_no: Judge
) -> None:
    for judge in (always_yes, always_no):
        scores = score(folder, edition, tmp_path / judge.name, judge)
        assert scores.outcomes is not None
        assert scores.outcomes["success"].value == 0


def test_a_limited_run_covers_its_samples_alone(
    edition: Edition, folder: Path, tmp_path: Path
) -> None:
    judge = CountingJudge()
    options = replace(OPTIONS, sample_ids=("s001", "s004"))
    scores = score(folder, edition, tmp_path / "run", judge, options=options)
    assert scores.samples == 2
    assert len(judge.asked) == 8
    with pytest.raises(UserError, match="holds a run with samples 2"):
        score(folder, edition, tmp_path / "run", judge)


def test_rescoring_needs_neither_videos_nor_images(
    edition: Edition, folder: Path, tmp_path: Path
) -> None:
    scores = score(folder, edition, tmp_path / "run", CountingJudge())
    for path in (*folder.iterdir(), *(tmp_path / "edition" / "images").iterdir()):
        path.unlink()
    run = read_run(tmp_path / "run")
    assert run.compute_scores(missing="zero", resamples=100, seed=0) == scores
