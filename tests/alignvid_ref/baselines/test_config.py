"""Settings of the methods."""

from __future__ import annotations

from typing import Any

import pytest

from alignvid_ref.baselines import AlgConfig, BlurConfig, DymosConfig
from omiti2v.errors import UserError
from omiti2v.records import parse_record

CONFIGS = [
    AlgConfig(scale=0.5, until=0.1),
    DymosConfig(strength=-0.3, until=1, queries="all"),
    BlurConfig(radius=2, side=256),
]


@pytest.mark.parametrize("config", CONFIGS)
def test_json_gives_the_config_back(config: Any) -> None:
    assert type(config).model_validate_json(config.model_dump_json()) == config
    assert type(config).model_validate_json("{}") == type(config)() != config


@pytest.mark.parametrize(
    ("cls", "text", "problem"),
    [
        (AlgConfig, '{"scale": 0}', "scale: .* greater than 0"),
        (AlgConfig, '{"until": 1.1}', "until: .* less than or equal to 1"),
        (DymosConfig, '{"strength": NaN}', "strength: .* finite"),
        (DymosConfig, '{"strength": true}', "strength: .* valid number"),
        (DymosConfig, '{"queries": "some"}', "queries: .*'generated' or 'all'"),
        (DymosConfig, '{"gamma": 1}', "gamma: "),
        (BlurConfig, '{"radius": "1"}', "radius: .* valid number"),
        (BlurConfig, "[]", "object"),
        (BlurConfig, "{", "JSON"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(cls: Any, text: str, problem: str) -> None:
    with pytest.raises(UserError, match=f"config: .*{problem}"):
        parse_record(cls, text, where="config")
