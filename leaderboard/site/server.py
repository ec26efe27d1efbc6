"""Starting Streamlit with the settings that the pages need."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import leaderboard
from leaderboard.entries.run_zip import DEFAULT_UPLOAD_LIMITS
from leaderboard.site.limits import UploadLimits
from leaderboard.site.serving import LIMITS, serve
from leaderboard.site.settings import Settings, hand_over
from omiti2v.errors import UserError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

logger = logging.getLogger(__name__)

# Streamlit puts a script's folder first on the path of modules, so that each has a folder of its
# own: no module of ours may take the place of another's.
_PACKAGE = Path(leaderboard.__file__).parent
SITE_APP = _PACKAGE / "site" / "app" / "site_app.py"

_COLLECT_SECONDS = 5.0
_FREEZE_SECONDS = 600.0  # as often as a board is read again, see `state.REFRESH_SECONDS`


def server_options(*, address: str, port: int) -> dict[str, object]:
    """Streamlit's options, by the names of its command line.

    Errors are logged and not shown, no statistics are sent to anyone, no file of the checkout is
    watched, and an upload is refused at the door where it is larger than the limit.
    """
    return {
        "server_address": address,
        "server_port": port,
        "server_headless": True,
        "server_fileWatcherType": "none",
        "server_maxUploadSize": DEFAULT_UPLOAD_LIMITS.max_zip_bytes >> 20,
        "server_enableStaticServing": False,
        "browser_gatherUsageStats": False,
        "client_showErrorDetails": "none",
        "client_toolbarMode": "viewer",
        # Cells may begin like a formula; the pages have downloads of their own that mind this.
        "client_disableDataExport": True,
        "runner_magicEnabled": False,
        # A full collection of the whole process after every run of a script costs more than all
        # else that a visitor does; `_keep_tidy` has one every few seconds.
        "runner_postScriptGC": False,
        "server_maxWidgetStateSize": LIMITS.message_bytes >> 20,
        # A board that can't be read again is shown as it was, for a week.
        "runner_cacheBackgroundRefreshTTLMultiplier": 40_000.0,
        # Captions and pinned columns have this color at 60 %, which must still be readable.
        "theme_light_textColor": "#0b0f14",
        "theme_light_primaryColor": "#0a63a5",
        "theme_dark_primaryColor": "#5cb3ef",
        "theme_headingFontSizes": ["2rem", "1.5rem", "1.25rem", "1.1rem", "1rem", "0.9rem"],
    }


def run_server(settings: Settings, *, address: str, port: int) -> None:
    """Serve a board until interrupted.

    Args:
        settings: What to show.
        address, port: To listen on.

    Raises:
        UserError: The port is taken.
    """
    from streamlit.web import bootstrap

    hand_over(settings)
    # Before anything is kept: how long it is kept is an option, too.
    bootstrap.load_config_options(flag_options=server_options(address=address, port=port))
    import streamlit as st
    from starlette.routing import Route

    serve(
        # Streamlit knows its first page by no address but `/`.
        st.App(SITE_APP, routes=[Route("/board", _to_front)]),
        address=address,
        port=port,
        companion=lambda uploads: _keep_tidy(uploads, lambda: _prepare(settings)),
    )


def _prepare(settings: Settings) -> None:
    # Imported here, for Streamlit reads its options as soon as a cache is declared.
    from leaderboard.site.pages import find_pages
    from leaderboard.site.state import open_site

    try:
        open_site(settings)
    except UserError as error:
        # The page says so; it tries again for each visitor.
        logger.warning("%s", error)
    for page in find_pages():
        page.load()


def _to_front(request: Request) -> Response:
    from starlette.responses import RedirectResponse

    query = request.url.query
    return RedirectResponse(f"./?{query}" if query else "./")


async def _keep_tidy(uploads: UploadLimits, prepare: Callable[[], None]) -> None:
    """Prepare, then give back what visitors have left behind, every few seconds."""
    try:
        await asyncio.to_thread(prepare)
    except Exception:
        logger.exception("the first visitor will wait")
    frozen = float("-inf")
    while True:
        _drop_left_uploads(uploads)
        if time.monotonic() - frozen > _FREEZE_SECONDS:
            gc.unfreeze()
            gc.collect()
            # The libraries and the board, which nobody leaves behind: without them a collection
            # takes next to nothing.
            gc.freeze()
            frozen = time.monotonic()
        else:
            gc.collect()
        await asyncio.sleep(_COLLECT_SECONDS)


def _drop_left_uploads(uploads: UploadLimits) -> None:
    from streamlit import runtime

    if not runtime.exists():
        return
    found = runtime.get_instance()
    for owner in uploads.owners():
        session = owner.rpartition("/")[2]
        if not found.is_active_session(session):
            found.uploaded_file_mgr.remove_session_files(session)
            uploads.forget(owner)
