"""Runs become entries: plain, small, scored by the board's rule."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.entries import Board, make_row, remove_entry
from leaderboard.entries.add import add_run
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.runs import Run
from omiti2v.samples import Question, Sample
from omiti2v.scores import RESAMPLES

from .conftest import DAY, digest, right, stamp_of, still

MakeRun = Callable[..., Run]


def test_an_entry_is_a_folder_of_known_plain_files(
    make_run: MakeRun, add: Callable[..., str], folder: Path
) -> None:
    entry_id = add(make_run("Wan2.1-I2V-14B + AlignVid"))
    assert entry_id == "open/wan2-1-i2v-14b-alignvid"
    files = {path.name: path for path in (folder / "entries" / entry_id).iterdir()}
    assert set(files) == {
        "entry.json",
        "run.json",
        "scores.json",
        "marks.json",
        "responses.jsonl.gz",
        "measurements.jsonl.gz",
        "videos.jsonl.gz",
    }
    for name, path in files.items():
        if name.endswith(".json"):
            json.loads(path.read_text())
        else:
            assert path.read_bytes()[:2] == b"\x1f\x8b"
    info = json.loads(files["entry.json"].read_text())
    assert (info["badge"], info["added"]) == ("responses", str(DAY))


def test_two_entries_share_one_copy_of_their_edition(
    make_run: MakeRun, add: Callable[..., str], folder: Path, edition: Edition
) -> None:
    add(make_run("one"), make_run("two", still))
    assert [path.name for path in (folder / "editions").iterdir()] == [
        f"{edition.fingerprint}.jsonl.gz"
    ]


def test_a_later_run_of_a_name_stands_beside_the_first(
    make_run: MakeRun, add: Callable[..., str], load: Callable[[], Board]
) -> None:
    first = add(make_run("a model"))
    second = add(make_run("a model", still, folder="later", videos="other files"))
    assert (first, second) == ("open/a-model", "open/a-model-v2")
    assert [entry.info.version for entry in load().entries] == [1, 2]


def test_a_name_that_reads_like_a_version_takes_no_others_place(
    make_run: MakeRun, add: Callable[..., str], load: Callable[[], Board]
) -> None:
    ids = [
        add(make_run("a model")),
        add(make_run("a model", still, folder="later", videos="later")),
        add(make_run("a model v2", videos="of somebody else")),
        add(make_run("a model", folder="last", videos="last")),
    ]
    assert ids == ["open/a-model", "open/a-model-v2", "open/a-model-v2-v2", "open/a-model-v3"]
    assert len(load().entries) == 4


def test_the_very_same_run_is_no_new_version(make_run: MakeRun, add: Callable[..., str]) -> None:
    run = make_run("a model")
    add(run)
    with pytest.raises(UserError, match="this very run is on the board already"):
        add(run)


def test_the_same_videos_under_another_name_are_refused(
    make_run: MakeRun, add: Callable[..., str]
) -> None:
    add(make_run("a model"))
    with pytest.raises(UserError, match="12 of 12 videos are those of open/a-model"):
        add(make_run("my own model", videos="a model"))


def test_the_same_videos_by_another_judge_are_welcome(
    make_run: MakeRun, add: Callable[..., str], load: Callable[[], Board]
) -> None:
    add(make_run("a model"))
    add(make_run("a model", folder="again", judge=stamp_of("another judge")))
    assert len(load().tables) == 2


def test_some_shared_videos_are_said_and_taken(
    make_run: MakeRun, folder: Path, edition: Edition, add: Callable[..., str]
) -> None:
    half = [sample.id for sample in edition.samples[:6]]
    add(make_run("a model", without=half))
    run = make_run("another", videos="a model")
    path = run.paths.videos
    rows = path.read_text()
    for sample_id in [sample.id for sample in edition.samples[6:]][:4]:
        rows = rows.replace(digest(f"a model/{sample_id}"), digest(f"other {sample_id}"))
    path.write_text(rows)
    for log in (run.paths.responses, run.paths.measurements):
        text = log.read_text()
        for sample_id in [sample.id for sample in edition.samples[6:]][:4]:
            text = text.replace(digest(f"a model/{sample_id}"), digest(f"other {sample_id}"))
        log.write_text(text)
    entry = add_run(run.paths.folder, folder, added=DAY)
    assert [str(overlap) for overlap in entry.overlaps] == [
        "2 of 6 videos are those of open/a-model"
    ]


def test_a_run_without_its_scores_or_with_forged_ones_is_refused(
    make_run: MakeRun, add: Callable[..., str], folder: Path
) -> None:
    run = make_run("a model", still)
    scores = json.loads(run.paths.scores.read_text())
    scores["scores"]["accuracy"]["value"] = 0.97
    run.paths.scores.write_text(json.dumps(scores))
    with pytest.raises(UserError, match="differs from what the log gives"):
        add(run)
    run.paths.scores.unlink()
    with pytest.raises(UserError, match="the run is not finished"):
        add(run)
    assert not list(folder.iterdir())


def test_an_edition_that_the_board_lacks_needs_the_maintainers_word(
    make_run: MakeRun, folder: Path
) -> None:
    run = make_run("a model")
    with pytest.raises(UserError, match="which this board does not have"):
        add_run(run.paths.folder, folder, added=DAY)


def test_an_edition_can_not_choose_a_folder_outside_the_board(
    make_run: MakeRun, edition: Edition, add: Callable[..., str]
) -> None:
    odd = Edition("../../outside", edition.samples, edition.image_sha256, None)
    with pytest.raises(UserError, match="expected a name of small letters"):
        add(make_run("a model", of=odd))


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"judge": stamp_of("a judge").model_copy(update={"name": "better"})}, None),
        (
            {"judge": stamp_of("a judge").model_copy(update={"identity": {"name": "better"}})},
            "judge.fingerprint",
        ),
        ({"p_yes": {"yes": 0.2}}, r"answered yes with P\(yes\) = 0.2"),
        ({"p_yes": {"no": 0.9}}, r"answered no with P\(yes\) = 0.9"),
        ({"reports": {"frames": None}}, "about a video that could not be judged"),
        ({"reports": {"fps": -8.0}}, "fps: expected a positive number .* got -8.0"),
        ({"reports": {"frames": 0}}, "frames: expected a positive number .* got 0"),
    ],
)
def test_what_no_honest_run_writes_is_refused(
    make_run: MakeRun, add: Callable[..., str], options: dict[str, object], complaint: str | None
) -> None:
    run = make_run("a model", **options)
    if complaint is None:  # the judge's name is no part of its fingerprint
        assert add(run)
        return
    with pytest.raises(UserError, match=complaint):
        add(run)


def test_a_board_counts_missing_videos_whatever_the_run_did(
    make_run: MakeRun, add: Callable[..., str], load: Callable[[], Board], edition: Edition
) -> None:
    """Neither dropping them nor limiting the run to the easy samples makes a row better."""
    half = tuple(sample.id for sample in edition.samples[:6])
    dropped = add(make_run("dropped", without=half, missing="drop"))
    limited = add(make_run("limited", sample_ids=half))
    for entry_id in (dropped, limited):
        entry = load().by_id[entry_id]
        assert entry.scores and entry.scores.resamples == RESAMPLES
        row = make_row(entry)
        assert row.figures["accuracy"].value == 0.5
        assert row.coverage == 0.5
        assert row.unranked == "coverage 50.0 %, expected at least 99 %"


def test_answers_that_the_judge_did_not_come_to_lower_the_coverage(
    make_run: MakeRun, add: Callable[..., str], load: Callable[[], Board]
) -> None:
    def failing(sample: Sample, question: Question) -> str:
        return "error" if question.id == "q1" else right(sample, question)

    entry_id = add(make_run("a model", failing))
    row = make_row(load().by_id[entry_id])
    assert row.coverage == pytest.approx(0.75)
    assert row.unranked


def test_remove_takes_an_entry_off_and_nothing_else(
    make_run: MakeRun, add: Callable[..., str], load: Callable[[], Board], folder: Path
) -> None:
    add(make_run("one"), make_run("two", still))
    remove_entry(folder, "open/one")
    assert [entry.id for entry in load().entries] == ["open/two"]
    with pytest.raises(UserError, match="no such entry"):
        remove_entry(folder, "open/one")
    for outside in ("open/..", "../runs", "/etc", "open"):
        with pytest.raises(UserError):
            remove_entry(folder, outside)
