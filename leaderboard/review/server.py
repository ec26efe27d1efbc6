"""Starting Streamlit for one reviewer."""

from __future__ import annotations

from pathlib import Path

from leaderboard.site.server import server_options

APP = Path(__file__).with_name("app.py")


def run_review_server(*, address: str, port: int) -> None:
    """Serve the review until interrupted, with the site's options.

    Args:
        address: To listen on.
        port: To listen on.
    """
    from streamlit.web import bootstrap

    options = server_options(address=address, port=port)
    bootstrap.load_config_options(flag_options=options)
    bootstrap.run(str(APP), is_hello=False, args=[], flag_options=options)
