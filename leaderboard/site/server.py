"""Starting Streamlit with the settings that the pages need."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import leaderboard
from leaderboard.entries.upload import DEFAULT_UPLOAD_LIMITS
from leaderboard.site.settings import Settings, hand_over
from omiti2v.errors import UserError

logger = logging.getLogger(__name__)

# Streamlit puts a script's folder first on the path of modules, so that each has a folder of its
# own: no module of ours may take the place of another's.
_PACKAGE = Path(leaderboard.__file__).parent
SITE_APP = _PACKAGE / "site" / "app" / "site_app.py"
REVIEW_APP = _PACKAGE / "review" / "app" / "review_app.py"


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
        # A board that can't be read again is shown as it was, for a week.
        "runner_cacheBackgroundRefreshTTLMultiplier": 1000.0,
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
    """
    serve_app(SITE_APP, settings, address=address, port=port, prepare=lambda: _prepare(settings))


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


def serve_app(
    app: Path,
    settings: object,
    *,
    address: str,
    port: int,
    prepare: Callable[[], None] | None = None,
) -> None:
    """Serve a script with `server_options` until interrupted.

    Args:
        app: The script, as `SITE_APP`.
        settings: What the script reads with `read_settings`.
        address, port: To listen on.
        prepare: Runs in the background, so that the first visitor need not wait for what it reads.
    """
    from streamlit.web import bootstrap

    hand_over(settings)
    options = server_options(address=address, port=port)
    # Before anything is kept: how long it is kept is an option, too.
    bootstrap.load_config_options(flag_options=options)
    if prepare:
        threading.Thread(target=prepare, daemon=True).start()
    bootstrap.run(str(app), is_hello=False, args=[], flag_options=options)
