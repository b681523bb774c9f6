"""Partition measures against scikit-image and scikit-learn, the energy against a loop, and the contingency table."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.metrics import adapted_rand_error, variation_of_information
from sklearn.metrics import mutual_info_score

from affinity_models.metrics import contingency
from affinity_models.metrics.partition import label_error, multicut_energy, partition_error
from affinity_models.sample import Sample
from partitioners import AffinityGraph, ClassTable, Segmentation, grid_graph
from partitioners.errors import InputError

CLASSES = ClassTable(("background", "cell"), (False, True))
shapes = st.tuples(st.integers(1, 8), st.integers(1, 8))
pairs = shapes.flatmap(lambda shape: st.tuples(*[hnp.arrays(np.int32, shape, elements=st.integers(0, 4))] * 2))


def sample_of(instances):
    instances = np.asarray(instances)
    image = np.zeros((*instances.shape, 3), np.uint8)
    return Sample("cells", image, (instances > 0).astype(int), instances, CLASSES)


def segmentation(labels):
    labels = np.asarray(labels)
    count = int(labels.max(initial=0))
    return Segmentation(labels, np.ones(count, int), np.ones(count))


@given(pairs)
@settings(deadline=None)
def test_equals_scikit_image_and_scikit_learn(images):
    instances, labels = images
    result = partition_error(sample_of(instances), segmentation(labels))
    inside = instances > 0
    if not inside.any():
        assert all(math.isnan(value) for value in result)
        return
    split, merge = variation_of_information(instances, labels, ignore_labels=[0])
    assert result.vi_split == pytest.approx(split, abs=1e-9)
    assert result.vi_merge == pytest.approx(merge, abs=1e-9)
    entropies = [mutual_info_score(image[inside], image[inside]) for image in (instances, labels)]
    shared = mutual_info_score(instances[inside], labels[inside])
    assert result.vi_split + result.vi_merge == pytest.approx((sum(entropies) - 2 * shared) / math.log(2), abs=1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        error = adapted_rand_error(instances, labels, ignore_labels=[0])[0]
    assert math.isnan(error) or result.are == pytest.approx(error, abs=1e-9)


def test_volume_by_hand():
    """Two true cells of 4 voxels, one of them found in halves, the other in one with half of the background."""
    truth = np.array([[[1, 1], [1, 1]], [[2, 2], [2, 2]], [[0, 0], [0, 0]]])
    found = np.array([[[1, 1], [2, 2]], [[3, 3], [3, 3]], [[3, 3], [0, 0]]])
    result = partition_error(sample_of(truth), segmentation(found))
    assert (result.vi_split, result.vi_merge) == (0.5, 0)
    in_both, in_true, in_found = 2 + 2 + 12, 12 + 12, 2 + 2 + 12  # ordered pairs of different voxels
    assert result.are == pytest.approx(1 - 2 * in_both / (in_true + in_found))
    assert result.cremi == pytest.approx(math.sqrt(0.5 * result.are))


def test_cremi_score_of_a_perfect_partition_is_0_and_of_none_unknown():
    truth = np.arange(8).reshape(2, 2, 2)
    assert partition_error(sample_of(truth), segmentation(truth)).cremi == 0
    assert math.isnan(partition_error(sample_of(0 * truth), segmentation(truth)).cremi)


@given(pairs)
@settings(deadline=None)
def test_identities(images):
    instances, _ = images
    if instances.any():
        assert partition_error(sample_of(instances), segmentation(instances)) == (0, 0, 0)


def test_by_hand():
    halves = sample_of([[1, 1, 2, 2]])
    assert partition_error(halves, segmentation([[1, 1, 1, 1]])) == pytest.approx((0, 1, 1 - 2 * 4 / (4 + 12)))
    assert partition_error(halves, segmentation([[1, 2, 3, 4]])) == pytest.approx((1, 0, 1))
    assert partition_error(halves, segmentation([[0, 0, 0, 0]])).vi_merge == 1  # missed is joined
    assert partition_error(sample_of([[1, 0]]), segmentation([[1, 1]])) == (0, 0, 0)  # background is left out


def test_labels_of_all_pixels_count():
    error = label_error(np.array([[0, 0, 1, 1]]), np.array([[2, 2, 2, 2]]))
    assert error == pytest.approx((0, 1, 1 - 2 * 4 / (4 + 12)))
    assert error.vi == 1
    assert label_error(np.array([0, 0, 1]), np.array([7, 7, 0])).vi == 0


def test_another_size():
    with pytest.raises(InputError, match=r"\(1, 2\), got \(2, 1\)"):
        partition_error(sample_of([[1, 0]]), segmentation([[1], [1]]))


@pytest.mark.parametrize(
    ("dtype", "factor", "plus"),
    [
        (np.uint8, 1, 0),
        (np.int16, -5, 1),
        (np.uint64, 1, 0),
        (np.int64, 2**33, 0),
        (np.int64, 2**31, 0),
        (np.int64, -(2**33), 0),
        (np.int64, 1, 2**62),
        (np.uint64, 2**61, 2**63),
    ],
)
def test_labels_are_any_integers(dtype, factor, plus):
    """Errors worked out by hand, whatever the numbers of the labels, in memory that depends on how many there are."""
    truth, labels = (np.array([row] * 4, object) * factor + plus for row in ([1, 1, 2, 2], [1, 1, 1, 2]))
    error = label_error(truth.astype(dtype), labels.astype(dtype))
    assert error == pytest.approx((0.5, 0.688722, 0.375), abs=1e-6)


def test_an_instance_of_a_large_number():
    sample = sample_of([[0, 2**31 - 2], [2**40, 2**31 - 2]])
    assert sample.instances.tolist() == [[0, 1], [2, 1]] and len(sample.instance_classes) == 3


@given(pairs, st.sampled_from([1, 10**5]))
@settings(deadline=None)
def test_contingency_of_small_and_of_large_labels(images, factor):
    truth, labels = images
    columns = contingency.contingency(truth * factor, labels * factor)
    counts = {}
    for pair in zip((truth * factor).ravel().tolist(), (labels * factor).ravel().tolist(), strict=True):
        counts[pair] = counts.get(pair, 0) + 1
    assert [tuple(row) for row in np.stack(columns, 1).tolist()] == [(*pair, counts[pair]) for pair in sorted(counts)]


def test_contingency_of_many_labels():
    labels = np.arange(5000, dtype=np.int32).repeat(2)  # 25 million possible pairs: no table of all of them is made
    columns = contingency.contingency(labels, labels[::-1].astype(np.uint64))
    assert [column.dtype for column in columns] == [np.int32, np.uint64, np.int64]
    assert np.array_equal(columns, [np.arange(5000), np.arange(5000)[::-1], np.full(5000, 2)])


def test_contingency_of_nothing():
    empty = np.zeros((0, 5), int)
    assert [len(column) for column in contingency.contingency(empty, empty)] == [0, 0, 0]


@given(st.integers(0, 2**32))
@settings(deadline=None)
def test_energy_equals_a_loop(seed):
    rng = np.random.default_rng(seed)
    edges = np.array([(a, b) for a in range(6) for b in range(a) if rng.random() < 0.6], int).reshape(-1, 2)
    weights, sizes = rng.random(len(edges)), rng.integers(1, 9, len(edges))
    labels = rng.integers(-1, 3, 6)
    expected = 0.0
    for (one, two), affinity, size in zip(edges, weights, sizes, strict=True):
        if labels[one] != labels[two]:
            expected += size * math.log(affinity / (1 - affinity))
    graph = AffinityGraph(6, edges, weights, sizes)
    assert multicut_energy(graph, labels) == pytest.approx(expected)
    assert multicut_energy(graph, np.zeros(6, int)) == 0


def test_energy_by_hand():
    graph = grid_graph(np.array([[[1.0, 0.0, 0.5]]], np.float32), ((0, 1),))
    assert multicut_energy(graph, np.array([0, 1, 1])) == pytest.approx(math.log(1e6 - 1))
    assert multicut_energy(graph, np.array([1, 1, 0])) == pytest.approx(-math.log(1e6 - 1))
    with pytest.raises(InputError, match=r"^labels: expected"):
        multicut_energy(graph, np.array([1, 1]))
