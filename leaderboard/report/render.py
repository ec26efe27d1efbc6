"""The page as HTML."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from markupsafe import Markup

import leaderboard
from leaderboard.report.card_packs import ALL_AT_ONCE, PACKED_PAGE, pack_cards
from leaderboard.report.page_videos import VideoFolders
from leaderboard.report.report_page import ReportPage, build_page
from leaderboard.report.sample_cards import SampleCard
from omiti2v.definitions import COVERAGE, FACETS, NEGLIGENCE, OUTCOMES, SCORES, SUCCESS
from omiti2v.html_templates import page_environment
from omiti2v.records import write_atomically
from omiti2v.runs import Run
from omiti2v.scores import Missing

_PACKAGE = Path(leaderboard.__file__).parent


def write_report(
    runs: Sequence[Run],
    path: Path,
    *,
    missing: Missing | None = None,
    videos: VideoFolders | None = None,
) -> ReportPage:
    """Write the report on one or several runs of one edition as one HTML file.

    Several runs stand side by side: their scores, their differences to the first run, and for each
    sample their answers and, with `videos`, their videos, which play as one.

    Args:
        runs: At least one, all of one edition.
        path: The file; one already there is replaced.
        missing: What a sample without a video counts; each run's own rule where None.
        videos: Where the runs' videos are; None for a page without any. Only files whose SHA-256 is
            the one in the run's log are shown.

    Returns:
        What was written; `notices` and `videos_found` say what a reader should know.

    Raises:
        UserError: The runs are of different editions, a log does not fit its edition, a folder of
            videos does not exist, or the file can't be written.
        ValueError: There is no run, or not one folder of videos for each.
    """
    page = build_page(runs, missing=missing, videos=videos, path=path)
    write_atomically(path, render_pieces(page))
    return page


def render_page(page: ReportPage) -> str:
    """A self-contained HTML document. All text of the runs is shown as plain text."""
    return "".join(render_pieces(page))


def render_pieces(page: ReportPage) -> Iterator[str]:
    """The same document in pieces: its pictures are read as it is written."""
    environment = page_environment("leaderboard.report")
    packed = len(page.cards) > ALL_AT_ONCE
    script = _script(page, packed=packed)
    card_template = environment.get_template("card.html")

    def as_markup(card: SampleCard) -> Markup:
        text = card_template.render(
            card=card,
            page=page,
            outcome_definitions=OUTCOMES,
            facet_definitions=FACETS,
        )
        return Markup(text)  # noqa: S704 (of a template, which escaped every value)

    return environment.get_template("report.html").generate(
        page=page,
        cards=page.cards[:PACKED_PAGE] if packed else page.cards,
        packs=pack_cards(page.cards, as_markup) if packed else (),
        as_markup=as_markup,
        definitions={
            "Scores": (SUCCESS, *SCORES.values(), NEGLIGENCE),
            "Outcomes, tried in the order unscored, broken, success, negligent, partial": tuple(
                OUTCOMES.values()
            ),
            "Coverage": tuple(COVERAGE.values()),
        },
        outcome_definitions=OUTCOMES,
        policy=content_policy(page, script),
        player={suffix: _part(f"site/video_player.{suffix}") for suffix in ("html", "css")},
        script=Markup(script),  # noqa: S704 (our own files, and nothing of a run in them)
    )


def content_policy(page: ReportPage, script: str) -> str:
    """What the page lets a browser do besides showing it: only what it has itself.

    Args:
        page: With linked videos, their files are allowed too.
        script: The page's one script; empty for none.
    """
    rules = []
    if script:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
        rules.append(f"script-src 'sha256-{digest}'")
    if page.has_videos:
        linked = page.videos_found.max_megabytes is None
        rules.append("media-src 'self' file:" if linked else "media-src data:")
    return "".join(f"; {rule}" for rule in rules)


def _script(page: ReportPage, *, packed: bool) -> str:
    """The site's player and what builds one for each sample, and the pages, as one module."""
    parts = ["site/video_player.js", "report/players.js"] if page.has_videos else []
    return "".join(f"\n{_part(part)}" for part in [*parts, *(["report/pages.js"] * packed)])


def _part(name: str) -> Markup:
    return Markup((_PACKAGE / name).read_text(encoding="utf-8"))  # noqa: S704 (our own file)
