"""What entries say of themselves, held against each other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.entries import Board, verify_entries
from leaderboard.entries.add import add_run
from leaderboard.entries.claims import same_contact
from leaderboard.entries.judge_names import PACKAGED_JUDGES
from leaderboard.report.run_facts import judge_label
from omiti2v.errors import UserError
from omiti2v.records import json_digest
from omiti2v.runs import JudgeStamp, Run
from omiti2v.submissions import SubmissionInfo

from .conftest import DAY, digest, stamp_of, still

MakeRun = Callable[..., Run]


@pytest.fixture
def told(load: Callable[[], Board]) -> Callable[..., list[tuple[str, str, str]]]:
    def verify(entry_id: str, *, submitted: bool = False) -> list[tuple[str, str, str]]:
        board = load()
        found = verify_entries(board, [board.by_id[entry_id]], submitted=submitted)
        return [(row.level, row.what, row.found) for row in found]

    return verify


def by(name: str, contact: str | None = None, **fields: object) -> SubmissionInfo:
    return SubmissionInfo(name=name, contact=contact, **fields)


def test_a_new_version_by_the_same_contact_holds(
    make_run: MakeRun, add: Callable[..., str], told: Callable[..., list[tuple[str, str, str]]]
) -> None:
    add(make_run("a model", submission=by("a model", "Me@here.example")))
    again = make_run("a model", still, folder="2", submission=by("a model", "me@here.example"))
    second = add(again)
    assert second == "open/a-model-v2"
    assert told(second, submitted=True) == []


@pytest.mark.parametrize(
    ("contact", "says"),
    [("you@there.example", "not the contact of open/a-model"), (None, "not the contact of")],
)
def test_a_new_version_by_others_is_for_a_maintainer(
    make_run: MakeRun,
    folder: Path,
    add: Callable[..., str],
    told: Callable[..., list[tuple[str, str, str]]],
    contact: str | None,
    says: str,
) -> None:
    add(make_run("a model", submission=by("a model", "me@here.example")))
    run = make_run("a model", still, folder="2", videos="2", submission=by("a model", contact))
    entry = add_run(run.paths.folder, folder, added=DAY)  # which a maintainer may do
    assert [says in remark for remark in entry.remarks] == [True]
    for submitted, level in ((False, "note"), (True, "wrong")):
        ((found, what, text),) = told(entry.id, submitted=submitted)
        assert (found, what) == (level, "submission.contact") and says in text


def test_the_very_videos_of_another_as_a_new_version_are_refused(
    make_run: MakeRun, add: Callable[..., str]
) -> None:
    add(make_run("a model", submission=by("a model", "me@here.example")))
    theirs = make_run("a model", still, folder="2", submission=by("a model", "you@there.example"))
    with pytest.raises(UserError, match="12 of 12 videos are those of open/a-model"):
        add(theirs)


def test_names_are_added_in_their_normal_form(
    make_run: MakeRun, add: Callable[..., str], load: Callable[[], Board]
) -> None:
    entry = add(make_run("a model", submission=by("Ｗａｎ  2.1", method="ﬁne")))
    submission = load().by_id[entry].submission
    assert (entry, submission.name, submission.method) == ("open/wan-2-1", "Wan 2.1", "fine")


@pytest.mark.parametrize(
    "submission", [by("a \u200bmodel"), by("a model ✔"), by("x", method="rejudged"), by("tіny")]
)
def test_names_that_deceive_are_not_added(
    make_run: MakeRun, add: Callable[..., str], submission: SubmissionInfo
) -> None:
    with pytest.raises(UserError, match=r"leave it out|several scripts"):
        add(make_run("a model", submission=submission))


def test_a_look_alike_is_told_of_and_another_spelling_is_for_a_maintainer(
    make_run: MakeRun, add: Callable[..., str], told: Callable[..., list[tuple[str, str, str]]]
) -> None:
    add(make_run("Wan2.1 AlignVid"))
    with pytest.raises(UserError, match="looks like the name of open/wan2-1-alignvid"):
        add(make_run("Wan2.l AlignVid", still))


def test_the_first_spelling_of_an_honest_name_does_not_bar_another(
    make_run: MakeRun,
    folder: Path,
    add: Callable[..., str],
    change_json: Callable[..., None],
    told: Callable[..., list[tuple[str, str, str]]],
) -> None:
    add(make_run("Wan2.1 AlignVid", submission=by("Wan2.1 AlignVid", "me@here.example")))
    own = make_run("2", still, submission=by("wan2.1-alignvid", "me@here.example"))
    entry = add(own)
    assert told(entry, submitted=True) == []
    change_json(entry, "run.json", ["submission", "contact"], "you@there.example")
    assert ("note", "submission.name", "looks like the name of open/wan2-1-alignvid") in told(entry)


def test_a_judge_has_one_table_and_one_name_whatever_entries_call_it(
    make_run: MakeRun,
    add: Callable[..., str],
    load: Callable[[], Board],
    change_json: Callable[..., None],
    told: Callable[..., list[tuple[str, str, str]]],
) -> None:
    add(make_run("a model"))
    other = add(make_run("another", still))
    change_json(other, "run.json", ["judge", "name"], "GPT-5 (human-checked)")
    board = load()
    assert [(key.judge, len(rows)) for key, rows in board.tables.items()] == [("a judge", 2)]
    run = board.by_id[other].run
    assert run and judge_label(run).startswith("a judge")
    assert ("wrong", "judge.name", "of this fingerprint and identity: a judge") in told(other)


def test_a_name_that_nothing_bears_out_is_shown_as_claimed(
    make_run: MakeRun, add: Callable[..., str], load: Callable[[], Board]
) -> None:
    def judge(name: str, **identity: object) -> JudgeStamp:
        return JudgeStamp(name=name, fingerprint=json_digest(identity), identity=identity)

    qwen = {"model_class": "Qwen2_5_VLForConditionalGeneration", "weights_sha256": digest("w")}
    served = {"class": "OpenAIJudge", "model": "org/some-model"}
    tiny = {"weights_sha256": next(iter(PACKAGED_JUDGES))}
    for number, (stamp, shown) in enumerate(
        [
            (judge("Qwen2.5-VL-7B-Instruct", **qwen), "Qwen2.5-VL-7B-Instruct"),
            (judge("GPT-5", **qwen, dtype="float16"), "GPT-5 (as claimed)"),
            (judge("some-model", **served), "some-model"),
            (judge("brighter", **{"class": "mine.Judge"}), "brighter (as claimed)"),
            (judge("tiny", **tiny), "tiny"),
        ]
    ):
        entry = add(make_run(f"model {number}", judge=stamp))
        board = load()
        assert verify_entries(board, [board.by_id[entry]]) == []
        assert board.by_id[entry].judge.name == shown
    for stamp, says in (
        (judge("tiny", **served), "judge.name: not tiny, which comes with the package"),
        (judge("GPT-5", **served), "judge.name: of this fingerprint and identity: some-model"),
        (judge("Qwen2.5-VL-7B-lnstruct", **qwen, dtype="int8"), "looks like the judge of"),
    ):
        with pytest.raises(UserError, match=says):
            add(make_run("a forged one", judge=stamp, folder=digest(says)[:8]))


def test_one_judge_of_a_claimed_name_can_judge_many_entries(
    make_run: MakeRun, add: Callable[..., str], load: Callable[[], Board]
) -> None:
    identity = {"class": "mine.Judge"}
    judge = JudgeStamp(name="brighter", fingerprint=json_digest(identity), identity=identity)
    for name in ("a model", "b model", "c model"):
        add(make_run(name, judge=judge))
    board = load()
    assert [(key.judge, len(rows)) for key, rows in board.tables.items()] == [
        ("brighter (as claimed)", 3)
    ]
    assert verify_entries(board, list(board.all)) == []


def test_a_day_that_was_set_back_gives_no_right_to_a_judge_s_name(
    make_run: MakeRun,
    add: Callable[..., str],
    change_json: Callable[..., None],
    told: Callable[..., list[tuple[str, str, str]]],
) -> None:
    identity = {"model_class": "Qwen2_5_VLForConditionalGeneration"}
    judge = JudgeStamp(name="Qwen2.5-VL-7B", fingerprint=json_digest(identity), identity=identity)
    add(make_run("one", judge=judge))
    other = add(make_run("two", judge=judge))
    change_json(other, "run.json", ["judge", "name"], "Qwen2.5-VL-72B")
    change_json(other, "entry.json", ["added"], "2025-06-01")
    found = ("wrong", "judge.name", "open/one calls this judge Qwen2.5-VL-7B")
    assert told(other, submitted=True) == [found]


def test_the_same_name_with_other_weights_is_a_note(
    make_run: MakeRun, add: Callable[..., str], told: Callable[..., list[tuple[str, str, str]]]
) -> None:
    add(make_run("one", judge=stamp_of("a judge", weights_sha256=digest("1"))))
    two = add(make_run("two", judge=stamp_of("a judge", weights_sha256=digest("2"))))
    found = "of the same name as the judge of open/one, with other weights"
    assert told(two) == [("note", "judge.name", found)]


def test_contacts_are_one_whatever_their_capitals_and_unknown_where_there_is_none() -> None:
    assert same_contact("Me@Here.example ", "me@here.example") is True
    assert same_contact("me@here.example", "you@there.example") is False
    assert same_contact(None, "me@here.example") is False
    assert same_contact(None, None) is None
