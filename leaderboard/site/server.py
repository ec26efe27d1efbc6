"""Starting Streamlit with the settings that the site needs."""

from __future__ import annotations

import logging
import threading
from importlib import import_module
from pathlib import Path

from leaderboard.entries.limits import DEFAULT_UPLOAD_LIMITS
from leaderboard.site.opening import OPENER
from leaderboard.site.settings import Settings, read_settings
from omiti2v.errors import UserError

logger = logging.getLogger(__name__)

VIEWS = ("board", "charts", "compare", "samples", "dataset", "submit", "about")
"""The pages, in the order of the navigation; each a module of `leaderboard.site.views`."""

APP = Path(__file__).with_name("app.py")


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
        # Captions and pinned columns have this colour at 60 %, which must still be readable.
        "theme_light_textColor": "#0b0f14",
        "theme_light_primaryColor": "#0a63a5",
        "theme_dark_primaryColor": "#5cb3ef",
        "theme_headingFontSizes": ["2rem", "1.5rem", "1.25rem", "1.1rem", "1rem", "0.9rem"],
    }


def prepare(settings: Settings) -> None:
    """Read the board and load the pages' code, so that the first visitor need not wait for it."""
    import_module("leaderboard.site.views.board")
    try:
        OPENER.open(settings)
    except UserError as error:
        # The page says so; it tries again for each visitor.
        logger.warning("%s", error)
    for name in VIEWS:
        import_module(f"leaderboard.site.views.{name}")


def run_server(*, address: str, port: int) -> None:
    """Serve the site until interrupted.

    Args:
        address: To listen on.
        port: To listen on.
    """
    threading.Thread(target=prepare, args=(read_settings(),), daemon=True).start()
    serve_app(APP, address=address, port=port)


def serve_app(app: Path, *, address: str, port: int) -> None:
    """Serve a script of Streamlit's with `server_options` until interrupted.

    Args:
        app: The script.
        address: To listen on.
        port: To listen on.
    """
    from streamlit.web import bootstrap

    options = server_options(address=address, port=port)
    bootstrap.load_config_options(flag_options=options)
    bootstrap.run(str(app), is_hello=False, args=[], flag_options=options)
