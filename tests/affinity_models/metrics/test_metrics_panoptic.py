"""Panoptic quality and nucleus precision, against loops over masks straight from their definitions."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affinity_models.metrics.matching import match
from affinity_models.metrics.nuclei import THRESHOLDS, mean_success_index, success_index
from affinity_models.metrics.panoptic import panoptic_quality
from affinity_models.sample import Sample
from partitioners import ClassTable, Segmentation

CLASSES = ClassTable(("grass", "cat", "dog"), (False, True, True))
CELLS_ONLY = ClassTable(("cell",), (True,))
CELLS = ClassTable(("background", "cell"), (False, True))
SHAPE = (10, 10)


def random_pair(rng, classes=CLASSES, void=True):
    """A sample and a segmentation that resembles it, made of rectangles; class 0 is stuff."""
    semantic, instances = np.zeros(SHAPE, int), np.zeros(SHAPE, int)
    for number in range(1, rng.integers(1, 7)):
        box = random_box(rng)
        semantic[box] = rng.integers(-1 if void else 1, len(classes))
        single = semantic[box] > 0 if not void or rng.random() < 0.7 else False
        instances[box] = np.where(single, number, 0)
    sample = Sample("image", np.zeros((*SHAPE, 3), np.uint8), semantic, instances, classes)
    labels = np.where(rng.random() < 0.8, instances, 0)
    labels[random_box(rng)] = 7
    labels[random_box(rng)] = rng.integers(0, 9)
    found_classes = np.append(sample.instance_classes[1:], [1] * 9)[:9]
    found_classes[(found_classes < 0) | (rng.random(9) < 0.2)] = len(classes) - 1
    return sample, Segmentation(labels, found_classes, np.ones(9))


def random_box(rng):
    y, x = rng.integers(0, 8, 2)
    return slice(y, y + rng.integers(2, 8)), slice(x, x + rng.integers(2, 8))


def slow_quality(pairs, thing):
    """Panoptic quality of one class by sets of pixels."""
    iou, right, false, missed = 0.0, 0, 0, 0
    for sample, found in pairs:
        void = pixels_where(sample.semantic == -1)
        crowd = pixels_where((sample.semantic == thing) & (sample.instances == 0))
        true_masks = masks(sample.instances, sample.semantic == thing)
        found_masks = masks(found.labels, np.append(-1, found.classes)[found.labels] == thing)
        for mask in found_masks:
            best = [(mask, true) for true in true_masks if len(mask & true) / len((mask | true) - (void - true)) > 0.5]
            iou += sum(len(mask & true) / len((mask | true) - (void - true)) for mask, true in best)
            right += len(best)
            false += not best and len(mask & (void | crowd)) / len(mask) <= 0.5
        hit = [
            any(len(mask & true) / len((mask | true) - (void - true)) > 0.5 for mask in found_masks)
            for true in true_masks
        ]
        missed += len(hit) - sum(hit)
    if not right + false + missed:
        return math.nan, math.nan, math.nan
    rq = right / (right + false / 2 + missed / 2)
    sq = iou / right if right else 0.0
    return sq * rq, sq, rq


def pixels_where(mask):
    return set(np.flatnonzero(mask).tolist())


def masks(labels, inside):
    return [pixels_where((labels == label) & inside) for label in np.unique(labels[inside & (labels > 0)])]


@given(st.integers(0, 2**32))
@settings(deadline=None)
def test_panoptic_quality_equals_loops(seed):
    rng = np.random.default_rng(seed)
    pairs = [random_pair(rng) for _ in range(3)]
    result = panoptic_quality([match(*pair) for pair in pairs], CLASSES)
    expected = {name: slow_quality(pairs, thing) for thing, name in ((1, "cat"), (2, "dog"))}
    for index, per_class in enumerate((result.class_pq, result.class_sq, result.class_rq)):
        assert per_class == pytest.approx({name: values[index] for name, values in expected.items()}, nan_ok=True)
    known = [values for values in expected.values() if not math.isnan(values[0])]
    mean = np.mean(known, axis=0) if known else [math.nan] * 3
    assert [result.pq, result.sq, result.rq] == pytest.approx(list(mean), nan_ok=True)


def test_what_lies_on_void_with_half_of_its_pixels_counts() -> None:
    semantic = np.array([[0, 0], [-1, -1], [-1, -1]])
    sample = Sample("image", np.zeros((3, 2, 3), np.uint8), semantic, np.zeros((3, 2), int), CELLS)
    for rows, expected in ((2, 0.0), (3, 1.0)):
        labels = np.zeros((3, 2), int)
        labels[:rows] = 1
        found = match(sample, Segmentation(labels, np.ones(1, int), np.ones(1)))
        assert success_index(found).tolist() == [expected] * 9


@given(st.integers(0, 2**32))
@settings(deadline=None)
def test_success_index_equals_loops(seed):
    sample, found = random_pair(np.random.default_rng(seed), CELLS, void=False)
    true_masks = masks(sample.instances, sample.instances > 0)
    found_masks = masks(found.labels, found.labels > 0)
    expected = []
    for threshold in THRESHOLDS:
        right = sum(len(one & two) / len(one | two) > threshold for one in true_masks for two in found_masks)
        everything = len(true_masks) + len(found_masks) - right
        expected.append(right / everything if everything else 1.0)
    assert success_index(match(sample, found)).tolist() == pytest.approx(expected)


def sample_of(instances, classes=CELLS):
    instances = np.array(instances)
    semantic = (instances > 0).astype(int)
    return Sample("image", np.zeros((*instances.shape, 3), np.uint8), semantic, instances, classes)


def segmentation(labels):
    return Segmentation(np.array(labels), np.ones(np.max(labels), int), np.ones(np.max(labels)))


def test_by_hand():
    """One of two cells found with IoU 3/4, and one that is not there."""
    found = match(sample_of([[1, 1, 1, 1, 2, 0]]), segmentation([[1, 1, 1, 0, 0, 2]]))
    assert success_index(found).tolist() == [1 / 3] * 5 + [0] * 4
    assert mean_success_index([found])["CSI"] == pytest.approx(5 / 27)
    result = panoptic_quality([found], CELLS)
    assert (result.pq, result.sq, result.rq) == (3 / 8, 3 / 4, 1 / 2)


def test_success_is_averaged_over_images_and_thresholds():
    sample = sample_of([[0, 1] * 7 + [1]])
    loose, perfect = (match(sample, segmentation(labels)) for labels in ([[1] * 15], sample.instances))
    assert success_index(loose).tolist() == [1] + [0] * 8  # IoU 8/15
    assert mean_success_index([loose, perfect]) == pytest.approx({"CSI": 5 / 9, "CSI50": 1})


def test_perfect_empty_and_nothing():
    cells, nothing = [[1, 1, 0, 2]], [[0, 0, 0, 0]]
    both = [match(sample_of(one), segmentation(one)) for one in (cells, nothing)]
    assert mean_success_index(both) == {"CSI": 1, "CSI50": 1} and panoptic_quality(both, CELLS).pq == 1
    for wrong in (match(sample_of(cells), segmentation(nothing)), match(sample_of(nothing), segmentation(cells))):
        assert mean_success_index([wrong]) == {"CSI": 0, "CSI50": 0} and panoptic_quality([wrong], CELLS).pq == 0
    quality = panoptic_quality(both[1:], CELLS)
    assert np.isnan([quality.pq, quality.sq, quality.rq]).all()
    assert math.isnan(panoptic_quality([], CELLS).pq) and math.isnan(mean_success_index([])["CSI"])


def test_void_does_not_count_in_the_union():
    semantic, instances = np.array([[1, 1, 1, 1, -1, -1, -1]]), np.array([[1, 1, 1, 1, 0, 0, 0]])
    sample = Sample("image", np.zeros((1, 7, 3), np.uint8), semantic, instances, CELLS)
    result = panoptic_quality([match(sample, segmentation([[0, 1, 1, 1, 1, 1, 1]]))], CELLS)
    assert (result.sq, result.rq) == (3 / 4, 1)


def test_a_crowd_of_the_first_class():
    sample = Sample("image", np.zeros((1, 2, 3), np.uint8), np.zeros((1, 2), int), np.array([[0, 1]]), CELLS_ONLY)
    found = match(sample, Segmentation(np.array([[0, 1]]), np.zeros(1, int), np.ones(1)))
    assert found.is_group.tolist() == [False, True] and mean_success_index([found])["CSI"] == 1


def test_what_lies_on_a_crowd_or_on_void_is_no_false_positive():
    semantic = np.array([[1, 1, 1, 0, -1, -1, -1, 0, 1]])
    instances = np.array([[0, 0, 0, 0, 0, 0, 0, 0, 1]])
    sample = Sample("image", np.zeros((1, 9, 3), np.uint8), semantic, instances, CELLS)
    found = match(sample, segmentation([[1, 1, 0, 0, 2, 2, 0, 0, 3]]))
    assert success_index(found).tolist() == [1] * 9
    assert panoptic_quality([found], CELLS).pq == 1
    crowd = match(sample, segmentation([[1, 1, 1, 0, 0, 0, 0, 0, 0]]))  # found is the crowd, but not the cell
    assert success_index(crowd).tolist() == [0] * 9 and panoptic_quality([crowd], CELLS).pq == 0
    half = match(sample, segmentation([[0, 0, 1, 1, 0, 0, 0, 0, 2]]))  # not more than half on the crowd
    assert panoptic_quality([half], CELLS).rq == pytest.approx(2 / 3)
