"""Judging a share of the real videos again: what it finds, on real files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from evaluators.judges import Judge
from evaluators.judges.reframed import ReframedJudge
from evaluators.scoring import ScoringOptions, score_submission
from evaluators.tiny.judge import tiny_judge
from evaluators.world import make_scenes, write_edition, write_mp4
from lab.gaming.clips import SETTINGS, make_clip
from leaderboard.entries import load_board, read_entry_run, verify_entries
from leaderboard.entries.add import add_run
from leaderboard.entries.rejudge import (
    Rejudgement,
    award_badge,
    compare_answers,
    compare_frames,
    draw_phase,
    draw_samples,
)
from leaderboard.entries.rejudged_answers import NOT_KEPT, pack_answers
from leaderboard.entries.storage import FolderStorage
from omiti2v.editions import Edition, load_edition_folder
from omiti2v.errors import UserError
from omiti2v.runs import Run, read_run
from omiti2v.submissions import read_submission

from .conftest import DAY


@pytest.fixture
def questions(make_edition: Callable[..., Edition], tmp_path: Path) -> Edition:
    return make_edition(tmp_path / "edition", count=10)


@pytest.fixture
def videos(questions: Edition, make_picture: Callable[..., np.ndarray], tmp_path: Path) -> Path:
    """The submission: a video a sample."""
    for number, sample in enumerate(questions.samples):
        frames = np.repeat(make_picture(number)[None], 4, axis=0)
        frames[:, :6, :6] = np.arange(0, 240, 60, dtype=np.uint8)[:, None, None, None]
        write_mp4(tmp_path / "videos" / f"{sample.id}.mp4", frames, fps=8)
    (tmp_path / "videos" / "submission.yaml").write_text("name: a model\n")
    return tmp_path / "videos"


def judge_run(
    videos: Path, questions: Edition, judge: Judge, folder: Path, sample_ids: object = None
) -> Run:
    score_submission(
        read_submission(videos, questions),
        questions,
        folder,
        judge=judge,
        cache=None,
        options=ScoringOptions(sample_ids=sample_ids, metrics=(), resamples=100),  # type: ignore[arg-type]
    )
    return read_run(folder)


@pytest.fixture
def again(
    videos: Path, questions: Edition, always_yes: Judge, tmp_path: Path
) -> Callable[..., Rejudgement]:
    """Judges a share again and compares."""

    def rejudge(logged: Run, *, share: float = 0.5, judge: Judge = always_yes) -> Rejudgement:
        drawn = draw_samples(logged, share=share, seed=1)
        run = judge_run(videos, questions, judge, tmp_path / "again", drawn)
        return compare_answers(logged, run, drawn, share=share, seed=1, today=DAY)

    return rejudge


@pytest.fixture
def honest(videos: Path, questions: Edition, always_yes: Judge, tmp_path: Path) -> Run:
    return judge_run(videos, questions, always_yes, tmp_path / "run")


def forge(run: Run) -> Run:
    """The log of a run with every answer made right."""
    expected = {
        (sample.id, question.id): question.expected_answer
        for sample in run.edition.samples
        for question in sample.questions
    }
    rows = [json.loads(line) for line in run.paths.responses.read_text().splitlines()]
    for row in rows:
        row["answer"] = expected[row["sample_id"], row["question_id"]]
        row["p_yes"] = float(row["answer"] == "yes")
    run.paths.responses.write_text("".join(json.dumps(row) + "\n" for row in rows))
    scores = read_run(run.paths.folder).compute_scores(missing="zero", resamples=100, seed=0)
    run.paths.scores.write_text(scores.model_dump_json())
    return read_run(run.paths.folder)


@pytest.fixture
def awarded(
    honest: Run,
    videos: Path,
    questions: Edition,
    always_yes: Judge,
    folder: Path,
    tmp_path: Path,
) -> str:
    """An entry with the badge, as `omiti2v leaderboard rejudge` gives it."""
    entry_id = add_run(honest.paths.folder, folder, added=DAY, new_edition=True).id
    board = load_board(FolderStorage(folder))
    logged = read_entry_run(board.storage, board.by_id[entry_id])
    drawn, phase = draw_samples(logged, share=0.5, seed=1), draw_phase(1)
    own, other = (
        judge_run(videos, questions, judge, tmp_path / f"again {judge.name}", drawn)
        for judge in (always_yes, ReframedJudge(always_yes, phase))
    )
    result = compare_answers(logged, own, drawn, share=0.5, seed=1, today=DAY)
    assert result.passed()
    frames = compare_frames(own, other, phase=phase)
    record = result.record.model_copy(update={"other_frames": frames})
    award_badge(folder, board.by_id[entry_id], record, answers=pack_answers(own, other))
    return entry_id


def complaints(folder: Path) -> dict[str, str]:
    """What `verify` says of the board's entries, by what it is about."""
    board = load_board(FolderStorage(folder))
    found = verify_entries(board, board.all)
    return {finding.what: f"{finding.level}: {finding.found}" for finding in found}


def test_an_honest_log_earns_a_badge_that_anyone_can_compute_again(
    awarded: str, folder: Path
) -> None:
    entry = load_board(FolderStorage(folder)).by_id[awarded]
    assert entry.info.badge == "videos" and entry.recomputable
    record = entry.info.rejudged
    assert record is not None and record.other_frames is not None
    assert (record.samples, record.questions, record.agreed, record.lost) == (5, 20, 20, 0)
    assert complaints(folder) == {}


def test_a_forged_badge_is_not_what_its_answers_give(
    awarded: str, folder: Path, change_json: Callable[..., None]
) -> None:
    path = folder / "entries" / awarded / "entry.json"
    honest = path.read_bytes()
    for keys, value, what, complaint in (
        (["agreed"], 19, "rejudged.agreed", "wrong: 20"),
        (["samples"], 4, "rejudged.samples", "wrong: 5"),
        (["samples"], 11, "entry", "rejudged: 11 samples of 10"),
        (["seed"], 2, "log", "is not one that the run covers"),
        (["share"], 0.4, "log", "is not one that the run covers"),
        (["questions"], 10**12, "entry", "rejudged: 1000000000000 questions about 10 videos"),
        (["date"], "2999-01-01", "rejudged.date", "2026-01-02 to today"),
        (["date"], "2025-12-31", "rejudged.date", "2026-01-02 to today"),
        (["other_frames", "other"], 1.0, "rejudged.other_frames.other", "wrong: 0"),
        (["other_frames", "phase"], 0.5, "rejudged.other_frames.phase", "wrong: 0.6"),
        (["other_frames"], None, "rejudged.other_frames", "wrong: there"),
    ):
        change_json(awarded, "entry.json", ["rejudged", *keys], value)
        assert complaint in complaints(folder)[what]
        path.write_bytes(honest)


def test_forged_answers_do_not_bear_the_badge_out(
    awarded: str, folder: Path, change_log: Callable[..., None]
) -> None:
    file = "rejudged.jsonl.gz"
    honest = (folder / "entries" / awarded / file).read_bytes()
    for change, complaint in (
        (lambda row: row | {"answer": "no", "p_yes": 0.0}, "rejudged.agreed wrong: 0"),
        (lambda row: row | {"video_sha256": "0" * 64}, "rejudged wrong: "),
        (lambda row: row | {"judge": "0" * 64}, "log wrong: rejudged.jsonl.gz: "),
        (lambda row: row | {"question": "Is it good?"}, "was asked another text"),
        (lambda row: row | {"sample_id": "s999"}, "is not one that the run covers"),
        (lambda row: None, "rejudged.agreed wrong: 0"),
    ):
        change_log(awarded, file, change)
        found = "\n".join(" ".join(pair) for pair in complaints(folder).items())
        assert complaint in found
        (folder / "entries" / awarded / file).write_bytes(honest)


def test_a_badge_of_before_is_read_and_said_to_be_none_that_can_be_computed_again(
    awarded: str, folder: Path, change_json: Callable[..., None]
) -> None:
    (folder / "entries" / awarded / "rejudged.jsonl.gz").unlink()
    assert complaints(folder) == {"rejudged": f"note: {NOT_KEPT}"}
    # What follows from the seed alone is held against it all the same.
    change_json(awarded, "entry.json", ["rejudged", "questions"], 36)
    assert complaints(folder)["rejudged.questions"] == "wrong: 20"


def test_a_forged_log_verifies_and_is_caught_here(
    honest: Run, again: Callable[..., Rejudgement], folder: Path
) -> None:
    """The arithmetic of a well-made forgery holds: only the videos tell."""
    forged = forge(honest)
    entry_id = add_run(forged.paths.folder, folder, added=DAY, new_edition=True).id
    board = load_board(FolderStorage(folder))
    assert verify_entries(board, board.all) == []
    assert board.by_id[entry_id].scores.scores["accuracy"].value == 1
    result = again(read_entry_run(board.storage, board.by_id[entry_id]))
    assert not result.passed()
    assert result.agreement == 0.5
    assert (result.record.lost, result.record.gained) == (10, 0)
    assert {(row.logged, row.again) for row in result.disagreements} == {("no", "yes")}


def test_other_files_than_those_logged_earn_nothing(
    honest: Run, again: Callable[..., Rejudgement], videos: Path, make_picture: Callable
) -> None:
    drawn = draw_samples(honest, share=0.5, seed=1)
    number = [sample.id for sample in honest.samples].index(drawn[0])
    frames = np.repeat(make_picture(number)[None], 5, axis=0)
    (videos / f"{drawn[0]}.mp4").unlink()
    (videos / f"{drawn[1]}.mp4").unlink()
    write_mp4(videos / f"{drawn[0]}.mp4", frames, fps=8)
    result = again(honest)
    assert result.other_files == drawn[:2]
    assert not result.passed(least=0.0)


def test_another_judge_is_refused(
    honest: Run, again: Callable[..., Rejudgement], always_no: Judge
) -> None:
    with pytest.raises(UserError, match=r"judged by always-yes .* judged again by always-no"):
        again(honest, judge=always_no)


def test_the_draw_is_a_share_of_the_videos_and_differs_by_seed(honest: Run) -> None:
    assert len(draw_samples(honest, share=0.1, seed=0)) == 1
    assert len(draw_samples(honest, share=0.25, seed=0)) == 3
    assert len(draw_samples(honest, share=1.0, seed=0)) == 10
    assert draw_samples(honest, share=0.3, seed=4) == draw_samples(honest, share=0.3, seed=4)
    assert len({draw_samples(honest, share=0.3, seed=seed) for seed in range(20)}) > 5


def test_all_takes_of_a_drawn_sample_are_judged_again(
    videos: Path,
    questions: Edition,
    always_yes: Judge,
    again: Callable[..., Rejudgement],
    tmp_path: Path,
) -> None:
    for sample in questions.samples[:4]:
        (videos / sample.id).mkdir()
        (videos / f"{sample.id}.mp4").rename(videos / sample.id / "0.mp4")
        shutil.copyfile(videos / sample.id / "0.mp4", videos / sample.id / "1.mp4")
    logged = judge_run(videos, questions, always_yes, tmp_path / "run")
    result = again(logged, share=1.0)
    assert result.passed()
    assert (result.record.samples, result.record.questions) == (10, 14 * 4)
    changed = questions.samples[0].id
    with (videos / changed / "1.mp4").open("ab") as file:
        file.write(b"more")
    shutil.rmtree(tmp_path / "again")
    assert again(logged, share=1.0).other_files == (f"{changed}@1",)


def test_an_edit_that_only_the_sampled_frames_show_leaves_a_gap(tmp_path: Path) -> None:
    scenes = make_scenes(12, seed=3, settings=SETTINGS)
    write_edition(tmp_path / "edition", scenes)
    questions = load_edition_folder(tmp_path / "edition")
    judge = tiny_judge()
    phase = draw_phase(1)
    gaps = {}
    for kind in ("edit done", "edit on the sampled frames"):
        folder = tmp_path / kind
        for scene in scenes:
            frames = make_clip(scene, kind, judge.frame_rule)
            write_mp4(folder / f"{scene.sample.id}.mp4", frames, fps=SETTINGS.fps)
        own, other = (
            judge_run(folder, questions, asked, tmp_path / f"{kind} {asked.name}")
            for asked in (judge, ReframedJudge(judge, phase))
        )
        gaps[kind] = compare_frames(own, other, phase=phase)
    honest, gamed = gaps.values()
    assert honest is not None and gamed is not None
    assert abs(honest.own - honest.other) <= 1 / 12
    assert "no difference is proven" in honest.in_words
    assert gamed.low > 0.3
    assert "on the judge's frames more than between them" in gamed.in_words


def test_other_frames_are_drawn_by_the_seed_and_far_enough_to_be_others() -> None:
    phases = {draw_phase(seed) for seed in range(50)}
    assert len(phases) > 30
    assert 0.5 < min(phases) <= max(phases) <= 0.75
    assert draw_phase(7) == draw_phase(7)
