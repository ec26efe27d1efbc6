"""FramePack makes a video in sections, which its pipeline counts in windows."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from alignvid_ref.generation.backbones.framepack import FRAMEPACK, FRAMEPACK_F1


@pytest.mark.parametrize(("frames", "counted"), [(37, 33), (73, 66), (181, 165)])
def test_each_section_of_36_frames_is_33_to_the_pipeline(frames: int, counted: int) -> None:
    settings = SimpleNamespace(frames=frames, sampling="vanilla")
    assert FRAMEPACK.call_arguments(None, settings) == {  # type: ignore[arg-type]
        "num_frames": counted,
        "sampling_type": "vanilla",
    }


def test_f1_differs_in_its_transformer_rate_and_sampling() -> None:
    changed = {name for name, value in vars(FRAMEPACK).items() if vars(FRAMEPACK_F1)[name] != value}
    assert changed == {"name", "summary", "alignvid", "fps", "sampling", "parts", "weights"}
    assert {
        part for part, source in FRAMEPACK.parts.items() if FRAMEPACK_F1.parts[part] != source
    } == {"transformer"}
