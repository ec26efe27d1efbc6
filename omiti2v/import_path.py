"""The packages that come with omiti2v, found where they were installed and nowhere else.

`evaluators` and `leaderboard` are names that other people's files have too. Such a file in the
working directory must not take their place, and one that does, elsewhere on Python's path, is named
in one line instead of failing somewhere inside.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from omiti2v.errors import UserError

ROOT = Path(__file__).resolve().parent.parent
"""Where the four packages lie side by side: a checkout, or the folder they are installed in."""

OTHER_PACKAGES = ("evaluators", "leaderboard", "alignvid_ref")


def require_own_packages(root: Path = ROOT) -> None:
    """Check that no other module is found under the names of our packages; imports none of them.

    Args:
        root: The folder that they lie in.

    Raises:
        UserError: There is such a module, or a package of ours is gone.
    """
    for name in OTHER_PACKAGES:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise UserError(f"{root / name}: the package is not there; install omiti2v again")
        if Path(spec.origin).resolve().parent != root / name:
            raise UserError(
                f"{spec.origin}: a module named {name}, earlier on Python's path than the "
                f"{name} of omiti2v in {root}; rename it, take its folder off PYTHONPATH, or "
                "install omiti2v in an environment of its own"
            )
