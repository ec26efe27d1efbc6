"""The families against the diffusers that is installed."""

from __future__ import annotations

import diffusers
import pytest

from alignvid_ref.families import FAMILIES
from alignvid_ref.presets import PRESETS


@pytest.mark.parametrize("name", FAMILIES)
def test_every_transformer_of_a_family_is_a_class_of_diffusers(name: str) -> None:
    family = FAMILIES[name]
    assert family.name == name
    assert family.sites
    for transformer in family.transformers:
        assert issubclass(getattr(diffusers, transformer), diffusers.ModelMixin)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_names_sites_of_its_family_and_pipelines_of_diffusers(name: str) -> None:
    preset = PRESETS[name]
    for sites in preset.forms.values():
        assert sites.keys() <= FAMILIES[preset.family].sites.keys()
    for pipeline in preset.pipelines:
        assert issubclass(getattr(diffusers, pipeline), diffusers.DiffusionPipeline)


def test_families_of_one_class_are_told_by_the_image_branch() -> None:
    for family in FAMILIES.values():
        same = [other for other in FAMILIES.values() if other.transformers == family.transformers]
        assert len({other.has_image_branch for other in same}) == len(same)
        assert len(same) == 1 or family.image_branch
