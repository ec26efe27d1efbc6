"""Which videos of a run can be read now, and by which names."""

from __future__ import annotations

import pytest

from evaluators.run_state.presence import Presence, find_presence, said_of
from omiti2v.errors import UserError
from omiti2v.findings import VideoReport
from omiti2v.takes import sample_of, take_of

A, B, C = "a" * 64, "b" * 64, "c" * 64


def known(**digests: str | None) -> list[VideoReport]:
    """Videos of a run, of which file and id are alike; `s_1` is take 1 of `s`."""
    return [
        VideoReport(sample_id=sample_of(video), take=take_of(video), file=video, sha256=digest)
        for video, digest in ((name.replace("_", "@"), digest) for name, digest in digests.items())
    ]


def find(
    logged: list[VideoReport],
    digests: dict[str, str],
    unreadable: dict[str, tuple[str, str]] | None = None,
    *,
    forget: bool = False,
) -> Presence:
    return find_presence(logged, digests, unreadable or {}, forget_missing=forget)


def test_a_row_stays_while_its_file_is_as_it_was_or_can_t_be_read() -> None:
    found = find(known(s=A, t=A, u=A, v=None), {"s": A, "t": B}, {"u": ("u", "an empty file")})
    assert found.holds("s", A)
    assert not found.holds("t", A)
    assert found.kept == {"u": "an empty file"}
    assert found.holds("u", A)
    assert not found.holds("v", None)  # of which nothing was ever known
    assert find(known(s=A, u=A), {"s": A}, forget=True).kept == {}


def test_a_lone_video_that_is_now_a_take_is_found_by_its_content_or_its_file() -> None:
    assert find(known(s=A), {"s@1": A, "s@2": B}).moved == {"s": "s@1"}
    found = find(known(s=A), {"s@2": B}, {"s@1": ("s", "can't be read")})
    assert (found.moved, found.kept) == ({"s": "s@1"}, {"s@1": "can't be read"})


def test_a_take_that_has_another_seed_now_is_not_two() -> None:
    found = find(known(s_1=A, s_2=B), {"s@2": B, "s@7": A})
    assert (found.moved, found.kept) == ({"s@1": "s@7"}, {})
    found = find(known(s_1=A, s_2=B), {"s@2": B, "s@7": C})
    assert (found.moved, found.kept) == ({}, {"s@1": "not there"})


def test_a_take_that_is_now_alone_keeps_its_name_unless_the_others_are_forgotten() -> None:
    found = find(known(s_1=A, s_2=B), {"s": A})
    assert (found.names, found.digests) == ({"s": "s@1"}, {"s@1": A})
    assert found.kept == {"s@2": "not there"}
    found = find(known(s_1=A, s_2=B), {"s": A}, forget=True)
    assert (found.moved, found.kept, found.digests) == ({"s@1": "s"}, {}, {"s": A})


@pytest.mark.parametrize(
    ("logged", "now"), [({"s": A}, {"s@1": B, "s@2": C}), ({"s_1": A, "s_2": B}, {"s": C})]
)
def test_what_can_t_be_told_apart_is_refused_and_not_dropped(
    logged: dict[str, str], now: dict[str, str]
) -> None:
    with pytest.raises(UserError, match=r"^s: the run knows .* or --forget-missing to drop"):
        find(known(**logged), now)
    assert find(known(**logged), now, forget=True) == Presence(now)


def test_of_many_that_are_not_there_the_first_are_named() -> None:
    kept = {f"s{n}": "not there" for n in range(7)}
    assert said_of(kept, 9).startswith("2 of 9 videos are there; ")
    assert said_of(kept, 9).endswith(": s0, s1, s2, s3, s4 and 2 more: not there")
