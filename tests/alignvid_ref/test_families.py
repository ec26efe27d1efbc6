"""The families against the diffusers that is installed."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from types import SimpleNamespace

import diffusers
import pytest
import torch
from diffusers.models import transformers

from alignvid_ref import AlignVidConfig
from alignvid_ref.families import FAMILIES
from alignvid_ref.presets import PRESETS
from alignvid_ref.sites import check_family
from omiti2v.errors import UserError

EXPORTED = {name: cls for name, cls in vars(transformers).items() if inspect.isclass(cls)}
IN_FAMILIES = {name for family in FAMILIES.values() for name in family.transformers}
QK_NORM = re.compile(r"norm_(added_)?[qk]\b|[qk]_(rms_)?norm\b|qk_norm|(query|key)_norm")


def listed() -> dict[str, set[str]]:
    """The transformers that each part of the page names, by the title of the part."""
    page = (Path(__file__).parents[2] / "docs" / "alignvid-transformers.md").read_text()
    parts = [part.partition("\n") for part in page.split("\n## ")[1:]]
    return {title: set(re.findall(r"`(\w+)`", text)) & set(EXPORTED) for title, _, text in parts}


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
        kinds = (diffusers.DiffusionPipeline, diffusers.ModularPipeline)
        assert issubclass(getattr(diffusers, pipeline), kinds)


def test_families_of_one_class_are_told_by_the_image_branch() -> None:
    for family in FAMILIES.values():
        same = [other for other in FAMILIES.values() if other.transformers == family.transformers]
        assert len({other.has_image_branch for other in same}) == len(same)
        assert len(same) == 1 or family.image_branch


def test_every_transformer_of_diffusers_is_in_a_family_or_refused_with_a_reason() -> None:
    supported, *refused = listed().values()
    assert supported == IN_FAMILIES
    assert set().union(*refused) == set(EXPORTED) - IN_FAMILIES
    assert sum(map(len, refused)) == len(EXPORTED) - len(IN_FAMILIES)  # one reason each


@pytest.mark.parametrize("name", sorted(set(EXPORTED) - IN_FAMILIES))
def test_the_page_says_truly_whether_a_refused_transformer_has_a_qk_norm(name: str) -> None:
    source = inspect.getsource(inspect.getmodule(EXPORTED[name]))  # type: ignore[arg-type]
    (title,) = (title for title, names in listed().items() if name in names)
    if not title.startswith("Refused: no text"):
        assert bool(QK_NORM.search(source)) == (title != "Refused: no QK norm")


@pytest.mark.parametrize("name", sorted(set(EXPORTED) - IN_FAMILIES))
def test_a_transformer_in_no_family_is_refused_in_one_line(name: str) -> None:
    transformer = torch.nn.Module.__new__(EXPORTED[name])
    for family in FAMILIES.values():
        with pytest.raises(UserError, match=f"got {name}; no family here has it") as caught:
            check_family(transformer, family)
        assert "\n" not in str(caught.value)


def test_a_pipeline_with_a_transformer_in_no_family_is_refused_in_one_line() -> None:
    pipe = type("MochiPipeline", (SimpleNamespace,), {})(transformer=torch.nn.Linear(1, 1))
    with pytest.raises(UserError, match="no preset for MochiPipeline; there are") as caught:
        AlignVidConfig.for_pipeline(pipe)
    assert "\n" not in str(caught.value)
    assert "docs/alignvid-transformers.md" in str(caught.value)
