"""A missing extra is told in one line, with the remedy."""

from __future__ import annotations

import pytest

from omiti2v.errors import UserError
from omiti2v.extras import require_extra


def test_a_missing_extra_gives_the_pip_command() -> None:
    with pytest.raises(UserError) as caught:
        require_extra("some metric", "clip", "json", "no_such_package")
    assert str(caught.value) == (
        'some metric needs no_such_package, which is not installed: pip install "omiti2v[clip]"'
    )


def test_what_is_there_is_not_complained_about() -> None:
    require_extra("some metric", "clip", "json", "pathlib")
