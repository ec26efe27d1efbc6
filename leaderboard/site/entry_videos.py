"""An entry's videos: files of this server, or links that its submission gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit

import streamlit as st

from leaderboard.entries import Entry
from leaderboard.entries.display_text import as_markdown, link_or_none
from leaderboard.report.page_videos import VIDEO_TYPES, video_data_uri
from leaderboard.site.state import Site
from leaderboard.site.video_player import play_in_step
from omiti2v.errors import UserError
from omiti2v.ordinary_file import read_file
from omiti2v.takes import by_sample, sample_of, take_of

MAX_VIDEO_BYTES = 24 << 20
_NO_VIDEOS = (
    "No video of this sample is at hand: boards keep logs, not videos. Whoever runs this server "
    "can start it with --videos FOLDER, the files in it as EDITION/ENTRY/SAMPLE.mp4, or "
    "EDITION/ENTRY/SAMPLE/SEED.mp4 where there are several takes. A submission can say in "
    "`submission.yaml` where its videos lie on the web."
)


def video_uri(videos: Path | None, entry: Entry, video_id: str) -> str | None:
    """An entry's video as a `data:` URI; None where it is not at hand.

    Args:
        videos: Holds `<edition>/<entry>/<sample id>.mp4`, or `<sample id>/<seed>.mp4` there.
        entry: Whose.
        video_id: Which; see `omiti2v.takes`.
    """
    if videos is None:
        return None
    for suffix in VIDEO_TYPES:
        take = take_of(video_id)
        name = sample_of(video_id) if take is None else f"{sample_of(video_id)}/{take}"
        path = videos / entry.folder / entry.slug / f"{name}{suffix}"
        try:
            content = read_file(path, limit=MAX_VIDEO_BYTES, inside=videos)
        except UserError:
            continue
        if uri := video_data_uri(content, suffix):
            return uri
    return None


def video_link(entry: Entry, video_id: str) -> str | None:
    """Where an entry's submission says that a video lies on the web; None where it does not.

    Args:
        entry: Whose.
        video_id: Which; one of several takes needs a pattern with `{seed}`.
    """
    pattern, take = entry.submission.videos, take_of(video_id)
    if pattern is None or (take is None) == ("{seed}" in pattern):
        return None
    # Only what was a safe address before can be one after: an id can't leave its place.
    filled = pattern.replace("{id}", quote(sample_of(video_id), safe=""))
    return link_or_none(filled.replace("{seed}", str(take)))


def show_videos(site: Site, entries: Mapping[str, str], sample_id: str) -> None:
    """The videos of a sample side by side, in step.

    What lies on the web is asked for only once the reader has said so; all else is this server's.

    Args:
        site: The board.
        entries: What entries with a log are called, by id.
        sample_id: Of which sample.
    """
    found: list[tuple[str, str]] = []
    linked: list[tuple[str, str]] = []
    wanted = 0
    for entry_id, name in entries.items():
        entry = site.board.by_id[entry_id]
        logged = by_sample(site.run(entry).with_video).get(sample_id, [])
        if not logged:
            st.caption(as_markdown(f"{name}: its log has no video of this sample."))
        for video_id in logged:
            wanted += 1
            take = take_of(video_id)
            title = name if take is None else f"{name}, seed {take}"
            if uri := video_uri(site.settings.videos, entry, video_id):
                found.append((title, uri))
            elif link := video_link(entry, video_id):
                linked.append((title, link))
    key = " ".join((sample_id, *entries))
    if linked and _may_load(linked, key=key):
        found += linked
    if found:
        play_in_step(found, key=f"together {key}")
        if len(found) + len(linked) < wanted:
            st.caption(f"{len(found)} of {wanted} videos of this sample are at hand.")
    elif wanted and not linked:
        st.info(_NO_VIDEOS)


def _may_load(linked: Sequence[tuple[str, str]], *, key: str) -> bool:
    """Whether the reader has asked for the videos that lie elsewhere."""
    hosts = sorted({urlsplit(link).netloc for _, link in linked})
    if st.session_state.get("loaded videos") == key:
        return True
    many = len(linked) > 1
    # Never from the address: a link that someone sends must not make a browser call elsewhere.
    clicked = st.button(
        f"Load {len(linked)} videos from the web" if many else "Load a video from the web",
        key=f"load {key}",
    )
    st.text(
        f"{'They lie' if many else 'It lies'} at {', '.join(hosts)}, where "
        f"{'the submissions' if many else 'the submission'} put it. Until you ask for it, your "
        "browser calls nobody but this server; then that host learns your address, and what it "
        "sends may be another video than the one that was judged."
    )
    if clicked:
        st.session_state["loaded videos"] = key
        st.rerun()
    return False
