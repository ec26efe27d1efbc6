"""`omiti2v data review`: people verify the benchmark, or re-check a judge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omiti2v.cli.check import JsonOption
from omiti2v.cli.console import note, print_json, say
from omiti2v.cli.estimates import print_estimates, print_rows

if TYPE_CHECKING:
    from leaderboard.review.judge_error import JudgeErrorSummary
    from leaderboard.review.summary import ReviewSummary
    from omiti2v.runs import Run


def review(
    name: Annotated[
        str | None,
        typer.Option(help="Your name, as part of a file name: answers go to reviews/NAME.jsonl."),
    ] = None,
    annotations: Annotated[
        Path | None,
        typer.Option(help="Folder of the edition; the checkout's annotations if left out."),
    ] = None,
    run: Annotated[
        Path | None, typer.Option(help="Re-check the judge of this run folder; needs --videos.")
    ] = None,
    videos: Annotated[Path | None, typer.Option(help="Folder of the run's videos.")] = None,
    seed: Annotated[int, typer.Option(help="Decides the order, and what --limit draws.")] = 0,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Ask about this many samples, drawn at random; with --summary, count these alone.",
        ),
    ] = None,
    choose: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Ask about this many samples of a run, those that tell most coming early: drawn "
            "by P(yes) with known chances, in an order that is kept with the answers.",
        ),
    ] = None,
    summary: Annotated[
        bool, typer.Option("--summary", help="Print what was found; start no page.")
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the pages.")] = 8502,
    address: Annotated[
        str,
        typer.Option(
            help="Address of the pages; whoever has the link that is printed answers under your "
            "name."
        ),
    ] = "127.0.0.1",
    as_json: JsonOption = False,
) -> None:
    """Answer the benchmark's questions by keyboard, without seeing the annotation.

    Yes, no and unclear are Y, N and U; Z takes the last answer back, S skips. Every answer is
    saved at once, and the same command resumes where you stopped. With --run and --videos the
    questions are asked on a run's videos, and --summary gives the judge's error and the scores
    anchored in people's answers.
    """
    from omiti2v.errors import UserError

    if summary or as_json:
        _print_summary(annotations, run, videos, seed=seed, limit=limit, as_json=as_json)
        return
    if name is None:
        raise UserError("review: expected --name, or --summary for what was found so far")
    if (run is None) != (videos is None):
        raise UserError("review: --run and --videos go together")
    if choose is not None and (run is None or limit is not None):
        raise UserError("review: --choose goes with --run, and not with --limit")
    _serve(
        name,
        annotations=None if run else _annotations(annotations),
        run=run,
        videos=videos,
        seed=seed,
        limit=limit,
        choose=choose,
        address=address,
        port=port,
    )


def _serve(
    name: str,
    *,
    annotations: Path | None,
    run: Path | None,
    videos: Path | None,
    seed: int,
    limit: int | None,
    choose: int | None,
    address: str,
    port: int,
) -> None:
    import importlib.util
    import secrets

    from omiti2v.errors import UserError

    if importlib.util.find_spec("starlette") is None:
        raise UserError('review: needs starlette; run: pip install "omiti2v[leaderboard]"')
    from leaderboard.review.page import review_app
    from leaderboard.review.session import ReviewSettings, open_session
    from leaderboard.site.serving import serve

    opened = open_session(ReviewSettings(name, annotations, run, videos, seed, limit, choose))
    left = len(opened.questions) - len(opened.standing())
    note(f"{opened.path}: {left:,} of {len(opened.questions):,} questions left")
    if opened.left_out:
        first = next(iter(opened.left_out.values()))
        note(f"{len(opened.left_out)} videos can't be shown; first: {first}")
    if opened.run is not None and choose is not None:
        from omiti2v.estimation.anchored_scores import read_anchors
        from omiti2v.estimation.expected_widths import width_lines

        for line in width_lines(opened.run, read_anchors(opened.folder), (choose, 2 * choose)):
            note(line)
    # Any page that is open in a browser here can call this one, and would answer under this name.
    token = secrets.token_urlsafe(32)
    note(f"http://{address}:{port}/?token={token}")
    serve(review_app(opened), address=address, port=port, token=token)


def _annotations(given: Path | None) -> Path:
    from omiti2v.dataset.load import PACKAGE, annotations_of
    from omiti2v.errors import UserError

    folder = given or annotations_of(PACKAGE)
    if folder is None:
        raise UserError("review: no annotations here; in a checkout, give --annotations")
    return folder


def _print_summary(
    annotations: Path | None,
    run: Path | None,
    videos: Path | None,
    *,
    seed: int,
    limit: int | None,
    as_json: bool,
) -> None:
    from leaderboard.review.judge_error import summarize_judge
    from leaderboard.review.questions import drawn_videos
    from leaderboard.review.session import only_samples, open_run, run_reviews
    from leaderboard.review.shown_files import find_videos
    from leaderboard.review.summary import summarize_reviews
    from omiti2v.editions import draw_samples, load_edition_folder
    from omiti2v.errors import UserError
    from omiti2v.reviews.confirmed import REVIEWS
    from omiti2v.reviews.people import read_people

    if run is not None:
        opened = part = open_run(run)
        if limit is not None:
            if videos is None:
                raise UserError("review: --limit draws from the videos at hand: give --videos, too")
            shown, _ = find_videos(opened, videos)
            part = only_samples(opened, drawn_videos(opened, shown, seed=seed, limit=limit))
        judged = summarize_judge(part, read_people(run_reviews(run)))
        print_json(judged) if as_json else _print_judge(judged)
        if not as_json:
            _print_anchored(opened)
        return
    folder = _annotations(annotations)
    edition = load_edition_folder(folder)
    drawn = draw_samples(edition, limit, seed=seed)
    found = summarize_reviews(edition, read_people(folder / REVIEWS), drawn=drawn)
    print_json(found) if as_json else _print_reviews(found)


def _print_judge(found: JudgeErrorSummary) -> None:
    from leaderboard.review.summary_rows import NONE_YET, error_notes, error_rows, pair_rows

    if found.reviewers:
        print_rows(error_rows(found))
        print_rows(pair_rows(found.pairs))
    else:
        say(NONE_YET)
    for line in error_notes(found):
        say(line)


def _print_anchored(run: Run) -> None:
    from omiti2v.errors import UserError
    from omiti2v.estimation.anchored_scores import anchored_scores, read_anchors
    from omiti2v.estimation.expected_widths import width_lines
    from omiti2v.reviews.confirmed import REVIEWS

    anchors = read_anchors(run.paths.folder / REVIEWS)
    say()
    try:
        scores = anchored_scores(run, anchors)
    except UserError as error:
        say(str(error))
        return
    print_estimates(scores)
    for line in width_lines(run, anchors, (scores.answered, 2 * scores.answered)):
        say(line)


def _print_reviews(found: ReviewSummary) -> None:
    from leaderboard.review.summary_rows import (
        FORM_NAMES,
        NONE_YET,
        agreement_rows,
        pair_rows,
        state_rows,
    )

    if found.agreement:
        print_rows(agreement_rows(found))
        print_rows(pair_rows(found.pairs))
    else:
        say(NONE_YET)
    print_rows(state_rows(found))
    if found.outdated:
        say(f"{found.outdated} answers are to earlier questions and don't count")
    if found.disagreements:
        say("Answers that differ from the annotation", "bold")
    for one in found.disagreements:
        comment = f" ({one.note})" if one.note else ""
        say(
            f"{one.sample_id}.{one.question_id}, {FORM_NAMES[one.form]}: "
            f"{one.reviewer} says {one.answer}, the annotation {one.annotated}: "
            f"{one.question}{comment}"
        )
