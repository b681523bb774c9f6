"""Cityscapes AP and its bootstrap, against the official evaluator on files and on its own dictionaries."""

import copy
import math
import os
import pickle
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from affinity_models.metrics.bootstrap import _interval, bootstrap, weighted_average_precision
from affinity_models.metrics.cityscapes import OVERLAPS, as_official, average_precision, region_sizes, write_results
from affinity_models.metrics.matching import match
from affinity_models.metrics.truth import truth
from affinity_models.sample import Sample
from partitioners import ClassTable, Segmentation
from partitioners.errors import InputError

evaluator = pytest.importorskip("cityscapesscripts.evaluation.evalInstanceLevelSemanticLabeling")

THINGS = {"person": 24, "rider": 25, "car": 26, "truck": 27, "bus": 28, "train": 31, "motorcycle": 32, "bicycle": 33}
CLASSES = ClassTable(("road", *THINGS), (False, *[True] * 8))
REGIONS = (12.0, 30.0, 30.0)
SHAPE = (24, 40)
CARAVAN = 29001
CODES = (26001, 26002, 26003, 24001, 24002, 33001, 26, 24, 0, 4)


def boxes(rng, count):
    for _ in range(count):
        y, x = rng.integers(0, SHAPE[0] - 2), rng.integers(0, SHAPE[1] - 2)
        yield slice(y, y + rng.integers(2, 14)), slice(x, x + rng.integers(2, 14))


def random_ids(rng, codes=CODES):
    ids = np.full(SHAPE, 7, np.uint16)
    for box in boxes(rng, rng.integers(0, 12)):
        ids[box] = rng.choice(codes)
    return ids


def sample_of(ids, name="city_000000_000019", source=None):
    label = np.where(ids >= 1000, ids // 1000, ids)
    class_of = {7: 0} | {number: index for index, number in enumerate(THINGS.values(), 1)}
    semantic = np.vectorize(lambda value: class_of.get(value, -1), otypes=[int])(label)
    codes = np.unique(ids[(ids >= 1000) & (semantic >= 0)])
    instances = np.where(np.isin(ids, codes), np.searchsorted(codes, ids) + 1, 0)
    return Sample(name, np.zeros((*SHAPE, 3), np.uint8), semantic, instances, CLASSES, source)


def random_segmentation(rng, ids):
    labels, classes = np.zeros(SHAPE, int), []
    for code in [*rng.permutation(np.unique(ids[ids >= 24])), *rng.choice(CODES[:6], rng.integers(0, 4))]:
        if rng.random() < 0.8:
            classes.append(list(THINGS.values()).index(code // 1000 or code) + 1 if code != CARAVAN else 3)
            mask = np.roll(ids == code, rng.integers(-1, 2, 2), (0, 1))
            if rng.random() < 0.3:
                mask[next(boxes(rng, 1))] = True
            labels[mask] = len(classes)
    scores = rng.integers(0, 5, len(classes)) / 4  # ties, and the extremes 0 and 1
    return Segmentation(labels, np.array(classes, int), scores.astype(np.float32))


def official_args(**changes):
    args = copy.copy(evaluator.args)
    evaluator.setInstanceLabels(args)
    vars(args).update({"quiet": True, "minRegionSizes": np.array(REGIONS)} | changes)
    return args


def official(matches, args):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        aps = evaluator.evaluateMatches(matches, args)
        return aps, evaluator.computeAverages(aps, args)


def random_files(rng, folder, count):
    for index in range(count):
        ids = random_ids(rng, (*CODES, CARAVAN))
        source = folder / f"city_{index:06d}_000019_gtFine_instanceIds.png"
        Image.fromarray(ids).save(source)
        yield sample_of(ids, f"city_{index:06d}_000019", source), random_segmentation(rng, ids)


def matches_from_files(folder, pairs, distance):
    args = official_args(predictionPath=str(folder), distanceAvailable=distance is not None)
    predictions = [str(write_results(folder / "new" / "results", *pair)) for pair in pairs]
    truths = [str(sample.source) for sample, _ in pairs]
    instances = evaluator.instances2dict(truths)
    for sample, _ in pairs if distance is not None else ():
        ids = np.asarray(Image.open(sample.source))
        for record in (record for records in instances[str(sample.source)].values() for record in records):
            values = distance[ids == record["instID"]]
            record["distConf"] = float(np.mean(~np.isnan(values)))
            record["medDist"] = float(np.nanmedian(values)) if record["distConf"] else -1
    return evaluator.matchGtWithPreds(predictions, truths, instances, args), args


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("with_distance", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_equals_the_official_evaluator_on_files(tmp_path, seed, with_distance):
    rng = np.random.default_rng(seed)
    pairs = list(random_files(rng, tmp_path, 25))
    pairs[0] = (pairs[0][0], Segmentation(np.zeros(SHAPE, int), np.zeros(0, int), np.zeros(0)))
    distance = None
    if with_distance:
        distance = np.repeat(rng.choice([30.0, 49, 51, 99, 101, np.nan], (6, 10)).repeat(4, 0), 4, 1)
    expected, args = matches_from_files(tmp_path, pairs, distance)
    matches = [match(*pair, distance) for pair in pairs]
    assert_same_records(as_official(matches, CLASSES), expected)
    aps, averages = official(expected, args)
    result = average_precision(matches, CLASSES, REGIONS)
    assert result.ap > 0
    assert close(result.ap, averages["allAp"]) and close(result.ap50, averages["allAp50%"])
    assert close(result.ap50m, averages.get("allAp50m", math.nan))
    assert close(result.ap100m, averages.get("allAp100m", math.nan))
    assert all(close(result.class_ap[name], averages["classes"][name]["ap"]) for name in THINGS)
    assert all(close(result.class_ap50[name], averages["classes"][name]["ap50%"]) for name in THINGS)
    ones = np.ones((len(matches), 1), int)
    assert close(weighted_average_precision(matches, CLASSES, ones, REGIONS)[0], np.nanmean(aps[0]))


def close(one, other):
    return np.allclose(one, other, rtol=0, atol=1e-12, equal_nan=True)


def assert_same_records(ours, theirs):
    """The same things in the same order with the same overlaps, apart from how they are numbered."""

    def simple(record, partners):
        keys = ("pixelCount", "medDist", "distConf", "confidence", "voidIntersection", "intersection")
        known = {key: float(record[key]) for key in keys if key in record}
        group = {"is_group": record["instID"] < 1000} if "instID" in record else {}
        return known | group | {partners: [simple(partner, partners) for partner in record.get(partners, [])]}

    assert len(ours) == len(theirs) + 1
    for mine, other in zip(ours.values(), theirs.values(), strict=False):
        for side, partners in (("groundTruth", "matchedPred"), ("prediction", "matchedGt")):
            for name in THINGS:
                one = [simple(record, partners) for record in mine[side][name]]
                two = [simple(record, partners) for record in other[side][name]]
                assert sorted(map(repr, one)) == sorted(map(repr, two))


def test_a_file_and_the_arrays_of_the_same_scene_give_the_same(tmp_path):
    rng = np.random.default_rng(3)
    for index in range(20):
        ids = random_ids(rng)
        source = tmp_path / f"city_{index:06d}_000019_gtFine_instanceIds.png"
        Image.fromarray(ids).save(source)
        sample, found = sample_of(ids, source=source), random_segmentation(rng, ids)
        one, two = match(sample, found), match(replace(sample, source=None), found)
        names = [name for name, value in vars(one).items() if isinstance(value, np.ndarray)]
        order = [np.lexsort((m.true_pixels, m.is_group, m.true_class)) for m in (one, two)]
        assert one.true_pixels[order[0]].tolist() == two.true_pixels[order[1]].tolist()
        assert len(names) == 10 and close(*(average_precision([m], CLASSES, REGIONS).ap for m in (one, two)))
        assert all(getattr(one, name).dtype == getattr(two, name).dtype for name in names)


@given(st.integers(0, 2**32), st.lists(st.integers(0, 3), min_size=1, max_size=5))
@settings(deadline=None, max_examples=60)
def test_weights_equal_repeated_images_in_the_official_evaluator(seed, repetitions):
    rng = np.random.default_rng(seed)
    matches = []
    for index in range(len(repetitions)):
        ids = random_ids(rng)
        matches.append(match(sample_of(ids, f"image {index}"), random_segmentation(rng, ids)))
    entries = as_official(matches, CLASSES)
    repeated = {
        (name, copy_number): entries[name]
        for name, count in zip([m.name for m in matches], repetitions, strict=True)
        for copy_number in range(count)
    } | {"": entries[""]}
    aps, _ = official(repeated, official_args())
    weights = np.array([repetitions, np.ones(len(repetitions), int)]).T
    weighted = weighted_average_precision(matches, CLASSES, weights, REGIONS)
    expected = np.nan if np.isnan(aps).all() else np.nanmean(aps)
    assert close(weighted, [expected, average_precision(matches, CLASSES, REGIONS).ap])


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=30)
def test_the_added_image_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    ids = [random_ids(rng) for _ in range(3)]
    matches = [match(sample_of(one, str(index)), random_segmentation(rng, one)) for index, one in enumerate(ids)]
    entries = as_official(matches, CLASSES)
    with_it, _ = official(entries, official_args())
    del entries[""]
    try:
        without, _ = official(entries, official_args())
    except IndexError:  # the failure that it prevents
        return
    assert close(with_it, without)


def two_cars():
    ids = np.full(SHAPE, 7, np.uint16)
    ids[:10, :10], ids[12:22, :10] = 26001, 26002
    return ids


def test_by_hand():
    """Two cars of 100 pixels: one found with IoU 0.8, one missed, one false positive with a higher score."""
    labels = np.zeros(SHAPE, int)
    labels[:8, :10], labels[:4, 30:] = 1, 2
    found = Segmentation(labels, np.array([3, 3]), np.array([0.5, 0.75], np.float32))
    result = average_precision([match(sample_of(two_cars()), found)], CLASSES)
    # The curve is (0, 1), (0, 0), (1/2, 1/2): the area is 1/8 at the overlaps 0.5 … 0.75, and at 0.8 no more.
    assert result.ap50 == pytest.approx(1 / 8)
    assert result.ap == pytest.approx(6 / 10 / 8)
    assert result.class_ap["car"] == result.ap and math.isnan(result.class_ap["bus"])
    assert math.isnan(result.ap50m)


def test_perfect_and_empty():
    sample = sample_of(two_cars())
    perfect = Segmentation(sample.instances, np.array([3, 3]), np.array([0.5, 0.6]))
    empty = Segmentation(np.zeros(SHAPE, int), np.zeros(0, int), np.zeros(0))
    assert average_precision([match(sample, perfect)], CLASSES).ap == 1
    assert average_precision([match(sample, empty)], CLASSES).ap == 0
    both = [match(sample, perfect), match(replace(sample, name="other"), empty)]
    assert average_precision(both, CLASSES).ap == 0.5


def test_an_interval_is_between_two_percentiles_of_the_draws():
    values = np.concatenate([[0.7], np.random.default_rng(0).permutation(101) / 100, [np.nan]])
    assert _interval(values, 0.9) == pytest.approx((0.7, 0.05, 0.95))
    assert _interval(values, 1) == pytest.approx((0.7, 0, 1))


def test_nothing_at_all():
    road = sample_of(np.full(SHAPE, 7, np.uint16))
    empty = Segmentation(np.zeros(SHAPE, int), np.zeros(0, int), np.zeros(0))
    for matches in ([], [match(road, empty)]):
        assert math.isnan(average_precision(matches, CLASSES).ap)
        result = bootstrap({"a": matches, "b": matches}, CLASSES, 5)
        intervals = [*result.ap.values(), *result.difference.values()]
        assert len(intervals) == 3 and np.isnan(intervals).all()


def test_void_swallows_all_found():
    ids = two_cars()
    ids[:, 20:] = 0
    labels = np.zeros(SHAPE, int)
    labels[:5, 25:30] = 1
    found = match(sample_of(ids), Segmentation(labels, np.array([3]), np.array([0.5])))
    assert found.void_pixels.tolist() == [25]
    assert average_precision([found], CLASSES).ap == 0


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = dict(vars(evaluator.args))
    sample = sample_of(two_cars())
    average_precision([match(sample, Segmentation(sample.instances, np.array([3, 3]), np.ones(2)))], CLASSES)
    assert os.listdir(tmp_path) == []
    assert not os.path.exists(evaluator.args.gtInstancesFile)
    assert before == vars(evaluator.args) and np.array_equal(OVERLAPS, evaluator.args.overlaps)


def test_other_classes_and_empty_labels():
    classes = ClassTable(("background", "nucleus"), (False, True))
    instances = np.zeros((6, 6), int)
    instances[:2, :2], instances[4:, 4:] = 1, 2
    semantic, labels = (instances > 0).astype(int), instances.copy()
    instances[5, 0], labels[0, 5] = 3, 4  # both of no thing
    sample = Sample("cells", np.zeros((6, 6, 3), np.uint8), semantic, instances, classes)
    found = match(sample, Segmentation(labels, np.array([1, 1, 1, 0]), np.ones(4)))
    assert found.true_class.tolist() == [1, 1]
    assert found.found_class.tolist() == [1, 1]  # one label has no pixels
    assert region_sizes([found], classes) == (1, 1, 1)
    assert average_precision([found], classes).class_ap == {"nucleus": 1.0}
    assert pickle.loads(pickle.dumps(found)).pair_pixels.tolist() == [4, 4]


def test_region_sizes_follow_the_size_of_the_images():
    found = match(sample_of(two_cars()), Segmentation(np.zeros(SHAPE, int), np.zeros(0, int), np.zeros(0)))
    assert region_sizes([replace(found, size=(1024, 2048))], CLASSES) == (100, 1000, 1000)
    assert region_sizes([replace(found, size=(512, 1024))], CLASSES) == (25, 250, 250)
    for size, ap in (((1024, 2048), 0), ((1025, 2048), math.nan)):  # both cars have 100 pixels
        matches = [replace(found, size=size)]
        assert close(average_precision(matches, CLASSES).ap, ap)
        assert close(weighted_average_precision(matches, CLASSES, np.ones((1, 1), int)), [ap])


def test_distances():
    distance = np.full(SHAPE, np.nan)
    distance[:10, :10] = 40
    distance[:10, :4] = 90
    distance[12:16, :10] = 20
    sample = sample_of(two_cars())
    perfect = Segmentation(sample.instances, np.array([3, 3]), np.ones(2))
    found = match(sample, perfect, distance)
    assert found.distance.tolist() == [40, 20] and found.known.tolist() == [1, 0.4]
    counts = (found.true_pixels, found.found_pixels, found.void_pixels, found.pair_pixels)
    assert all(array.dtype == np.int64 for array in (*counts, found.pair_true, found.pair_found))
    assert found.true_class.dtype == found.found_class.dtype == np.int32 and found.score.dtype == np.float64
    result = average_precision([found], CLASSES)
    assert (result.ap, result.ap50m, result.ap100m) == (1, 1, 1)
    nothing = match(sample, perfect, np.full(SHAPE, np.nan))
    assert nothing.distance.tolist() == [-1, -1]
    assert math.isnan(average_precision([nothing], CLASSES).ap50m)
    assert math.isnan(average_precision([found, match(replace(sample, name="b"), perfect)], CLASSES).ap100m)


def test_mistakes_are_named(tmp_path):
    sample = sample_of(two_cars())
    found = Segmentation(np.zeros((3, 4), int), np.zeros(0, int), np.zeros(0))
    with pytest.raises(InputError, match=r"\(24, 40\), got \(3, 4\)"):
        match(sample, found)
    with pytest.raises(InputError, match=r"\(24, 40\), got \(3, 4\)"):
        write_results(tmp_path, sample, found)
    ninth = Segmentation(np.zeros(SHAPE, int), np.array([9]), np.ones(1))
    for refuse in (lambda: match(sample, ninth), lambda: write_results(tmp_path, sample, ninth)):
        with pytest.raises(InputError, match=r"^classes of the segmentation: expected"):
            refuse()
    road = Segmentation(np.zeros(SHAPE, int), np.array([0]), np.ones(1))
    with pytest.raises(InputError, match="'road'"):
        write_results(tmp_path, sample, road)
    with pytest.raises(InputError, match="no blank"):
        write_results(tmp_path, replace(sample, name="a b"), road)
    with pytest.raises(InputError, match=r"^distance: expected shape \(24, 40\), got \(40, 24\)"):
        match(sample, road, np.zeros((40, 24)))
    damaged = tmp_path / "city_000000_000019_gtFine_instanceIds.png"
    damaged.write_bytes(b"no image")
    with pytest.raises(InputError, match=r"instanceIds.png: expected grey labels .* cannot be read"):
        match(replace(sample, source=damaged), road)
    ok = match(sample, road)
    with pytest.raises(InputError, match="1 repeated"):
        average_precision([ok, ok], CLASSES)
    with pytest.raises(InputError, match="same images"):
        bootstrap({"a": [ok], "b": [replace(ok, name="other")]}, CLASSES)
    for wrong, message in (
        ({"rows": {}}, "rows: expected at least one"),
        ({"resamples": 0}, "resamples: expected .* at least 1"),
        ({"confidence": 1.5}, "confidence: expected"),
    ):
        with pytest.raises(InputError, match=message):
            bootstrap(**({"rows": {"a": [ok]}, "classes": CLASSES} | wrong))
    with pytest.raises(InputError, match=r"weights: expected shape \(1, any\)"):
        weighted_average_precision([ok], CLASSES, np.ones((2, 1), int))


def test_a_thing_that_cityscapes_does_not_evaluate(tmp_path):
    source = tmp_path / "city_000000_000019_gtFine_instanceIds.png"
    Image.fromarray(np.full(SHAPE, 7, np.uint16)).save(source)
    classes = ClassTable(("nucleus",), (True,))
    sample = Sample(
        "cells", np.zeros((*SHAPE, 3), np.uint8), np.zeros(SHAPE, int) - 1, np.zeros(SHAPE, int), classes, source
    )
    with pytest.raises(InputError, match="'nucleus'"):
        match(sample, Segmentation(np.zeros(SHAPE, int), np.zeros(0, int), np.zeros(0)))


def test_file_of_the_evaluator_is_turned_as_its_exif_says(tmp_path):
    ids, exif = two_cars(), Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # a quarter turn clockwise
    source = tmp_path / "city_000000_000019_gtFine_instanceIds.png"
    Image.fromarray(np.rot90(ids).copy()).save(source, exif=exif)
    sample = sample_of(ids, source=source)
    assert truth(sample).codes.tolist() == ids.tolist()
    Image.fromarray(np.rot90(ids).copy()).save(source)
    with pytest.raises(InputError, match="expected 24 × 40 pixels like the image, got 40 × 24"):
        truth(sample)


def test_bootstrap_compares_on_the_same_draws():
    rng = np.random.default_rng(0)
    rows = {"good": [], "bad": [], "same": []}
    for index in range(12):
        ids = random_ids(rng)
        sample = sample_of(ids, str(index))
        perfect = Segmentation(sample.instances, sample.instance_classes[1:], np.ones(sample.instances.max()))
        for name, found in (("good", perfect), ("bad", random_segmentation(rng, ids)), ("same", perfect)):
            rows[name].append(match(sample, found))
    result = bootstrap(rows, CLASSES, 200, min_region=REGIONS)
    assert list(result.difference) == [("good", "bad"), ("good", "same"), ("bad", "same")]
    assert result.difference["good", "same"] == (0, 0, 0)
    assert result.ap["bad"].value == pytest.approx(average_precision(rows["bad"], CLASSES, REGIONS).ap)
    assert result.ap["bad"].low < result.ap["bad"].value < result.ap["bad"].high
    assert result.difference["good", "bad"].high < 0
    assert result == bootstrap(rows, CLASSES, 200, min_region=REGIONS)
    one_draw = bootstrap(rows, CLASSES, 1, min_region=REGIONS).ap["bad"]
    assert one_draw.low == one_draw.high
    bad = {"bad": rows["bad"]}
    regions = region_sizes(bad["bad"], CLASSES)
    assert bootstrap(bad, CLASSES) == bootstrap(bad, CLASSES, 1000, 0, 0.95, regions, OVERLAPS)
    ap50 = bootstrap(rows, CLASSES, 3, min_region=REGIONS, overlaps=(0.5,)).ap["bad"].value
    assert ap50 == pytest.approx(average_precision(rows["bad"], CLASSES, REGIONS).ap50)
