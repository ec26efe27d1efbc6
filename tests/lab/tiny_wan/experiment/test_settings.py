"""What is run."""

from __future__ import annotations

from lab.tiny_wan.experiment.settings import (
    CONTROLS,
    DEFAULT,
    default_config,
    fixed_settings,
    measured_setting,
)

SETTINGS = [*fixed_settings(), measured_setting([1, 3])]
BY_NAME = {setting.name: setting for setting in SETTINGS}


def test_names_are_unique_and_what_is_compared_exists() -> None:
    assert len(BY_NAME) == len(SETTINGS)
    assert {setting.against for setting in SETTINGS} <= BY_NAME.keys()


def test_the_default_is_what_generate_runs() -> None:
    assert BY_NAME[DEFAULT].config == default_config()
    assert default_config().gamma == 1.35
    assert default_config().block_indices(5) == (0, 1, 2)


def test_each_variant_but_one_changes_one_thing() -> None:
    usual = default_config().to_dict()
    for setting in SETTINGS:
        if setting.config is None or setting.name == "all-blocks-all-steps":
            continue
        own = setting.config.to_dict()
        changed = [name for name, value in own.items() if value != usual[name]]
        assert len(changed) <= 1, setting.name


def test_controls_need_no_model() -> None:
    assert {setting.name for setting in SETTINGS if setting.behaviour} == CONTROLS.keys()
