"""The report's page on each sample: what was asked, what each run's video shows, the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from leaderboard.report.page_images import PageImage, PageImageFile
from omiti2v.findings import VideoReport
from omiti2v.outcomes import Outcome, sample_outcome, usual_outcome
from omiti2v.plurals import counted
from omiti2v.responses import Response
from omiti2v.runs import Run
from omiti2v.samples import Question, Sample
from omiti2v.score_ratios import question_groups
from omiti2v.scores import Scores
from omiti2v.takes import by_sample, take_of

Mark = Literal["right", "wrong", "unknown", "error", "absent"]


@dataclass(frozen=True, slots=True)
class AnswerCell:
    """A run's answer to one question.

    Attributes:
        mark: Whether it is right; `unknown` and `error` count as wrong, `absent` is no answer.
        answer: What was said.
        p_yes: P(yes) in [0, 1], where the judge gives it.
        reason: Why the answer is unknown or an error.
    """

    mark: Mark
    answer: str
    p_yes: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question with the answers about the videos.

    Attributes:
        question: The question.
        answers: About the videos of the judged runs, in the order of the card's `judged`.
        kind: Of the facet that it tests; None where it names none.
    """

    question: Question
    answers: tuple[AnswerCell, ...]
    kind: str | None


@dataclass(frozen=True, slots=True)
class RunResult:
    """One run's video of a sample, or that it has none.

    Attributes:
        run: The run's position.
        video_id: What the video is called.
        outcome: None where the run has no outcomes or left the sample out.
        right, asked: Questions answered as expected, and all; both None without scores.
        strip_file: Frames of the video; None where there is no video.
        strip: The same in two halves, read from the file each time, for a page holds thousands;
            empty where there is no picture.
        facts: Length, rate, size and codec.
        note: Why there is no video or it was not judged.
    """

    run: int
    video_id: str
    outcome: Outcome | None
    right: int | None
    asked: int | None
    strip_file: PageImageFile | None
    facts: str
    note: str | None

    @property
    def take(self) -> int | None:
        """Which of the run's videos of the sample; None for the only one."""
        return take_of(self.video_id)

    @property
    def strip(self) -> tuple[PageImage, ...]:
        return self.strip_file.read_halves() if self.strip_file else ()


@dataclass(frozen=True, slots=True)
class SampleCard:
    """A sample in the report.

    Attributes:
        sample: Prompt, category and the rest.
        reference_files: Where the reference image may be, one place for each run.
        reference: The first of them that is a picture, read from the file each time.
        results: One for each take of each run, and for each run without a video.
        judged: Those of the judged runs.
        questions: With the answers about these.
        outcome: Of the first run; what the filter goes by; of several takes the usual one.
        is_flipped: Whether some runs succeeded at it and others did not; with several takes, at
            more than half of them.
    """

    sample: Sample
    reference_files: tuple[PageImageFile, ...]
    results: tuple[RunResult, ...]
    judged: tuple[RunResult, ...]
    questions: tuple[QuestionRow, ...]

    @property
    def reference(self) -> PageImage | None:
        pictures = (file.read() for file in self.reference_files)
        return next((picture for picture in pictures if picture), None)

    @property
    def by_run(self) -> list[list[RunResult]]:
        """The results of each run."""
        rows: dict[int, list[RunResult]] = {}
        for result in self.results:
            rows.setdefault(result.run, []).append(result)
        return list(rows.values())

    @property
    def outcomes(self) -> list[Outcome | None]:
        """Of each run; None where it has none."""
        known = [[row.outcome for row in rows if row.outcome] for rows in self.by_run]
        return [usual_outcome(row) if row else None for row in known]

    @property
    def outcome(self) -> Outcome | None:
        return self.outcomes[0]

    @property
    def is_flipped(self) -> bool:
        return len({outcome == "success" for outcome in self.outcomes if outcome}) > 1

    @property
    def classes(self) -> list[str]:
        """What the filters go by."""
        names = [f"of-{self.sample.category}", f"is-{self.outcome}" if self.outcome else ""]
        return [*filter(None, names), *(["is-flipped"] if self.is_flipped else [])]

    @property
    def credit(self) -> str:
        """Who made the reference image, and under which license."""
        return " · ".join(part for part in (self.sample.attribution, self.sample.license) if part)


class RunLookup:
    """A run's logs by sample.

    Args:
        run: The run.
        scores: Of it.
    """

    def __init__(self, run: Run, scores: Scores) -> None:
        self.run = run
        self.has_outcomes = scores.outcomes is not None
        self.has_scores = scores.scores["accuracy"] is not None
        self.is_judged = run.info.judge is not None

    @cached_property
    def covered(self) -> frozenset[str]:
        """Ids of the samples that the run is about."""
        return frozenset(sample.id for sample in self.run.samples)

    @cached_property
    def videos(self) -> Mapping[str, VideoReport]:
        """The report of each video."""
        return {video.video_id: video for video in self.run.videos}

    @cached_property
    def takes(self) -> Mapping[str, Sequence[str]]:
        """The videos of each sample that has one."""
        return by_sample(self.videos)

    @cached_property
    def responses(self) -> Mapping[tuple[str, str], Response]:
        """Responses by video and question id."""
        return {(row.video_id, row.question_id): row for row in self.run.responses}


def build_cards(lookups: Sequence[RunLookup]) -> tuple[SampleCard, ...]:
    """A card for each sample that any of the runs covers, in the edition's order."""
    covered = frozenset[str]().union(*(lookup.covered for lookup in lookups))
    samples = lookups[0].run.edition.samples
    return tuple(build_card(sample, lookups) for sample in samples if sample.id in covered)


def flipped_first(cards: Sequence[SampleCard]) -> tuple[SampleCard, ...]:
    """The cards of flipped samples, then the others; otherwise in their order."""
    return tuple(sorted(cards, key=lambda card: not card.is_flipped))


def by_importance(cards: Sequence[SampleCard]) -> tuple[str, ...]:
    """Sample ids, those first whose videos say most: flips, other differences, failures, the rest.

    A sample that no judge looked at stands with the rest.
    """

    def rank(card: SampleCard) -> int:
        outcomes = {outcome for outcome in card.outcomes if outcome}
        if card.is_flipped:
            return 0
        if len(outcomes) > 1:
            return 1
        return 2 if outcomes - {"success", "unscored"} else 3

    return tuple(card.sample.id for card in sorted(cards, key=rank))


def build_card(sample: Sample, lookups: Sequence[RunLookup]) -> SampleCard:
    """The card of one sample."""

    results = tuple(
        build_result(sample, lookup, run, video)
        for run, lookup in enumerate(lookups)
        for video in lookup.takes.get(sample.id, (sample.id,))
    )
    judged = tuple(row for row in results if lookups[row.run].is_judged)

    def answers(question: Question) -> tuple[AnswerCell, ...]:
        return tuple(
            answer_cell(question, lookups[row.run].responses.get((row.video_id, question.id)))
            for row in judged
        )

    kinds = question_groups(sample, "facet")
    return SampleCard(
        sample=sample,
        reference_files=tuple(
            PageImageFile(lookup.run.paths.reference_path(sample.id), lookup.run.paths.folder)
            for lookup in lookups
        ),
        results=results,
        judged=judged,
        questions=tuple(
            QuestionRow(question, answers(question), kinds.get(question.id))
            for question in sample.questions
        ),
    )


def build_result(sample: Sample, lookup: RunLookup, run: int, video_id: str) -> RunResult:
    """One video's part of a card."""
    if sample.id not in lookup.covered:
        why = "Not one of the samples of this run."
        return RunResult(run, video_id, None, None, None, None, "", why)
    video = lookup.videos.get(video_id)
    answers = {
        question.id: lookup.responses[video_id, question.id].answer
        for question in sample.questions
        if (video_id, question.id) in lookup.responses
    }
    left_out = video is None and lookup.run.info.missing == "drop"
    right = sum(answers.get(q.id) == q.expected_answer for q in sample.questions)
    return RunResult(
        run=run,
        video_id=video_id,
        outcome=sample_outcome(sample, answers) if lookup.has_outcomes and not left_out else None,
        right=right if lookup.has_scores else None,
        asked=len(sample.questions) if lookup.has_scores else None,
        strip_file=PageImageFile(lookup.run.paths.strip_path(video_id), lookup.run.paths.folder)
        if video
        else None,
        facts=video_facts(video) if video else "",
        note=_note(video, left_out=left_out),
    )


def answer_cell(question: Question, response: Response | None) -> AnswerCell:
    """What the judge said to a question, compared with the expected answer."""
    if response is None:
        return AnswerCell("absent", "not asked")
    mark: Mark
    if response.answer == "unknown" or response.answer == "error":
        mark = response.answer
    else:
        mark = "right" if response.answer == question.expected_answer else "wrong"
    return AnswerCell(mark, response.answer, response.p_yes, response.reason)


def video_facts(video: VideoReport) -> str:
    """Length, rate, size and codec in one line; what is not known is left out."""
    parts = [
        counted(video.frames, "frame") if video.frames is not None else None,
        f"{video.fps:.4g} fps" if video.fps is not None else None,
        f"{video.width} × {video.height}" if video.width and video.height else None,
        video.codec,
    ]
    return " · ".join(part for part in parts if part)


def _note(video: VideoReport | None, *, left_out: bool) -> str | None:
    if video is None:
        return "No video; left out of the scores." if left_out else "No video; it counts 0."
    errors = [finding.message for finding in video.findings if finding.level == "error"]
    return f"{video.file}: {errors[0]}" if errors else None
