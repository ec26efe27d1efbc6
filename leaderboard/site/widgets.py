"""Widgets that several pages share. Their values stand in the address, so that it can be sent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pyarrow as pa
import streamlit as st

from leaderboard.entries import BoardKey
from leaderboard.entries.display_text import as_markdown
from leaderboard.site.choices import link_to
from leaderboard.site.state import Site

if TYPE_CHECKING:
    from leaderboard.site.chart_specs import Drawing

EMPTY_BOARD = "This board has no entries yet. `omiti2v leaderboard add RUN` puts one here."


def show_table(
    cells: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]],
    *,
    alt: str,
    numbers: Mapping[str, Callable[[float], str]] | None = None,
    **options: Any,
) -> None:
    """A table that can be sorted and searched.

    Args:
        cells: A list for each column, or a mapping for each row.
        alt: What it is, for those who can't see it.
        numbers: How the numbers of a column are written; sorting goes by the numbers themselves.
        options: Of `st.dataframe`.
    """
    table = pa.table(dict(cells)) if isinstance(cells, Mapping) else pa.Table.from_pylist(cells)
    shown = {name: form for name, form in (numbers or {}).items() if name in table.column_names}
    # Streamlit's own formats know neither our minus sign nor `< 0.0001`.
    written = table.to_pandas().style.format(shown, na_rep="") if shown else table
    st.dataframe(written, hide_index=True, alt=alt, **options)


def show_chart(site: Site, place: Hashable, make: Callable[[], Drawing]) -> None:
    """A chart, written out once for all visitors who choose the same.

    Args:
        site: The board.
        place: What of the board it shows; the first part is the chart's name.
        make: Draws it.
    """
    spec = site.once(("chart", place), lambda: make().to_dict())
    name = place[0] if isinstance(place, tuple) else place
    st.vega_lite_chart(spec, width="stretch", key=f"chart {name}")


def _choices(site: Site) -> Mapping[str, Mapping[str, BoardKey]]:
    choices = site.choices()
    if not choices:
        st.info(EMPTY_BOARD)
        st.stop()
    return choices


def tell_unknown(name: str, known: Collection[str], *, what: str = "") -> None:
    """Say which values of a parameter of the address are not among those that can be chosen.

    To be called before the control that the parameter is bound to: Streamlit then leaves them out
    of the address without a word.

    Args:
        name: Of the parameter, which is the control's key.
        known: The values as they stand in an address: what the control shows.
        what: What they are called; the name where empty.
    """
    lost = [text for text in st.query_params.get_all(name) if text and text not in known]
    if lost:
        listed = ", ".join(f"\u201c{as_markdown(text[:80])}\u201d" for text in lost[:5])
        st.warning(
            f"The address asks for {(what or name).lower()} {listed}, which is not here: renamed, "
            "removed, or of another edition or judge. What is shown is without it."
        )


def choose_one(
    label: str,
    options: Sequence[str],
    *,
    key: str,
    index: int | None = 0,
    names: Mapping[str, str] | None = None,
    place: Any = st,
    **more: Any,
) -> Any:
    """One of several, by its name in the address; an unknown one there is told.

    Args:
        label: Of the control.
        options: The values.
        key: The parameter of the address.
        index: Which is chosen until the reader chooses; None for none.
        names: How the values are shown, and stand in the address; as they are where None.
        place: What to put the control into.
        more: Options of `st.selectbox`.
    """
    shown = names or {option: option for option in options}
    tell_unknown(key, {shown[option] for option in options}, what=label)
    return place.selectbox(
        label,
        list(options),
        index=index,
        format_func=lambda option: shown.get(option, option),
        key=key,
        bind="query-params",
        **more,
    )


def choose_table(site: Site, *, within: Collection[str] | None = None) -> BoardKey:
    """Edition and judge; the page stops here where the board is empty.

    Args:
        site: The board.
        within: Labels of the editions to choose from; None for all.
    """
    choices = _choices(site)
    if within is not None:
        choices = {label: judges for label, judges in choices.items() if label in within}
    left, right = st.columns(2)
    edition = choose_one(
        "Edition",
        list(choices),
        key="edition",
        help="A fixed set of samples. Numbers of different editions are never compared.",
        place=left,
    )
    judges = choices[edition]
    judge = choose_one(
        "Judge",
        list(judges),
        key="judge",
        help="Who answered the questions. Numbers of different judges are never compared.",
        place=right,
    )
    return judges[judge]


def chosen_table() -> dict[str, str]:
    """Edition and judge as the address names them."""
    return {name: st.session_state[name] for name in ("edition", "judge")}


def choose_edition(site: Site) -> BoardKey:
    """Edition alone, for pages on which the judge does not matter."""
    firsts = {label: next(iter(judges.values())) for label, judges in _choices(site).items()}
    known = {label: key for label, key in firsts.items() if key.edition_fingerprint}
    if not known:
        st.info("No entry of this board says exactly which samples it is about.")
        st.stop()
    return known[choose_one("Edition", list(known), key="edition")]


def choose_entries(
    label: str,
    names: Mapping[str, str],
    *,
    key: str,
    default: Sequence[str],
    at_most: int,
    **more: Any,
) -> list[str]:
    """Some entries by their names, which stand in the address; unknown ones there are told.

    Args:
        label: Of the control.
        names: Of all that can be chosen, by id.
        key: The parameter of the address.
        default: What is chosen until the reader chooses; ids that there are none of are left out.
        at_most: How many can be.
        more: Options of `st.multiselect`.
    """
    tell_unknown(key, set(names.values()), what="entry")
    return list(
        st.multiselect(
            label,
            list(names),
            default=[entry_id for entry_id in default if entry_id in names],
            format_func=lambda entry_id: names.get(entry_id, entry_id),
            key=key,
            bind="query-params",
            max_selections=at_most,
            select_all=False,
            **more,
        )
    )


def show_address(parameters: Mapping[str, str | Sequence[str] | None]) -> None:
    """The whole address of what a page shows, to copy.

    What is shown unless the reader chooses otherwise is named as well, so that the address leads to
    the same when there are more entries.

    Args:
        parameters: Of the page, beside edition and judge where these are chosen.
    """
    table = {name: st.session_state.get(name) for name in ("edition", "judge")}
    st.caption("Address of what is shown here")
    page = st.context.url or ""  # None without a browser, as in a test
    if page and not urlsplit(page).path:
        page += "/"
    st.code(link_to(page, {**table, **parameters}), language=None, wrap_lines=True)


def offer_download(
    label: str, make: Callable[[], str | bytes] | bytes, name: str, mime: str, **options: Any
) -> None:
    """A button that hands a file to the visitor.

    Args:
        label: On the button.
        make: The file, or what makes it: called when it is asked for, not for each visitor.
        name: The file's, after `omiti2v-`.
        mime: Its type.
        options: Of `st.download_button`.
    """
    st.download_button(
        label, make, file_name=f"omiti2v-{name}", mime=mime, on_click="ignore", **options
    )
