"""One entry in full."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import streamlit as st

from leaderboard.entries import BADGES, Entry
from leaderboard.entries.display_text import as_markdown
from leaderboard.entries.table import Row
from leaderboard.report.run_facts import as_lines, judge_label, seed_text
from leaderboard.site.board_table import WEIGHTS, BoardView, figure_text
from leaderboard.site.columns import table_columns
from leaderboard.site.estimates import show_estimates
from leaderboard.site.state import Site
from leaderboard.site.widgets import show_table
from omiti2v.edition_versions import edition_label
from omiti2v.html_templates import page_environment
from omiti2v.number_format import plain_number
from omiti2v.plurals import counted
from omiti2v.runs import Run
from omiti2v.take_scores import spread_lines

LOGGED = ("responses", "videos")
"""Badges of entries with a log."""
_NOT_KEPT = (
    "Not recomputable: the answers of that time were not kept with the entry, so these counts rest "
    "on the word of whoever gave the badge."
)


@dataclass(frozen=True)
class EntryCard:
    """What a page shows of an entry. The texts are still to be escaped.

    Attributes:
        title: Its name.
        badge, badge_meaning: What the numbers rest on.
        facts: Label and value.
        links: To the web.
        figures: A row for each number: what it is, its value with interval, its meaning.
        rejudged: How its videos were judged again; empty where they were not.
        commands: How anyone computes its numbers again.
    """

    title: str
    badge: str
    badge_meaning: str
    facts: tuple[tuple[str, str], ...]
    links: tuple[str, ...]
    figures: tuple[dict[str, str], ...]
    rejudged: str
    commands: str


def entry_card(entry: Entry, row: Row) -> EntryCard:
    """An entry with its row in a table."""
    return EntryCard(
        title=row.title,
        badge=row.badge,
        badge_meaning=BADGES[row.badge],
        facts=tuple((label, value) for label, value in _facts(entry, row) if value),
        links=row.links,
        figures=tuple(
            {
                "Number": column.label,
                "Value [95 %]": figure_text(figure, share=column.kind == "share"),
                "Meaning": column.meaning,
            }
            for column in table_columns([row])
            if (figure := row.figures.get(column.name))
        ),
        rejudged=_rejudged(entry),
        commands=_commands(entry),
    )


def _facts(entry: Entry, row: Row) -> list[tuple[str, str]]:
    submission, run = entry.submission, entry.run
    facts = [
        ("Rank", str(row.standing) if row.standing else f"none: {row.unranked}"),
        ("Method", row.method),
        ("Backbone", row.backbone),
        ("Revision", submission.revision or ""),
        ("Settings", as_lines(submission.settings)),
        ("Seed of the videos", seed_text(submission)),
        ("Takes", takes_text(entry)),
        ("Weights", WEIGHTS[row.open_weights]),
        ("License", row.license),
        ("Contact", submission.contact or ""),
        ("Added", row.added.isoformat()),
        ("Source", row.source),
        ("Note", row.note),
    ]
    if entry.edition:
        stamp = entry.edition
        facts.append(("Edition", edition_label(stamp.name, stamp.fingerprint)))
    if run and run.judge:
        facts += [
            ("Judge", judge_label(run)),
            ("Judge's settings", as_lines(run.judge.identity)),
        ]
    if run:
        facts.append(("Software", as_lines(run.versions)))
    return facts


def takes_text(entry: Entry) -> str:
    """What several videos of a sample tell; empty where there are none."""
    takes = entry.scores.takes if entry.scores else None
    return "\n".join(spread_lines(takes)) if takes else ""


def _rejudged(entry: Entry) -> str:
    again = entry.info.rejudged
    if again is None:
        return ""
    return (
        f"{again.agreed} of {again.questions} answers about {again.samples} samples, drawn at "
        f"random (share {again.share:g}, seed {again.seed}), agreed when the maintainers judged "
        f"the videos again on {again.date.isoformat()}; {again.lost} were right in the log only, "
        f"{again.gained} only this time."
        + (f" Of these samples: {again.other_frames.in_words}." if again.other_frames else "")
        + ("" if entry.recomputable else f" {_NOT_KEPT}")
    )


def _commands(entry: Entry) -> str:
    if entry.info.badge == "reported":
        return ""
    lines = [f"omiti2v leaderboard verify {entry.id}"]
    if entry.info.badge in LOGGED:
        lines.append(f"omiti2v leaderboard rejudge {entry.id} VIDEOS --judge JUDGE")
    return "\n".join(lines)


def findings_text(run: Run) -> str:
    """How many of an entry's videos have which findings of `check`; empty where none has any."""
    videos = [{finding.code for finding in video.findings} for video in run.videos]
    counts = Counter(code for codes in videos for code in codes)
    named = ", ".join(f"{code} {count}" for code, count in sorted(counts.items()))
    return f"Findings in its {counted(len(videos), 'video')}: {named}." if named else ""


def answer_rows(run: Run) -> list[dict[str, str | float | None]]:
    """Every answer of an entry's log, as the cells of a table, row by row."""
    questions = {
        (sample.id, question.id): question
        for sample in run.edition.samples
        for question in sample.questions
    }
    asked = [(questions[row.sample_id, row.question_id], row) for row in run.responses]
    return [
        {
            "Sample": row.video_id,
            "Question": question.question,
            "Role": question.role,
            "Expected": question.expected_answer,
            "Answer": row.answer,
            "P(yes)": row.p_yes,
            "Reason": row.reason,
        }
        for question, row in asked
    ]


def entry_markup(card: EntryCard) -> str:
    """The facts of an entry."""
    return page_environment("leaderboard.site").get_template("entry.html").render(card=card)


def show_entry_section(site: Site, view: BoardView) -> None:
    """The entry that the reader chose, in the table or by the address."""
    st.header("One entry in full")
    labels = view.labels
    wanted = st.query_params.get("entry")
    if wanted and wanted not in labels and "entry" not in st.session_state:
        st.warning(
            "The address names an entry that is not in this table. It may be of another edition "
            "or judge, or have been removed."
        )
    chosen = st.selectbox(
        "Entry",
        list(labels),
        index=None,
        # The id is what stands in the address.
        format_func=str,
        placeholder="Choose one here, or tick its row in the table",
        key="entry",
        bind="query-params",
    )
    if chosen is None:
        return
    found = site.board.by_id[chosen]
    row = next(row for row in view.table.rows if row.id == chosen)
    card = entry_card(found, row)
    st.markdown(f"### {as_markdown(card.title)}")
    st.html(entry_markup(card))
    show_table(
        card.figures,
        height=min(420, 38 + 35 * len(card.figures)),
        key="figures",
        alt="All numbers of this entry",
    )
    show_estimates(site, found)
    if card.commands:
        st.caption("To compute its numbers again")
        st.code(card.commands, language="bash", wrap_lines=True)
    if found.info.badge in LOGGED:
        if findings := findings_text(site.run(found)):
            st.caption(findings)
        _show_answers(site, found)


def _show_answers(site: Site, found: Entry) -> None:
    if not st.toggle("Every answer of its log", key=f"answers {found.id}"):
        return
    show_table(
        answer_rows(site.run(found)),
        numbers={"P(yes)": plain_number},
        key="answers",
        alt="Every answer of this entry's log",
    )
