"""`omiti2v leaderboard`: add, verify, rejudge and remove entries."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omiti2v.cli.check import EditionOption
from omiti2v.cli.console import STDOUT, note, plain, progress_bar, say, text_table
from omiti2v.cli.engine_options import ENGINE_OPTIONS, EngineChoice, VideosAtOption, open_engine
from omiti2v.cli.judge_options import judge_options
from omiti2v.cli.leaderboard_export import export
from omiti2v.cli.leaderboard_repository import init_repo
from omiti2v.cli.leaderboard_serve import BoardOption, serve
from omiti2v.cli.merged_options import merge_options
from omiti2v.number_format import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evaluators.judges import JudgeSpec
    from leaderboard.entries.finding import Finding
    from leaderboard.entries.rejudge import Rejudgement
    from omiti2v.runs import Run

leaderboard = typer.Typer(
    name="leaderboard",
    help="A board of entries that anyone can recompute.",
    no_args_is_help=True,
)
leaderboard.command()(serve)
leaderboard.command()(export)
leaderboard.command()(init_repo)

BoardFolderOption = Annotated[
    Path | None,
    typer.Option("--board", help="Folder of the board; the packaged one if left out."),
]
_MAX_PRINTED = 200
"""Findings."""
_MAX_TEXT = 300
_MAX_NAMED = 3

EntryArgument = Annotated[
    str, typer.Argument(help="The entry, given as EDITION/NAME or as its folder.")
]


@leaderboard.command()
def add(
    run: Annotated[Path, typer.Argument(help="Run folder that `omiti2v score` wrote.")],
    board: BoardFolderOption = None,
    entry_note: Annotated[
        str | None, typer.Option("--note", help="A note shown with the entry.")
    ] = None,
    open_weights: Annotated[
        bool | None,
        typer.Option(
            "--open-weights/--closed-weights",
            help="Whether the weights of the video model are available.",
        ),
    ] = None,
    new_edition: Annotated[
        bool,
        typer.Option(
            "--new-edition", help="Also add the run's edition if the board does not have it."
        ),
    ] = False,
) -> None:
    """Put a finished run on a board, as a new version where its name is there already.

    Every number is recomputed from the log; the badge is `responses`.
    """
    from datetime import date

    from leaderboard.entries import PACKAGED, add_run
    from omiti2v.edition_versions import old_version_note
    from omiti2v.records import read_record
    from omiti2v.runs import RunInfo, RunPaths
    from omiti2v.scores import Scores

    folder = board or PACKAGED
    entry = add_run(
        run,
        folder,
        added=date.today(),
        note=entry_note,
        open_weights=open_weights,
        new_edition=new_edition,
    )
    size = sum(len(content) for content in entry.files.values())
    say(f"{entry.id}: added to {folder}, {size / 1000:.0f} kB")
    if reason := read_record(RunPaths(run).scores, Scores).judge_unavailable:
        note(f"{entry.id}: has no scores: {reason}")
    for overlap in entry.overlaps:
        note(f"{overlap.entry}: {overlap}")
    for remark in entry.remarks:
        note(f"{entry.id}: {remark}")
    if old := old_version_note(read_record(RunPaths(run).info, RunInfo).edition.fingerprint):
        note(f"{entry.id}: {old}")


@leaderboard.command()
def verify(
    entries: Annotated[
        list[str] | None,
        typer.Argument(help="Entries, given as EDITION/NAME; all of them if left out."),
    ] = None,
    board: BoardOption = None,
    against: Annotated[
        str | None,
        typer.Option(
            help="The board before a pull request: check what the request adds, and refuse "
            "anything else it changes; in two checkouts, anywhere in what they committed."
        ),
    ] = None,
    new_edition: Annotated[
        bool,
        typer.Option(
            "--new-edition",
            help="With --against, for maintainers: take the editions of new entries, and the "
            "calibrations of their judges, as `add` writes them.",
        ),
    ] = False,
    submitted: Annotated[
        bool,
        typer.Option(
            "--submitted", help="Refuse badges that only maintainers give, as --against does."
        ),
    ] = False,
) -> None:
    """Recompute every number of a board from the logs, and check all else that can be checked.

    Prints the differences and exits with 1 if there are any. Forged answers are not found this
    way: see `omiti2v leaderboard rejudge`.
    """
    from leaderboard.entries import PACKAGED, load_board, open_storage
    from leaderboard.entries.checkouts import changes_beside_entries
    from leaderboard.entries.names import split_entry_id
    from leaderboard.entries.pull_request import verify_pull_request
    from leaderboard.entries.verify import old_version_notes, verify_editions, verify_entries
    from omiti2v.errors import UserError

    if new_edition and against is None:
        raise UserError("--new-edition: goes with --against")
    if against is not None:
        if entries:
            raise UserError("--against: checks what was added; give no entries with it")
        if findings := changes_beside_entries(against, board or PACKAGED):
            _print_findings(findings)
            say("not only entries were added: nothing of it was read")
            raise typer.Exit(1)
    storage = open_storage(board)
    if against is not None:
        added, findings = verify_pull_request(
            open_storage(against), storage, new_editions=new_edition
        )
        _print_findings(findings)
        for name in added:
            say(f"new: {name}")
        say(_summary(len(added), findings, new=True))
        chosen = [entry for entry in load_board(storage).all if entry.id in added]
    else:
        loaded = load_board(storage)
        chosen = list(loaded.all)
        if entries:
            wanted = ["/".join(split_entry_id(text)) for text in entries]
            by_id = {entry.id: entry for entry in chosen}
            for name in wanted:
                if name not in by_id:
                    raise UserError(f"{storage.place}: has no entry {name}")
            chosen = [by_id[name] for name in wanted]
        with progress_bar(len(chosen), "Verifying") as advance:
            findings = verify_entries(loaded, chosen, submitted=submitted, progress=advance)
        if not entries:
            findings += verify_editions(loaded)
        _print_findings(findings)
        say(_summary(len(chosen), findings, new=False))
    for line in old_version_notes(chosen):
        note(line)
    if any(finding.level == "wrong" for finding in findings):
        raise typer.Exit(1)


@leaderboard.command()
@merge_options(judge_options(), ENGINE_OPTIONS)
def rejudge(
    entry: EntryArgument,
    videos: Annotated[Path, typer.Argument(help="The submission: the entry's real files.")],
    judge: JudgeSpec,
    engine: EngineChoice,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Run folder of the new answers; else rejudged-NAME."),
    ] = None,
    board: BoardFolderOption = None,
    edition: EditionOption = "open",
    share: Annotated[
        float, typer.Option(help="Fraction of the samples to judge again, from 0 to 1.")
    ] = 0.1,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Seed of the draw; drawn at random, shown and kept if not given."),
    ] = None,
    least: Annotated[
        float | None,
        typer.Option(min=0.5, max=1.0, help="Fraction of answers that must agree; default 0.98."),
    ] = None,
    videos_at: VideosAtOption = None,
) -> None:
    """Judge a random share of an entry's real videos again; where it agrees, give the badge.

    Answers that differ from the log's are listed. Then the same samples are judged on other frames,
    and the gap in success is noted with the badge. If it is interrupted, the same command with
    --seed as shown resumes it.
    """
    import gc
    import secrets
    from datetime import date

    from evaluators.judges.loading import refuse_questions
    from evaluators.scoring import ScoringOptions, score_submission
    from leaderboard.entries import PACKAGED, load_board, open_storage, read_entry_run
    from leaderboard.entries.names import split_entry_id
    from leaderboard.entries.rejudge import (
        LEAST_AGREEMENT,
        award_badge,
        compare_answers,
        compare_frames,
        draw_phase,
        draw_samples,
    )
    from leaderboard.entries.rejudged_answers import pack_answers
    from omiti2v import load_edition
    from omiti2v.cli.judge_notes import notes_on
    from omiti2v.edition_versions import edition_label, old_version_note
    from omiti2v.errors import UserError
    from omiti2v.runs import read_run
    from omiti2v.submissions import read_submission

    if not 0 < share <= 1:
        raise UserError(f"--share: expected more than 0 and at most 1, got {share}")
    loaded = load_board(open_storage(board))
    name = "/".join(split_entry_id(entry))
    if name not in loaded.by_id:
        raise UserError(f"{loaded.storage.place}: has no entry {name} that can be read")
    found = loaded.by_id[name]
    logged = read_entry_run(loaded.storage, found)
    questions = load_edition(edition)
    if questions.fingerprint != logged.edition.fingerprint:
        raise UserError(
            f"{name}: of edition {edition_label(logged.edition.name, logged.edition.fingerprint)}, "
            f"but --edition {edition} is {edition_label(questions.name, questions.fingerprint)}; "
            "give the folder of the former"
        )
    if old := old_version_note(questions.fingerprint):
        note(f"{name}: {old}")
    refuse_questions(judge, [q.question for s in questions.samples for q in s.questions])
    seed = secrets.randbits(32) if seed is None else seed
    drawn = draw_samples(logged, share=share, seed=seed)
    folder = output or Path(f"rejudged-{found.slug}")

    def judge_again(phase: float, folder: Path) -> Run:
        with open_engine(engine, edition=questions, judge=judge, phase=phase) as opened:
            stamp, asked = logged.info.judge, opened.judge
            assert asked is not None  # noqa: S101  # a judge is named
            if not phase:
                if stamp is None or stamp.fingerprint != asked.fingerprint:
                    raise UserError(
                        f"{name}: judged by {stamp.name if stamp else 'nobody'} "
                        f"{stamp.fingerprint[:12] if stamp else ''}, but --judge {judge.model} is "
                        f"{asked.fingerprint[:12]}; give the entry's judge with its options, as in "
                        "its run.json"
                    )
                for line in notes_on(asked.identity, judge):
                    note(line)
                note(f"judging {len(drawn)} samples again, drawn with --seed {seed}")
            count = sum(video.sample_id in drawn for video in logged.videos)
            with progress_bar(count, "Judging") as advance:
                score_submission(
                    read_submission(videos, questions, foreign=True),
                    questions,
                    folder,
                    judge=opened,
                    cache=None,  # the point is to ask again
                    options=ScoringOptions(
                        sample_ids=drawn,
                        metrics=(),
                        allow_mismatch=logged.info.allow_mismatch,
                        videos_at=videos_at,
                    ),
                    progress=lambda video_id: advance(),
                )
        return read_run(folder)

    again = judge_again(0.0, folder)
    result = compare_answers(logged, again, drawn, share=share, seed=seed, today=date.today())
    _print_rejudgement(result)
    least = LEAST_AGREEMENT if least is None else least
    if not result.passed(least=least):
        note(f"{name}: the badge videos is not given; at least {100 * least:g} % must agree")
        raise typer.Exit(1)
    phase = draw_phase(seed)
    gc.collect()  # the judge that is done with, before it is loaded again
    others = judge_again(phase, folder.with_name(f"{folder.name}-other-frames"))
    frames = compare_frames(again, others, phase=phase)
    if frames:
        say(frames.in_words)
    record = result.record.model_copy(update={"other_frames": frames})
    award_badge(board or PACKAGED, found, record, answers=pack_answers(again, others))
    say(f"{name}: has the badge videos now")


@leaderboard.command()
def remove(
    entry: EntryArgument,
    board: BoardFolderOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Take an entry off a board, with all its files."""
    from leaderboard.entries import PACKAGED, remove_entry

    if not yes:
        typer.confirm(f"Delete the files of {entry}?", abort=True, err=True)
    remove_entry(board or PACKAGED, entry)
    say(f"{entry}: removed")


def _summary(count: int, findings: Sequence[Finding], *, new: bool) -> str:
    wrong = {
        name
        for finding in findings
        if finding.level == "wrong"
        for name in (finding.entry, *finding.others)
    }
    what = f"{count} {'new ' if new else ''}{'entry' if count == 1 else 'entries'}"
    held = "holds" if count == 1 else "all hold" if count else "nothing was verified"
    return f"{what}: {held if not wrong else f'something is wrong with {len(wrong)}'}"


def _print_findings(findings: Sequence[Finding]) -> None:
    if not findings:
        return
    table = text_table("entry", "", "what", "on the board", "from the log")
    # What is wrong is not to go under in notes.
    ranked = sorted(findings, key=lambda finding: finding.level == "note")
    for finding in ranked[:_MAX_PRINTED]:
        table.add_row(
            plain(finding.entry + _and_others(finding.others)),
            finding.level,
            plain(finding.what),
            plain(finding.stated[:_MAX_TEXT]),
            plain(finding.found[:_MAX_TEXT]),
        )
    STDOUT.print(table)
    if len(findings) > _MAX_PRINTED:
        say(f"and {len(findings) - _MAX_PRINTED} more findings; give entries to see theirs")


def _and_others(others: Sequence[str]) -> str:
    named = ", ".join(("", *others[:_MAX_NAMED]))
    return named + (f" and {len(others) - _MAX_NAMED} more" if len(others) > _MAX_NAMED else "")


def _print_rejudgement(result: Rejudgement) -> None:
    record = result.record
    say(
        f"{record.agreed} of {record.questions} answers about {record.samples} samples agree "
        f"({percent(result.agreement)} %); {record.lost} were right in the log only, "
        f"{record.gained} are right this time only"
    )
    for sample_id in result.other_files:
        say(f"{sample_id}: the file is missing, or not the one that was logged")
    if not result.disagreements:
        return
    table = text_table("question", "expected", "in the log", "again", "text")
    for row in result.disagreements:
        table.add_row(
            plain(row.place),
            row.expected,
            row.logged or "none",
            row.again or "none",
            plain(row.question),
        )
    STDOUT.print(table)
