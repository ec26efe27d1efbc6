"""The served review page answers its own browser alone: another one would write false answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from streamlit_visitors import Served, answer, served

from omiti2v.editions import Edition


@pytest.fixture(scope="module")
def page(
    tmp_path_factory: pytest.TempPathFactory, make_edition: Callable[..., Edition]
) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("review")
    make_edition(home / "annotations", count=1)
    command = ("data", "review", "--name", "ada", "--annotations", str(home / "annotations"))
    with served(home, *command) as found:
        yield found


@pytest.fixture
def cookie(page: Served) -> str:
    """What the browser keeps that has opened the printed link."""
    status, headers, _ = answer(page.link)
    kept, *attributes = headers["set-cookie"].split("; ")
    assert status == 200
    assert {"HttpOnly", "SameSite=Strict"} <= set(attributes)
    return kept


def status(page: Served, *, name: str | None = None, **headers: str) -> int:
    """The status of a request for the questions, as the browser knows the page by a name."""
    port = page.url.rpartition(":")[2]
    seen = {"Host": f"{name}:{port}", "Origin": f"http://{name}:{port}"} if name else {}
    return answer(f"{page.url}/questions", headers=headers | seen)[0]


def test_the_browser_that_opened_the_link_is_asked(page: Served, cookie: str) -> None:
    assert status(page, Cookie=cookie) == 200


def test_who_has_not_opened_the_link_sees_nothing(page: Served, cookie: str) -> None:
    assert status(page) == 403
    assert status(page, Cookie=f"{cookie}x") == 403
    assert answer(f"{page.url}/?token=guess")[0] == 403


def test_a_page_of_another_name_or_port_is_refused_even_with_the_cookie(
    page: Served, cookie: str
) -> None:
    assert status(page, name="evil.example", Cookie=cookie) == 403
    assert status(page, Cookie=cookie, Origin="http://localhost:3000") == 403
