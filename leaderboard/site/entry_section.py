"""One entry in full, below the table."""

from __future__ import annotations

import pyarrow as pa
import streamlit as st

from leaderboard.entries import Entry
from leaderboard.entries.safe_text import as_markdown
from leaderboard.site.board_table import BoardView
from leaderboard.site.choices import link_to
from leaderboard.site.entry_details import LOGGED, answer_rows, entry_card, entry_markup
from leaderboard.site.state import Site
from leaderboard.site.widgets import chosen_table


def show_entry_section(site: Site, view: BoardView) -> None:
    """The entry that the reader chose, in the table or by the address."""
    st.subheader("One entry in full")
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
    st.markdown(f"#### {as_markdown(card.title)}")
    st.html(entry_markup(card))
    st.dataframe(
        pa.table(
            {
                "Number": [label for label, _, _ in card.figures],
                "Value [95 %]": [value for _, value, _ in card.figures],
                "Meaning": [meaning for _, _, meaning in card.figures],
            }
        ),
        hide_index=True,
        height=min(420, 38 + 35 * len(card.figures)),
        key="figures",
        alt="All numbers of this entry",
    )
    st.caption("Address of this entry")
    st.code(link_to("", {**chosen_table(), "entry": chosen}), language=None)
    if card.commands:
        st.caption("To compute its numbers again")
        st.code(card.commands, language="bash")
    if found.info.badge in LOGGED:
        _show_answers(site, found)


def _show_answers(site: Site, found: Entry) -> None:
    if not st.toggle("Every answer of its log", key=f"answers {found.id}"):
        return
    st.dataframe(
        pa.table(answer_rows(site.run(found))),
        hide_index=True,
        column_config={"P(yes)": st.column_config.NumberColumn(format="%.3f")},
        key="answers",
        alt="Every answer of this entry's log",
    )
