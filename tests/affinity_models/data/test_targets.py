"""Ground truth on pyramid levels: against slow loops, and by hand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from affinity_models import Sample
from affinity_models.data.targets import block_majority, region_classes, regions, same_region
from partitioners import ClassTable

LABELS = hnp.arrays(np.int64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=7), elements=st.integers(-2, 3))


def test_same_region_of_a_volume():
    keys = np.array([[[1, 1], [2, 1]], [[1, 3], [2, 2]]])
    same = same_region(keys, ((1, 0, 0), (0, -1, 1), (0, 0, 5)))
    assert same[0].tolist() == [[[True, False], [True, False]], [[False, False], [False, False]]]
    assert same[1].tolist() == [[[False, False], [False, False]], [[False, False], [False, False]]]
    assert not same[2].any()


@given(LABELS, st.integers(1, 4))
def test_block_majority_equals_a_slow_version(labels, stride):
    reduced = block_majority(labels, stride)
    assert reduced.shape == tuple(-(-length // stride) for length in labels.shape)
    for (y, x), label in np.ndenumerate(reduced):
        block = labels[y * stride : (y + 1) * stride, x * stride : (x + 1) * stride].ravel().tolist()
        assert label == min(set(block), key=lambda value: (-block.count(value), value))


@given(LABELS, st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=3))
def test_same_region_equals_a_slow_version(labels, offsets):
    for channel, (dy, dx) in zip(same_region(labels, tuple(offsets)), offsets, strict=True):
        for (y, x), same in np.ndenumerate(channel):
            inside = 0 <= y + dy < labels.shape[0] and 0 <= x + dx < labels.shape[1]
            assert same == (inside and labels[y, x] == labels[y + dy, x + dx])


def test_regions_tell_instances_crowds_stuff_and_void_apart():
    semantic = np.array([[0, 1, 1, 1, -1]])
    instances = np.array([[0, 1, 2, 0, 0]])
    classes = ClassTable(("road", "car"), (False, True))
    sample = Sample("a", np.zeros((1, 5, 3), np.uint8), semantic, instances, classes)
    keys = regions(sample)
    assert keys.tolist() == [[-1, 1, 2, -2, 0]]
    assert region_classes(sample, keys).tolist() == semantic.tolist()
    assert sample.crowd.tolist() == [[False, False, False, True, False]]
