"""Settings of the methods."""

from __future__ import annotations

from typing import Any

import pytest

from alignvid_ref.baselines import AlgConfig, BlurConfig, DymosConfig
from omiti2v.errors import UserError

CONFIGS = [
    AlgConfig(scale=0.5, until=0.1),
    DymosConfig(strength=-0.3, until=1, queries="all"),
    BlurConfig(radius=2, side=256),
]


@pytest.mark.parametrize("config", CONFIGS)
def test_json_gives_the_config_back(config: Any) -> None:
    assert type(config).from_json(config.to_json()) == config
    assert type(config).from_json("{}") == type(config)() != config


@pytest.mark.parametrize(
    ("cls", "text", "problem"),
    [
        (AlgConfig, '{"scale": 0}', "scale: expected a number above 0 and up to 1, got 0"),
        (AlgConfig, '{"until": 1.1}', "until: expected a number above 0 and up to 1, got 1.1"),
        (DymosConfig, '{"strength": NaN}', "strength: expected a number above -100 and up to 100"),
        (DymosConfig, '{"strength": true}', "strength: expected a number .* got True"),
        (DymosConfig, '{"queries": "some"}', "queries: expected one of generated, all, got 'some'"),
        (DymosConfig, '{"gamma": 1}', "gamma: no such setting; there are strength, until, queries"),
        (BlurConfig, '{"radius": "1"}', "radius: expected a number .* got '1'"),
        (BlurConfig, "[]", "BlurConfig: expected an object, got list"),
        (BlurConfig, "{", "BlurConfig: expected JSON"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(cls: Any, text: str, problem: str) -> None:
    with pytest.raises(UserError, match=problem):
        cls.from_json(text)
