"""Upsampling: the steps of Fig. 4, odd sizes, and where small instances enter."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from partitioners.cascade.upsampling import upsample


def test_the_steps_of_figure_4():
    coarse = np.array([[0, 0, 0], [1, 1, 0], [1, 1, 0]])
    fine = upsample(coarse, np.zeros((6, 6), bool))
    # (b) would be six rows of two each; (c) unlabels both sides of the boundary between 1 and background.
    assert fine.tolist() == [
        [0, 0, 0, 0, 0, 0],
        [-1, -1, -1, -1, 0, 0],
        [-1, -1, -1, -1, -1, 0],
        [1, 1, 1, -1, -1, 0],
        [1, 1, 1, -1, -1, 0],
        [1, 1, 1, -1, -1, 0],
    ]


def test_pixels_between_two_segments_are_unlabelled_on_both_sides():
    assert upsample(np.array([[1, 2]]), np.ones((2, 4), bool)).tolist() == [[1, -1, -1, 2]] * 2


def test_background_that_the_finer_level_calls_a_thing_is_unlabelled():
    is_thing = np.zeros((4, 4), bool)
    is_thing[1, 2] = True
    assert np.argwhere(upsample(np.zeros((2, 2), int), is_thing) == -1).tolist() == [[1, 2]]


def test_inherited_labels_stay_where_the_finer_level_says_stuff():
    assert upsample(np.ones((2, 2), int), np.zeros((4, 4), bool)).tolist() == [[1] * 4] * 4


@given(
    hnp.arrays(np.int64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=5), elements=st.integers(0, 2)),
    st.tuples(st.integers(0, 1), st.integers(0, 1)),
)
def test_each_pixel_has_its_parent_or_is_unlabelled_beside_another(coarse, odd):
    shape = (2 * coarse.shape[0] - odd[0], 2 * coarse.shape[1] - odd[1])
    fine = upsample(coarse, np.zeros(shape, bool))
    assert fine.shape == shape
    for (y, x), label in np.ndenumerate(fine):
        beside = [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]
        parents = {coarse[v // 2, u // 2] for v, u in beside if 0 <= v < shape[0] and 0 <= u < shape[1]}
        own = coarse[y // 2, x // 2]
        assert label == (-1 if parents - {own} else own)
