"""What follows from the fields of a backbone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from alignvid_ref.generation.backbones import Source
from alignvid_ref.generation.backbones.ltx import LTX


@pytest.mark.parametrize(
    ("pipeline", "package", "name"),
    [
        ("LTXPipeline", None, "LTXPipeline"),
        ("mine:Pipe", "mine", "Pipe"),
        ("mine.video.pipes:Pipe", "mine", "Pipe"),
    ],
)
def test_a_pipeline_is_of_diffusers_or_of_the_package_that_is_named(
    pipeline: str, package: str | None, name: str
) -> None:
    backbone = replace(LTX, pipeline=pipeline)
    assert (backbone.package, backbone.pipeline_name) == (package, name)


def test_weights_are_on_the_hub_or_in_a_folder() -> None:
    assert not LTX.has_weights
    assert replace(LTX, packaged=Path("weights")).has_weights
    source = Source("a/b", "0" * 40)
    assert replace(LTX, parts={"pipeline": source}).has_weights
    assert str(source) == f"a/b@{'0' * 40}"
