"""Scoring a submission: each video once, each question once, no failure in silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

import evaluators.scoring
from evaluators.cache import EvaluationCache
from evaluators.frames import Clip, FrameRule, Video
from evaluators.judges import Judge, Judgement, fingerprint_of
from evaluators.metrics import MODEL_FREE_METRICS, Metric, Quantity
from evaluators.scoring import ScoringOptions, score_submission
from evaluators.world import write_mp4
from omiti2v.editions import Edition, load_edition_folder
from omiti2v.errors import UserError
from omiti2v.runs import Run, read_run
from omiti2v.scores import Scores
from omiti2v.submissions import read_submission

OPTIONS = ScoringOptions(resamples=50)
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
    original = evaluators.scoring.decode_video

    def decode(path: Path, **options: object) -> Video:
        names.append(path.name)
        return original(path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(evaluators.scoring, "decode_video", decode)
    return names


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
    assert decoded == [f"{sample.id}.mp4" for sample in edition.samples]
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
    strips = [sorted(p.name for p in (tmp_path / n / "strips").iterdir()) for n in ("one", "two")]
    assert strips[0] == strips[1]
    assert len(strips[0]) == 2 * COUNT


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
    assert "2 files for one sample" in str(errors[-1].reason)
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


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None])
def test_a_metric_that_fails_is_logged_and_the_others_go_on(
    edition: Edition, folder: Path, tmp_path: Path, value: float | None
) -> None:
    def measure(observation: object) -> dict[str, float]:
        if value is None:
            raise ValueError("no")
        return {"odd": value}

    quantity = Quantity(
        name="odd", unit="", higher_is_better=None, bounds=(None, None), description="", source=""
    )
    odd = Metric(quantities=(quantity,), version="1", measure=measure)
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
    assert run.compute_scores(missing="zero", resamples=50, seed=0) == scores
