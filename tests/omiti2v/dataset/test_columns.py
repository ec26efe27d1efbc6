"""Samples as rows of a table, and back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from omiti2v.dataset.columns import hub_features, row_of_sample, sample_of_row, samples_of_rows
from omiti2v.errors import UserError
from omiti2v.samples import Sample

Make = Callable[..., tuple[Sample, ...]]


def test_a_row_gives_back_the_sample_and_its_image(make_samples: Make) -> None:
    (sample,) = make_samples(1)
    row = row_of_sample(sample, b"image")
    assert list(row) == list(hub_features())
    assert sample_of_row(row, where="row") == (sample, b"image")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"image": None}, "row 1: image: expected the bytes of an image file"),
        ({"category": "replacement"}, "row 1: category: input should be"),
        ({"prompt": object()}, "row 1: .*not JSON serializable"),
    ],
)
def test_a_row_that_is_no_sample_is_named(
    changes: dict[str, object], complaint: str, make_samples: Make
) -> None:
    (sample,) = make_samples(1)
    with pytest.raises(UserError, match=complaint):
        samples_of_rows([row_of_sample(sample, b"image") | changes], where="file")
