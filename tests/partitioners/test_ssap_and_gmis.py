"""Systems of other papers: what semantics, levels and long-range affinities do to their instances."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from partitioners import (
    NEIGHBOURS,
    AffinityPyramid,
    ClassTable,
    InputError,
    PyramidLevel,
    create,
    solver_clock,
)
from partitioners.peers import gmis
from partitioners.peers.ssap import refine

pytest.importorskip("bioimage_cpp")

ROAD, CAR, BUS = range(3)
CLASSES = ClassTable(("road", "car", "bus"), (False, True, True))
SYSTEMS = pytest.mark.parametrize("name", ["gmis", "ssap"])


def level(classes, inside, offsets=NEIGHBOURS, sure=0.97):
    """Return a level of sure classes, and affinities that are high where `inside` has one value other than 0."""
    classes, inside = np.array(classes), np.array(inside)
    affinity = np.full((len(offsets), *inside.shape), 1 - sure)
    height, width = inside.shape
    for channel, (dy, dx) in zip(affinity, offsets, strict=True):
        first, second = inside[: height - dy, : width - dx], inside[dy:, dx:]
        channel[: height - dy, : width - dx][(first == second) & (first > 0)] = sure
    semantic = np.where(np.arange(3)[:, None, None] == classes, 0.98, 0.01)
    return PyramidLevel(affinity, semantic, np.zeros((0, *inside.shape)), offsets)


def pyramid_of(*levels):
    height, width = levels[0].shape
    return AffinityPyramid(levels, CLASSES, stride=1, image_size=(height, width))


@SYSTEMS
def test_objects_that_touch_are_told_apart(name):
    instances = np.zeros((8, 16), int)
    instances[2:8, 1:6], instances[2:8, 6:12] = 1, 2
    fine = level(np.where(instances > 0, CAR, ROAD), instances)
    coarse = level(np.where(instances[::2, ::2] > 0, CAR, ROAD), instances[::2, ::2])
    found = create(name, min_size=10).partition(pyramid_of(fine, coarse))
    assert np.array_equal(found.labels, instances)
    assert found.classes.tolist() == [CAR, CAR]


@SYSTEMS
def test_different_classes_are_told_apart_where_affinities_are_wrong(name):
    classes = np.full((6, 12), CAR)
    classes[:, 6:] = BUS
    found = create(name, min_size=10).partition(pyramid_of(level(classes, np.ones((6, 12)), sure=0.9)))
    assert np.array_equal(found.labels, np.where(classes == CAR, 1, 2))
    assert found.classes.tolist() == [CAR, BUS]
    one = level(np.full((6, 12), CAR), np.ones((6, 12)), sure=0.9)
    assert len(create(name, min_size=10).partition(pyramid_of(one))) == 1


@SYSTEMS
def test_long_range_affinities_join_pieces(name):
    classes = np.full((4, 11), CAR)
    classes[:, 5] = ROAD
    inside = (classes == CAR).astype(int)
    near, far = (pyramid_of(level(classes, inside, offsets)) for offsets in (NEIGHBOURS, (*NEIGHBOURS, (0, 2))))
    system = create(name, min_size=10)
    assert len(system.partition(near)) == 2
    assert np.array_equal(system.partition(far).labels, inside)


def test_gmis_looks_at_the_finest_level_only_and_ssap_at_all():
    inside = np.ones((8, 12), int)
    fine = level(np.full((8, 12), CAR), inside)
    halves = np.repeat([[1, 2]], 3, axis=1).repeat(4, axis=0)
    coarse = level(np.full((4, 6), CAR), halves, sure=0.9999)
    unsure = replace(fine, affinity=np.full((2, 8, 12), 0.3, np.float32))
    assert np.array_equal(create("gmis", min_size=1).partition(pyramid_of(fine, coarse)).labels, inside)
    assert len(create("gmis", min_size=1).partition(pyramid_of(unsure, coarse))) == 0
    assert len(create("ssap").partition(pyramid_of(unsure, coarse))) == 2


@SYSTEMS
def test_the_solver_can_be_another(name):
    given_level = level(np.full((6, 6), CAR), np.ones((6, 6)))
    assert len(create(name, affinity="gaec", min_size=10).partition(pyramid_of(given_level))) == 1
    assert len(create(name, affinity=create("gas"), min_size=10).partition(pyramid_of(given_level))) == 0


@SYSTEMS
def test_solver_seconds_are_told_apart(name):
    problem = pyramid_of(level(np.full((40, 40), CAR), np.ones((40, 40))))
    with solver_clock() as clock:
        create(name).partition(problem)
    with solver_clock() as other:
        create(name, affinity="gaec").partition(problem)
    assert clock.seconds > other.seconds == 0


@SYSTEMS
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"affinity": None}, "affinity: expected a graph partitioner"),
        ({"affinity": "cascade-gaec"}, "affinity: expected a graph partitioner"),
        ({"affinity": "gace"}, "did you mean 'gaec'"),
        ({"min_size": -1}, "min_size: expected"),
    ],
)
def test_bad_parameters_are_refused(name, parameters, message):
    with pytest.raises(InputError, match=message):
        create(name, **parameters)


@given(st.integers(0, 2**32))
def test_refined_affinities_by_scipy(seed):
    rng = np.random.default_rng(seed)
    offsets = ((0, 1), (2, -1), (-5, 0))
    semantic = rng.dirichlet([0.3] * 3, (4, 5)).transpose(2, 0, 1)
    semantic[:, 0, 0] = 1, 0, 0
    affinity = rng.random((3, 4, 5))
    pyramid = pyramid_of(PyramidLevel(affinity, semantic, np.zeros((0, 4, 5)), offsets))
    expected = affinity.copy()
    for channel, (dy, dx) in zip(expected, offsets, strict=True):
        for y, x in np.ndindex(4, 5):
            if 0 <= y + dy < 4 and 0 <= x + dx < 5:
                divergence = jensenshannon(semantic[:, y, x], semantic[:, y + dy, x + dx]) ** 2
                channel[y, x] *= np.exp(-np.nan_to_num(divergence))
    np.testing.assert_allclose(refine(pyramid).levels[0].affinity, expected, atol=1e-5)


def test_a_sure_affinity_between_classes_becomes_one_half():
    semantic = np.array([[[1, 0, 0]], [[0, 1, 1]], [[0, 0, 0]]], float)
    one = PyramidLevel(np.ones((2, 1, 3)), semantic, np.zeros((0, 1, 3)))
    (refined,) = refine(pyramid_of(one)).levels
    assert refined.affinity[0, 0, :2] == pytest.approx([0.5, 1])
    assert (one.affinity == 1).all()


def test_gmis_weighs_affinities_by_the_probability_that_both_pixels_are_of_one_class():
    semantic = np.array([[[0, 0.5, 0.4, 0.8]], [[0.75, 0.25, 0.6, 0.2]], [[0.25, 0.25, 0, 0]]])
    one = PyramidLevel(np.full((1, 1, 4), 0.5), semantic, np.zeros((0, 1, 4)), ((0, 1),))
    refined = gmis.refine(one, CLASSES.things).affinity[0, 0]
    assert refined[:3] == pytest.approx([0, 0, 0])  # car and road, road and car, car and road are likeliest
    semantic[:, 0, 1] = 0.25, 0.5, 0.25
    refined = gmis.refine(replace(one, semantic=semantic), CLASSES.things).affinity[0, 0]
    probabilities = np.array([0.75 * 0.5 + 0.25 * 0.25, 0.5 * 0.6])
    assert refined[:2] == pytest.approx(0.5 * (2 / (1 + np.exp(-5 * probabilities)) - 1))
    assert refined[2] == 0


def test_gmis_begins_with_sure_blocks():
    affinity = np.full((3, 4, 7), 0.97)
    affinity[0, 1, 2] = affinity[1, 2, 0] = affinity[2, 2, 3] = 0.96  # one in each of three blocks
    affinity[0, 0, 1] = affinity[2, 1, 5] = affinity[0, 0, 6] = 0  # between blocks, or at the odd column
    semantic = np.full((3, 4, 7), 1 / 3)
    one = PyramidLevel(affinity, semantic, np.zeros((0, 4, 7)), ((0, 1), (1, 0), (1, -1)))
    labels = np.full((4, 7), -1, np.int32)
    labels[0, 4] = 0
    expected = labels.copy()
    expected[:2, :2], expected[2:, 4:6] = 1, 2
    assert np.array_equal(gmis.merge_blocks(one, labels), expected)
    across = replace(one, affinity=affinity[:1], offsets=((0, 1),))
    assert np.array_equal(gmis.merge_blocks(across, labels), labels)


def test_gmis_merges_near_pixels_before_far_ones_are_looked_at():
    semantic = np.zeros((3, 1, 4))
    semantic[CAR] = 1
    near, far = [[1, 0.8, 1, 0]], [[0, 0, 0, 0]]
    three = PyramidLevel(np.array([near, far, far]), semantic, np.zeros((0, 1, 4)), ((0, 1), (0, 2), (0, 3)))
    two = PyramidLevel(np.array([near, far]), semantic, np.zeros((0, 1, 4)), ((0, 1), (0, 2)))
    unsure = replace(three, affinity=np.array([[[1, 0.7, 1, 0]], far, far]))  # 0.7 × 0.99 is not above 0.7
    assert [len(create("gmis", min_size=1).segment(pyramid_of(one))) for one in (three, two, unsure)] == [1, 2, 2]


def sure_row(width, stride=1):
    """Return a pyramid of one car, a row of pixels with the affinity 1 to the next."""
    semantic = np.zeros((3, 1, width))
    semantic[CAR] = 1
    one = PyramidLevel(np.ones((1, 1, width)), semantic, np.zeros((0, 1, width)), ((0, 1),))
    return AffinityPyramid([one], CLASSES, stride=stride, image_size=(stride, width * stride))


@pytest.mark.parametrize(("near", "segments"), [(1, 1), (0.98, 2)])  # 0.98 × 0.987 is not above 0.97
def test_the_first_of_three_rounds_of_gmis_ends_at_0_97(near, segments):
    affinity = np.zeros((5, 1, 4))
    affinity[0, 0] = 1, near, 1, 0
    semantic = sure_row(4).levels[0].semantic
    one = PyramidLevel(affinity, semantic, np.zeros((0, 1, 4)), tuple((0, length) for length in range(1, 6)))
    assert len(create("gmis", min_size=1).segment(pyramid_of(one))) == segments


@pytest.mark.parametrize(("affinity", "labels"), [(0.304, [0, 0, 0]), (0.305, [0, 1, 1])])  # × 0.987
def test_gmis_finds_nothing_without_an_affinity_above_0_3(affinity, labels):
    (one,) = sure_row(3).levels
    one = replace(one, affinity=np.array([[[0.1, affinity, 1]]]))
    assert create("gmis", min_size=1).segment(pyramid_of(one)).labels.tolist() == [labels]


def test_pixels_of_a_sure_block_of_gmis_are_never_background():
    semantic = np.where(np.arange(3)[:, None, None] == np.array([[CAR, CAR], [CAR, BUS]]), 1.0, 0.0)
    one = PyramidLevel(np.ones((2, 2, 2)), semantic, np.zeros((0, 2, 2)))
    assert gmis.is_linked(gmis.refine(one, CLASSES.things), 0.3).tolist() == [[True, True], [True, False]]
    assert create("gmis", min_size=1).segment(pyramid_of(one)).labels.tolist() == [[1, 1], [1, 1]]


@pytest.mark.parametrize(("stride", "largest_dropped"), [(1, 256), (2, 64), (4, 16), (32, 0)])
def test_gmis_drops_instances_of_256_pixels(stride, largest_dropped):
    for width in (largest_dropped, largest_dropped + 1, largest_dropped + 2):
        found = create("gmis").segment(sure_row(max(width, 2), stride))
        assert len(found) == (width > largest_dropped or width < 2)
    assert len(create("gmis", min_size=2).segment(sure_row(2))) == 1


def test_gmis_needs_a_threshold_to_set():
    with pytest.raises(InputError, match="affinity: expected a graph partitioner with a threshold, got 'singletons'"):
        create("gmis", affinity="singletons")
    with pytest.raises(InputError, match="threshold: expected"):
        create("gmis", threshold=1.5)


def test_a_part_has_one_class_in_the_semantic_mutex_watershed():
    classes = np.full((6, 14), CAR)
    classes[:, 6:12], classes[:, 12:] = BUS, ROAD
    one = level(classes, np.ones((6, 14)), sure=0.9)  # worth less than the classes
    found = create("bioimage-semantic-mutex-watershed").segment(pyramid_of(one))
    assert np.array_equal(found.labels, np.select([classes == CAR, classes == BUS], [1, 2], 0))
    assert found.classes.tolist() == [CAR, BUS]
    cars = level(np.full((6, 14), CAR), np.ones((6, 14)), sure=0.995)
    semantic = cars.semantic.copy()
    semantic[:, 2, 2] = 0.1, 0.3, 0.6  # its part is of a class that is surer
    found = create("bioimage-semantic-mutex-watershed").segment(pyramid_of(replace(cars, semantic=semantic)))
    assert (found.labels == 1).all() and found.classes.tolist() == [CAR]
