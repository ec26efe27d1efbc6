"""The server's options, and what Python finds when its scripts run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from leaderboard.entries.run_zip import DEFAULT_UPLOAD_LIMITS
from leaderboard.site.server import SITE_APP, server_options
from leaderboard.site.state import REFRESH_SECONDS


def test_the_server_refuses_large_uploads_at_the_door_and_tells_nobody_anything() -> None:
    options = server_options(address="127.0.0.1", port=1)
    assert options["server_maxUploadSize"] == DEFAULT_UPLOAD_LIMITS.max_zip_bytes >> 20
    assert options["client_showErrorDetails"] == "none"
    assert options["browser_gatherUsageStats"] is False


def test_a_board_that_can_not_be_read_again_is_shown_for_days() -> None:
    options = server_options(address="127.0.0.1", port=1)
    shown_for = options["runner_cacheBackgroundRefreshTTLMultiplier"]
    assert isinstance(shown_for, float)
    assert shown_for * REFRESH_SECONDS > 5 * 24 * 3600


def test_no_module_lies_beside_the_script() -> None:
    # Streamlit puts its folder first on the path: what lies there would shadow others' modules.
    assert {path.name for path in SITE_APP.parent.glob("*.py")} == {"__init__.py", SITE_APP.name}


def test_the_site_runs_in_a_folder_with_packages_of_our_names(tmp_path: Path) -> None:
    for name in ("leaderboard", "evaluators", "omiti2v", "board", "settings"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('the wrong one')\n")
    code = (
        "from streamlit.testing.v1 import AppTest\n"
        "from leaderboard.site.server import SITE_APP\n"
        "app = AppTest.from_file(str(SITE_APP), default_timeout=120).run()\n"
        "assert not app.exception, app.exception\n"
        "print(app.title[0].value)\n"
    )
    # -P as the installed command: the working directory is not on the path.
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == "OmitI2V leaderboard", done.stderr
