"""A missing extra is told in one line, with the remedy."""

from __future__ import annotations

import pytest

from omiti2v.errors import UserError
from omiti2v.extras import are_installed, require_extra, require_modules


def test_a_missing_extra_gives_the_pip_command() -> None:
    with pytest.raises(UserError) as caught:
        require_extra("some metric", "clip", "json", "no_such_package")
    assert str(caught.value) == (
        'some metric needs no_such_package, which is not installed: pip install "omiti2v[clip]"'
    )


def test_what_is_there_is_not_complained_about() -> None:
    require_extra("some metric", "clip", "json", "pathlib")


def test_another_distribution_names_its_own_remedy() -> None:
    with pytest.raises(UserError, match=r'pip install "mine\[gpu\]"'):
        require_modules("mine", "mine[gpu]", "no_such_package")


def test_what_is_installed_is_known_without_an_import() -> None:
    assert are_installed()
    assert are_installed("json", "pathlib")
    assert not are_installed("json", "no_such_package")
