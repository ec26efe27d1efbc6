from __future__ import annotations

import numpy as np
import pytest

from evaluators.frames.orientation import orientation_of

ONE = 1 << 16
IMAGE = np.arange(6).reshape(2, 3)


def matrix(a, b, c, d):
    return np.array([a, b, 0, c, d, 0, 0, 0, 1 << 30], dtype=np.int32).tobytes()


@pytest.mark.parametrize(
    ("abcd", "rotation", "expected"),
    [
        ((ONE, 0, 0, ONE), 0, [[0, 1, 2], [3, 4, 5]]),
        ((0, ONE, -ONE, 0), 90, [[3, 0], [4, 1], [5, 2]]),
        ((-ONE, 0, 0, -ONE), 180, [[5, 4, 3], [2, 1, 0]]),
        ((0, -ONE, ONE, 0), 270, [[2, 5], [1, 4], [0, 3]]),
        ((-ONE, 0, 0, ONE), 180, [[2, 1, 0], [5, 4, 3]]),
        ((ONE, 0, 0, -ONE), 0, [[3, 4, 5], [0, 1, 2]]),
        ((0, ONE, ONE, 0), 90, [[0, 3], [1, 4], [2, 5]]),
    ],
)
def test_turns_and_mirror_images_are_undone(abcd, rotation, expected):
    orientation = orientation_of(matrix(*abcd))
    assert orientation.apply(IMAGE).tolist() == expected
    assert orientation.rotation == rotation


@pytest.mark.parametrize("odd", [None, b"", b"short", matrix(0, 0, 0, 0)])
def test_no_matrix_is_no_turn(odd):
    assert orientation_of(odd).apply(IMAGE).tolist() == IMAGE.tolist()


def test_a_slanted_matrix_is_rounded_to_a_quarter_turn():
    assert orientation_of(matrix(ONE, ONE // 4, -ONE // 4, ONE)).rotation == 0
    assert orientation_of(matrix(ONE // 4, ONE, -ONE, ONE // 4)).rotation == 90
