"""The same videos under two names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.entries import Board, verify_entries
from leaderboard.entries.add import add_run
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.runs import Run

from .conftest import DAY, digest, stamp_of, still

MakeRun = Callable[..., Run]


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


def test_one_file_for_many_images_is_a_control_until_it_is_said_to_succeed(
    make_run: MakeRun,
    add: Callable[..., str],
    load: Callable[[], Board],
    change_log: Callable[..., None],
) -> None:
    def said(entry: str, samples: int) -> list[tuple[str, str]]:
        for name in ("videos.jsonl.gz", "responses.jsonl.gz", "measurements.jsonl.gz"):
            key = "sha256" if name.startswith("videos") else "video_sha256"
            change_log(
                entry,
                name,
                lambda row, key=key: (
                    row | {key: digest("one file")}
                    if int(str(row["sample_id"])[1:]) < samples
                    else row
                ),
            )
        board = load()
        found = verify_entries(board, [board.by_id[entry]])
        return [(row.level, row.found) for row in found]

    done, black = add(make_run("done")), add(make_run("black", still))
    # Each of these images is another.
    assert said(done, 2) == []
    sentence = "one file is the video of 5 samples with different images"
    succeeds = f"{sentence}, and is said to do what several of them ask for"
    assert said(done, 5) == [("wrong", succeeds)]
    assert said(black, 5)[0] == ("note", sentence)
