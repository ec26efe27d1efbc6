"""Starting Streamlit for one reviewer."""

from __future__ import annotations

from pathlib import Path

from leaderboard.site.server import serve_app

APP = Path(__file__).with_name("app.py")


def run_review_server(*, address: str, port: int) -> None:
    """Serve the review until interrupted, with the site's options.

    Args:
        address: To listen on.
        port: To listen on.
    """
    serve_app(APP, address=address, port=port)
