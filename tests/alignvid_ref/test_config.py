"""The settings: what they accept, what they refuse, and that JSON gives them back."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignvid_ref import AlignVidConfig, FractionWindow, TimestepWindow
from alignvid_ref.families import FAMILIES
from omiti2v.errors import UserError


def config(**changes: Any) -> AlignVidConfig:
    return AlignVidConfig(**({"family": "wan", "sites": {"text_key": 1}} | changes))


windows = st.one_of(
    st.builds(
        lambda low, width: TimestepWindow(low, None if width is None else low + width),
        st.floats(0, 500),
        st.none() | st.floats(1, 500),
    ),
    st.builds(
        lambda start, width: FractionWindow(start, start + width),
        st.floats(0, 0.5),
        st.floats(0.01, 0.5),
    ),
)


@st.composite
def configs(draw: st.DrawFn) -> AlignVidConfig:
    family = FAMILIES[draw(st.sampled_from(sorted(FAMILIES)))]
    names = draw(st.lists(st.sampled_from(sorted(family.sites)), min_size=1, unique=True))
    blocks = draw(
        st.none()
        | st.just("first-half")
        | st.lists(st.integers(0, 59), min_size=1).map(lambda found: tuple(found))
    )
    return AlignVidConfig(
        family=family.name,
        sites={name: draw(st.sampled_from((1, 2))) for name in names},  # type: ignore[arg-type]
        gamma=draw(st.floats(0.01, 10)),
        modulation=draw(st.sampled_from(("scalar", "energy", "conflict"))),
        blocks=blocks,
        window=draw(windows),
        evidence=draw(st.sampled_from(("paper", "none"))),
    )


@given(configs())
def test_json_gives_back_an_equal_config(made: AlignVidConfig) -> None:
    assert AlignVidConfig.from_json(made.to_json()) == made


@given(configs())
def test_a_config_is_frozen_and_hashable(made: AlignVidConfig) -> None:
    hash(made)
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.gamma = 2.0  # type: ignore[misc]


def test_importing_the_package_imports_neither_torch_nor_diffusers() -> None:
    program = (
        "import sys, alignvid_ref, alignvid_ref.config, alignvid_ref.presets\n"
        "alignvid_ref.AlignVidConfig.preset('framepack')\n"
        "assert not {'torch', 'diffusers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"family": "sd3"}, "family: expected one of wan-i2v"),
        ({"modulation": "cosine"}, "modulation: expected one of scalar, energy, conflict"),
        ({"evidence": "rumour"}, "evidence: expected one of paper, none"),
        ({"gamma": 0}, "gamma: expected a number above 0"),
        ({"gamma": float("nan")}, "gamma: expected a number above 0"),
        ({"gamma": 11}, "gamma: expected a number above 0 and up to 10"),
        ({"gamma": "1.35"}, "gamma: expected a number, got '1.35'"),
        ({"gamma": True}, "gamma: expected a number, got True"),
        ({"min_gamma": 1.5}, "min_gamma: must not be over max_gamma"),
        ({"sites": {}}, "sites: none given; wan has query"),
        ({"sites": {"image_key": 1}}, "sites: wan has .*got 'image_key'"),
        ({"sites": {"text_key": 3}}, "sites: expected a power of 1 or 2"),
        ({"sites": "text_key"}, "sites: expected site names with a power each"),
        ({"blocks": []}, "blocks: expected a non-empty list"),
        ({"blocks": [-1]}, "blocks: expected a non-empty list of block indices from 0"),
        ({"blocks": [1.0]}, "blocks: expected"),
        ({"blocks": "last-half"}, "blocks: expected"),
        ({"window": "early"}, 'window: expected an object with "kind"'),
        ({"window": {"kind": "fraction", "low": 1}}, "window: unknown field"),
    ],
)
def test_a_bad_field_is_named_in_the_error(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        config(**changes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "expected JSON"),
        ("[" * 100_000, "expected JSON"),
        ("[]", "expected an object, got list"),
        ('{"family": "wan"}', "sites: missing"),
        ('{"family": "wan", "sites": {"text_key": 1}, "gama": 1}', "gama: no such setting"),
    ],
)
def test_settings_that_are_not_a_config_are_refused(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        AlignVidConfig.from_json(text)


def test_block_indices_are_sorted_and_counted_once() -> None:
    assert config(blocks=[3, 1, 3]).blocks == (1, 3)


@pytest.mark.parametrize(
    ("blocks", "depth", "expected"),
    [
        (None, 3, (0, 1, 2)),
        ("first-half", 4, (0, 1)),
        ("first-half", 5, (0, 1, 2)),
        ((0, 2), 3, (0, 2)),
    ],
)
def test_blocks_resolve_against_the_depth(
    blocks: Any, depth: int, expected: tuple[int, ...]
) -> None:
    assert config(blocks=blocks).block_indices(depth) == expected


def test_a_block_beyond_the_depth_is_an_error_rather_than_dropped() -> None:
    with pytest.raises(UserError, match="has 3 blocks, the settings name block 3"):
        config(blocks=(0, 3)).block_indices(3)


def test_replacing_a_field_validates_it() -> None:
    with pytest.raises(UserError, match="gamma: "):
        config().replace(gamma=-1)
    with pytest.raises(UserError, match="gama: no such setting"):
        config().replace(gama=1)
