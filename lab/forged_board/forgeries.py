"""Thirty forged entries, each with what was done to it and what `verify` is to say.

Each begins as the packaged control that does every edit, with made-up digests of its videos, so
that it is nobody's copy; then one thing is changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from leaderboard.entries import names
from leaderboard.entries.compression import gzip_bytes
from leaderboard.entries.entry_info import EntryInfo
from leaderboard.entries.finding import Level
from leaderboard.entries.rejudge import compare_answers, compare_frames, draw_phase, draw_samples
from leaderboard.entries.rejudged_answers import NOT_KEPT, later_frames, pack_answers
from omiti2v.records import json_digest
from omiti2v.runs import JudgeStamp, Run

Contents = dict[str, bytes]
"""The files of an entry, by name."""

ADDED = date(2026, 11, 23)
_SEED = 5


@dataclass(frozen=True)
class Forgery:
    """A forged entry.

    Attributes:
        title: What it is called.
        what: What was forged.
        level, says: Of what `verify` says of it, the part that tells; None and empty where it
            finds nothing.
        run: Makes its run of an honest one.
        files: Changes its files after its scores were computed.
        version: Of its name.
    """

    title: str
    what: str
    level: Level | None
    says: str
    run: Callable[[Run], Run] = lambda run: run
    files: Callable[[Contents, Run], None] = lambda contents, run: None
    version: int = 1

    @property
    def slug(self) -> str:
        """Its folder's name."""
        return names.slug_of(self.title, version=self.version)

    @property
    def info(self) -> EntryInfo:
        """Its `entry.json`."""
        return EntryInfo(badge="responses", added=ADDED, version=self.version)


def called(run: Run, title: str, **fields: object) -> Run:
    """The run under another name."""
    submission = run.info.submission.model_copy(update={"name": title, **fields})
    return replace(run, info=run.info.model_copy(update={"submission": submission}))


def with_digests(run: Run, change: Callable[[str, str], str]) -> Run:
    """The run about other files: `change` gets sample and digest and gives the new digest."""

    def changed(row: Any, field: str) -> Any:
        digest = getattr(row, field)
        return row.model_copy(update={field: digest and change(row.sample_id, digest)})

    return replace(
        run,
        responses=tuple(changed(row, "video_sha256") for row in run.responses),
        measurements=tuple(changed(row, "video_sha256") for row in run.measurements),
        videos=tuple(changed(row, "sha256") for row in run.videos),
    )


def made_up(title: str) -> Callable[[str, str], str]:
    """Digests that no file has."""
    return lambda _, digest: hashlib.sha256(f"{title}/{digest}".encode()).hexdigest()


def judged_by(name: str, identity: dict[str, Any] | None = None) -> Callable[[Run], Run]:
    """The run with another name of its judge, or by one with a made-up identity."""

    def change(run: Run) -> Run:
        judge = run.info.judge
        assert judge is not None  # all controls are judged
        stamp = judge.model_copy(update={"name": name})
        if identity is not None:
            stamp = JudgeStamp(name=name, fingerprint=json_digest(identity), identity=identity)
        return replace(
            run,
            info=run.info.model_copy(update={"judge": stamp}),
            responses=tuple(
                row.model_copy(update={"judge": stamp.fingerprint}) for row in run.responses
            ),
        )

    return change


def _set(file: str, *keys: str, to: object) -> Callable[[Contents, Run], None]:
    """Sets a value in a JSON file."""

    def change(contents: Contents, run: Run) -> None:
        document = json.loads(contents[file])
        place = document
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = to
        contents[file] = json.dumps(document).encode()

    return change


def _answers(change: Callable[[Any], Any]) -> Callable[[Contents, Run], None]:
    """Changes the rows of the log after its scores were computed."""

    def rewrite(contents: Contents, run: Run) -> None:
        rows = "".join(change(row).model_dump_json() + "\n" for row in run.responses)
        contents[names.RESPONSES] = gzip_bytes(rows.encode())

    return rewrite


def _all_groups(contents: Contents, run: Run) -> None:
    scores = json.loads(contents[names.SCORES])
    one = {"accuracy": scores["scores"]["accuracy"]}
    scores["breakdowns"]["domain"] = {f"group {number}": one for number in range(20_000)}
    contents[names.SCORES] = json.dumps(scores).encode()


def _badge(*, kept: bool, **fields: object) -> Callable[[Contents, Run], None]:
    """The badge `videos` for answers that nobody gave: those of the log, twice."""

    def award(contents: Contents, run: Run) -> None:
        drawn, phase = draw_samples(run, share=0.1, seed=_SEED), draw_phase(_SEED)
        judge = run.info.judge
        assert judge is not None  # as above
        rows = tuple(row for row in run.responses if row.sample_id in drawn)
        info = run.info.model_copy(update={"sample_ids": drawn})
        own = replace(
            run,
            info=info,
            responses=rows,
            videos=tuple(video for video in run.videos if video.sample_id in drawn),
        )
        later = later_frames(judge, own, phase)
        other = replace(
            own,
            responses=tuple(
                row.model_copy(update={"judge": later.fingerprint, "frames": "later"})
                for row in rows
            ),
        )
        record = compare_answers(run, own, drawn, share=0.1, seed=_SEED, today=ADDED).record
        frames = compare_frames(own, other, phase=phase)
        stated = record.model_copy(update={"other_frames": frames}).model_dump(mode="json")
        entry = json.loads(contents[names.ENTRY])
        entry |= {"badge": "videos", "rejudged": stated | fields}
        contents[names.ENTRY] = json.dumps(entry).encode()
        if kept:
            contents[names.REJUDGED] = pack_answers(own, other)

    return award


def _other_identity(contents: Contents, run: Run) -> None:
    assert run.info.judge is not None  # as above
    identity = {**run.info.judge.identity, "max_pixels": 1 << 20}
    _set(names.RUN, "judge", "identity", to=identity)(contents, run)


def _without_failures(run: Run) -> Run:
    """Without the videos of every fourth sample, as if these had not been made."""
    kept = {row.video_id for number, row in enumerate(run.videos) if number % 4}
    return run.only(kept)


def _one_file(run: Run) -> Run:
    return with_digests(run, lambda sample_id, digest: "0" * 64)


def _third_of_another(original: Run) -> Callable[[Run], Run]:
    known = {row.sample_id: row.sha256 for row in original.videos[::3] if row.sha256}
    return lambda run: with_digests(run, lambda sample, digest: known.get(sample, digest))


def _better(row: Any) -> Any:
    return row.model_copy(update={"answer": "yes", "p_yes": 0.9})


def forgeries(original: Run) -> tuple[Forgery, ...]:
    """All of them.

    Args:
        original: The run of the control that does every edit.
    """
    own = {"class": "mine.Judge", "version": 1}

    def copied(run: Run) -> Run:
        return called(original, run.info.submission.name)

    return (
        Forgery("judge-a", "tiny's fingerprint, called “GPT-5 (human-validated)”", "wrong",
                "of this fingerprint and identity: tiny", judged_by("GPT-5 (human-validated)")),
        Forgery("judge-b", "tiny's fingerprint, called “tіny” with a Cyrillic letter", "wrong",
                "letters of several scripts in one word", judged_by("tіny")),
        Forgery("judge-c", "a made-up judge called “tíny”", "wrong", "not tiny",
                judged_by("tíny", own)),
        Forgery("judge-d", "a made-up judge called “tiny”", "wrong", "not tiny",
                judged_by("tiny", own)),
        Forgery("judge-e", "tiny's fingerprint, an identity with more pixels", "wrong",
                "one of the two was changed", files=_other_identity),
        Forgery("judge-f", "a made-up judge called “GPT-5”, a table of its own", None, "",
                judged_by("GPT-5", {**own, "version": 2})),
        Forgery("still\u200b", "the name of another with a space of no width", "wrong",
                "[U+200B] is not seen", version=2),
        Forgery("edit dοne", "the name of another with a Greek letter", "wrong",
                "letters of several scripts in one word"),
        Forgery("edit d0ne", "the name of another with a digit for a letter", "wrong",
                "looks like the name of known-answer/edit-done"),
        Forgery("✔ name-a", "a mark in the name", "wrong", "marks are for badges"),
        Forgery("name-b (verified)", "a badge in the name", "wrong", "says verified"),
        Forgery("name-c", "a badge in the method", "wrong", "says verified",
                lambda run: called(run, run.info.submission.name, method="Verified by experts")),
        Forgery("edit done", "version 2 of another's entry with its very videos, another contact",
                "wrong", "48 of 48 videos are those of known-answer/edit-done",
                lambda run: called(original, "edit done", contact="somebody@else.example"),
                version=2),
        Forgery("camera only", "version 2 of another's entry, no contact", "note",
                "no contact, as known-answer/camera-only", version=2),
        Forgery("blank", "version 9 without 2 to 8", "note", "2, 3, 4, 5, 6 and more is not there",
                version=9),
        Forgery("videos-a", "another's entry under a new name", "wrong",
                "48 of 48 videos are those of known-answer/", copied),
        Forgery("videos-b", "a third of the videos are another's", "note",
                "16 of 48 videos are those of known-answer/", _third_of_another(original)),
        Forgery("videos-c", "one file for all samples", "wrong", "one file is the video of 48",
                _one_file),
        Forgery("videos-d", "a quarter of the videos left out", "note", "shown, not ranked",
                _without_failures),
        Forgery("numbers-a", "a better accuracy", "wrong", "0.",
                files=_set(names.SCORES, "scores", "accuracy", "value", to=0.999)),
        Forgery("numbers-b", "better marks of the samples", "wrong", "say otherwise than the marks",
                files=_set(names.MARKS, "outcomes", to="s" * 48)),
        Forgery("numbers-c", "20,000 groups in the scores", "wrong", "20018 groups",
                files=_all_groups),
        Forgery("numbers-d", "other bounds of a metric", "wrong", "bounds: expected",
                files=_set(names.RUN, "metrics", "black_frame_share", "bounds", to=[0.0, 0.1])),
        Forgery("log-a", "answers changed, scores left", "wrong", "0.", files=_answers(_better)),
        Forgery("log-b", "answers that their probabilities deny", "wrong", "with P(yes) =",
                files=_answers(lambda row: row.model_copy(update={"p_yes": 0.5}))),
        Forgery("log-c", "an easier question in the log", "wrong", "was asked another text",
                files=_answers(lambda row: row.model_copy(update={"question": "Is it good?"}))),
        Forgery("log-d", "a whole log made up, and scored as any", None, ""),
        Forgery("badge-a", "judged again: a million million questions, in 2999", "wrong",
                "1000000000000 questions",
                files=_badge(kept=False, questions=10**12, date="2999-01-01")),
        Forgery("badge-b", "judged again, with numbers that fit and no answers", "note", NOT_KEPT,
                files=_badge(kept=False)),
        Forgery("badge-c", "judged again, with answers made up from the log", None, "",
                files=_badge(kept=True)),
    )  # fmt: skip
