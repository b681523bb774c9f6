"""Cascade-GAEC as a composition: against its parts, step by step, and the rows of Table 4."""

from dataclasses import replace

import numpy as np
import pytest

from partitioners import (
    PARTITIONERS,
    AffinityPyramid,
    AverageCascade,
    CascadeGAEC,
    ClassTable,
    InputError,
    PyramidLevel,
    create,
    grid_graph,
    partitioner_for,
)
from partitioners.instances import to_instances

CLASSES = ClassTable(("road", "car", "person"), (False, True, True))


def level(labels, classes=None, embedding=None, sure=0.9):
    """Return a level that predicts `labels` (h, w): 0 is road, odd ones cars, even ones persons."""
    labels = np.array(labels)
    affinity = np.full((2, *labels.shape), 1 - sure, np.float32)
    affinity[0, :, :-1][labels[:, 1:] == labels[:, :-1]] = sure
    affinity[1, :-1][labels[1:] == labels[:-1]] = sure
    classes = np.where(labels == 0, 0, 2 - labels % 2) if classes is None else np.array(classes)
    semantic = np.where(np.arange(3)[:, None, None] == classes, 0.8, 0.1).astype(np.float32)
    embedding = 3.0 * (labels if embedding is None else np.array(embedding))
    return PyramidLevel(affinity, semantic, embedding[None].astype(np.float32))


def pyramid(*levels, stride=1):
    height, width = levels[0].shape
    return AffinityPyramid(levels, CLASSES, stride, (height * stride, width * stride))


def labels_of(partitioner, problem):
    return partitioner.partition(problem).labels.tolist()


def random_pyramid(seed, shape=(17, 22), depth=3):
    rng = np.random.default_rng(seed)
    levels = []
    for _ in range(depth):
        semantic = rng.dirichlet([1, 1, 1], shape).transpose(2, 0, 1)
        levels.append(PyramidLevel(rng.random((2, *shape)), semantic, rng.normal(0, 0.5, (2, *shape))))
        shape = tuple(-(-length // 2) for length in shape)
    return pyramid(*levels)


@pytest.mark.parametrize("name", ["gaec-reference", "components", "singletons"])
def test_a_cascade_of_one_level_equals_the_flat_partitioner(name):
    problem = random_pyramid(0, depth=1)
    flat = create(name)
    mask = problem.is_thing(1)
    parts = flat.partition(grid_graph(problem.levels[0].affinity, problem.levels[0].offsets, mask))
    labels = np.where(mask, parts.reshape(mask.shape) + 1, 0)
    expected = to_instances(problem, labels, min_size=1)
    found = CascadeGAEC(flat, grouping=None, min_size=1).partition(problem)
    assert found.labels.tolist() == expected.labels.tolist()
    assert found.classes.tolist() == expected.classes.tolist()
    assert found.scores.tolist() == expected.scores.tolist()
    assert labels_of(flat, problem) == CascadeGAEC(flat, grouping=None).partition(problem).labels.tolist()


def test_graph_partitioners_cut_only_the_finest_level_of_a_pyramid():
    problem = random_pyramid(1)
    finest = replace(problem, levels=problem.levels[:1])
    assert labels_of(create("gaec"), problem) == labels_of(create("gaec"), finest)
    cascade = CascadeGAEC("gaec", grouping=None)
    assert labels_of(create("gaec"), problem) == cascade.segment(finest).labels.tolist()


COARSE = [[0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]]
FINE = np.zeros((8, 8), int)
FINE[2:6, 0:4] = 1
FINE[2, 4] = 1  # a bump that the coarse level does not have
FINE[6, 6:8] = 3  # too small for the coarse level


def test_the_finer_level_refines_the_boundary_and_adds_small_instances():
    found = CascadeGAEC(grouping=None, min_size=1).partition(pyramid(level(FINE), level(COARSE)))
    assert (found.labels == np.where(FINE == 3, 2, FINE)).all()
    assert found.classes.tolist() == [1, 1]


def test_the_partitioner_for_a_pyramid_is_the_one_it_names():
    problem = pyramid(level(FINE))
    assert partitioner_for(problem) == create("rescored", partitioner=AverageCascade())
    named = partitioner_for(replace(problem, partitioner="rescored(partitioner=gaec(threshold=0.25), small=5)"))
    assert named == create("rescored", partitioner=create("gaec", threshold=0.25), small=5)
    for text, message in {"gaek": "'gaek': .* did you mean 'gaec'", "__import__('os')": "expected KEY=VALUE"}.items():
        with pytest.raises(InputError, match=f"the pyramid's partitioner .*{message}"):
            partitioner_for(replace(problem, partitioner=text))


def test_inherited_segments_survive_where_the_finer_affinities_break():
    """The inside of an inherited segment is one node: what the finer level says there is not asked."""
    fine = level(FINE, sure=0.9)
    broken = fine.affinity.copy()
    broken[:, 3:5, 1:3] = 0.0
    found = CascadeGAEC(grouping=None, min_size=1).partition(pyramid(replace(fine, affinity=broken), level(COARSE)))
    assert len(set(found.labels[3:5, 1:3].ravel())) == 1


def test_segments_under_the_minimal_size_are_no_instances():
    problem = pyramid(level(FINE), level(COARSE))
    assert CascadeGAEC(grouping=None, min_size=3).partition(problem).labels.max() == 1
    assert CascadeGAEC(grouping=None, min_size=2).partition(problem).labels.max() == 2


@pytest.mark.parametrize("name", ["cascade-gaec", "cascade-gaec-reference", "rescored", "gaec", "ssap"])
def test_without_a_minimal_size_of_its_own_a_partitioner_takes_the_pyramids(name):
    if (reason := PARTITIONERS.unavailable(name)) is not None:
        pytest.skip(reason)
    problem = pyramid(level(FINE), level(COARSE))
    for min_size, found in {2: 2, 3: 1, 18: 0}.items():
        assert len(create(name).partition(replace(problem, min_size=min_size))) == found
    assert len(create(name).partition(problem)) == 1  # that of a pyramid that says nothing is 10


SPLIT = np.zeros((8, 40), int)
SPLIT[2:6, 0:4] = 1
SPLIT[2:6, 6:10] = 1  # the same car, behind a pole
SPLIT[2:6, 36:40] = 3  # another car, far away
ALIKE = np.where(SPLIT > 0, 1, 0)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"grouping": None}, [1, 2, 3]),  # row 1: the pole cuts the car
        ({"grouping": "gaec"}, [1, 1, 1]),  # row 2: grouped by looks alone, the far car too
        ({"grouping": "pa-gaec", "finest": "gas"}, [1, 1, 2]),  # row 3
        ({"grouping": "pa-gaec"}, [1, 1, 2]),  # row 4
        ({"grouping": None, "finest": "gas", "regrouping": "pa-gaec"}, [1, 1, 2]),  # at the end alone, after GAS
    ],
)
@pytest.mark.parametrize("cascade", ["cascade-gaec", "cascade-gaec-reference"])
def test_the_rows_of_table_4(cascade, parameters, expected):
    finest = level(SPLIT, embedding=ALIKE)
    coarse = level(SPLIT[::2, ::2], embedding=ALIKE[::2, ::2])
    found = create(cascade, min_size=1, **parameters).partition(pyramid(finest, coarse))
    assert [found.labels[3, x] for x in (1, 7, 38)] == expected


def test_gas_leaves_out_what_no_label_reaches():
    """Row 3 cannot find the instance that only the finest level sees; row 4 can."""
    problem = pyramid(level(FINE), level(COARSE))
    assert create("cascade-gaec", finest="gas", min_size=1).partition(problem).labels.max() == 1
    assert create("cascade-gaec", min_size=1).partition(problem).labels.max() == 2


def test_gas_needs_a_level_above():
    """Line 32: the only level is cut like the coarsest."""
    problem = pyramid(level(FINE))
    with_gas = create("cascade-gaec", finest="gas").partition(problem)
    assert with_gas.labels.tolist() == create("cascade-gaec").partition(problem).labels.tolist()


def test_classes_and_scores_are_the_largest_mean_thing_probability():
    semantic = np.zeros((3, 1, 2), np.float32)
    semantic[:, 0, 0] = [0.1, 0.2, 0.7]
    semantic[:, 0, 1] = [0.5, 0.4, 0.1]
    one = PyramidLevel(np.ones((2, 1, 2), np.float32), semantic, np.zeros((0, 1, 2), np.float32))
    found = to_instances(AffinityPyramid((one,), CLASSES, 2, (1, 3)), np.array([[5, 5]]), min_size=1)
    assert found.labels.tolist() == [[1, 1, 1]]
    assert found.classes.tolist() == [2]
    assert found.scores == pytest.approx([0.4])


def test_labels_are_upsampled_by_the_stride_and_cropped():
    one = level([[1, 2], [1, 2]])
    found = CascadeGAEC(grouping=None, min_size=1).partition(AffinityPyramid((one,), CLASSES, 3, (5, 4)))
    assert found.labels.tolist() == [[1, 1, 1, 2]] * 5


def test_an_image_of_stuff_has_no_instances():
    empty = np.zeros((8, 8), int)
    for parameters in ({}, {"finest": "gas"}, {"grouping": None}):
        found = create("cascade-gaec", **parameters).partition(pyramid(level(empty), level(empty[::2, ::2])))
        assert len(found) == 0
        assert found.labels.max() == 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 1), (5, 6)])
@pytest.mark.parametrize("finest", [None, "gas"])
def test_any_size_and_depth(shape, finest):
    found = create("cascade-gaec", finest=finest, min_size=1).partition(random_pyramid(2, shape, depth=5))
    assert found.labels.shape == shape
    assert sorted(set(found.labels.ravel()) | {0}) == list(range(len(found) + 1))


def test_steps_can_be_given_as_objects():
    problem = random_pyramid(3)
    by_name = CascadeGAEC("gaec", "pa-gaec", "gas").partition(problem)
    steps = (create("gaec", linkage="wpgma"), create("pa-gaec", beta=0.5), create("gas", seed=0))
    assert CascadeGAEC(*steps).partition(problem).labels.tolist() == by_name.labels.tolist()
    other = CascadeGAEC(create("gaec", threshold=0.7), steps[1], steps[2]).partition(problem)
    assert other.labels.tolist() != by_name.labels.tolist()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"affinity": None}, "affinity: expected a graph partitioner"),
        ({"affinity": "gaek"}, "did you mean 'gaec'"),
        ({"grouping": "cascade-gaec"}, "grouping: expected a graph partitioner"),
        ({"min_size": -1}, "min_size"),
    ],
)
def test_wrong_steps_are_refused(parameters, message):
    with pytest.raises(InputError, match=message):
        create("cascade-gaec", **parameters)


def test_a_graph_is_no_pyramid():
    with pytest.raises(InputError, match="pyramid: expected an AffinityPyramid, got a GridGraph"):
        create("cascade-gaec").partition(grid_graph(np.ones((1, 2, 2), np.float32), ((0, 1),)))


@pytest.mark.parametrize(
    "is_thing", [(False, True, True), (True, False, False), (True, True, True), (False, False, False)]
)
def test_is_thing_is_that_of_the_most_likely_class(is_thing):
    semantic = np.random.default_rng(0).integers(0, 3, (3, 20, 30)) + 1.0
    semantic /= semantic.sum(axis=0)
    one = PyramidLevel(np.ones((2, 20, 30)), semantic, np.zeros((0, 20, 30)))
    problem = AffinityPyramid((one,), ClassTable(("a", "b", "c"), is_thing), 1, (20, 30))
    assert np.array_equal(problem.is_thing(1), np.array(is_thing)[one.semantic.argmax(axis=0)])
