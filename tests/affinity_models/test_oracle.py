"""The oracle: the truth at noise 0, and errors that are seeded, correlated and grow with noise."""

from dataclasses import replace

import numpy as np
import pytest

from affinity_models import Sample, create, data, oracle
from affinity_models.data.targets import block_majority, regions, same_region
from partitioners import ClassTable, InputError
from partitioners import create as partitioner

CLASSES = ClassTable(("road", "sky", "car", "person"), (False, False, True, True))


def make_sample(height=96, width=130):
    semantic = np.zeros((height, width), int)
    semantic[:20] = 1
    semantic[90:] = -1
    instances = np.zeros((height, width), int)
    for number, (top, left, side, kind) in enumerate(
        [(24, 8, 32, 2), (24, 40, 32, 2), (60, 80, 24, 3), (8, 100, 20, 3)], 1
    ):
        box = (slice(top, top + side), slice(left, left + side))
        instances[box], semantic[box] = number, kind
    return Sample("scene", np.zeros((height, width, 3), np.uint8), semantic, instances, CLASSES)


SAMPLE = make_sample()


def test_without_noise_it_is_the_truth_on_every_level():
    pyramid = create("oracle").predict(SAMPLE, 2)
    assert [level.shape for level in pyramid.levels] == [(48, 65), (24, 33), (12, 17), (6, 9)]
    own = create("oracle", stride=2).predict(SAMPLE, 4)
    assert own.stride == 2 and (own.levels[0].embedding == pyramid.levels[0].embedding).all()
    for number, level in enumerate(pyramid.levels):
        keys = block_majority(regions(SAMPLE), 2 << number)
        inside = same_region(keys, level.offsets)
        assert ((level.affinity > 0.5) == inside).all()
        truth = np.where(keys > 0, SAMPLE.instance_classes[np.maximum(keys, 0)], -1 - keys)
        known = truth >= 0
        assert (level.semantic.argmax(axis=0)[known] == truth[known]).all()


def test_without_noise_embeddings_tell_all_instances_apart():
    level = create("oracle").predict(SAMPLE, 1).levels[0]
    codes = [level.embedding[:, SAMPLE.instances == number] for number in (1, 2, 3, 4)]
    assert all((code == code[:, :1]).all() for code in codes)
    means = np.stack([code[:, 0] for code in codes])
    distances = np.linalg.norm(means[:, None] - means, axis=2)[np.triu_indices(4, 1)]
    assert (distances > 1).all()


@pytest.mark.parametrize("finest", [None, "gas"])
def test_the_cascade_finds_the_truth_at_stride_1_without_noise(finest):
    found = partitioner("cascade-gaec", finest=finest).partition(create("oracle").predict(SAMPLE, 1))
    pairs = set(zip(found.labels.ravel().tolist(), SAMPLE.instances.ravel().tolist(), strict=True))
    assert len(pairs) == 5  # background and four instances, each exactly one
    assert (
        np.array([0, *found.classes + 1])[found.labels] == np.where(SAMPLE.instances > 0, SAMPLE.semantic + 1, 0)
    ).all()


def test_equal_seeds_give_equal_pyramids_and_others_do_not():
    first, again, other = (create("oracle", noise=1, seed=seed).predict(SAMPLE, 2) for seed in (3, 3, 4))
    for one, two, three in zip(first.levels, again.levels, other.levels, strict=True):
        for field in ("affinity", "semantic", "embedding"):
            assert np.array_equal(getattr(one, field), getattr(two, field))
            assert not np.array_equal(getattr(one, field), getattr(three, field))
    renamed = create("oracle", noise=1, seed=3).predict(replace(SAMPLE, name="another"), 2)
    assert not np.array_equal(renamed.levels[0].affinity, first.levels[0].affinity)


def test_errors_grow_with_noise():
    truth = create("oracle").predict(SAMPLE, 1).levels[0]
    errors = []
    for noise in (0.5, 1, 2):
        level = create("oracle", noise=noise).predict(SAMPLE, 1).levels[0]
        wrong_affinity = ((level.affinity > 0.5) != (truth.affinity > 0.5)).mean()
        wrong_class = (level.semantic.argmax(axis=0) != truth.semantic.argmax(axis=0)).mean()
        errors.append((wrong_affinity, wrong_class, np.abs(level.embedding - truth.embedding).mean()))
    assert (np.diff(errors, axis=0) > 0).all()


def test_errors_are_spatially_correlated():
    level = create("oracle", noise=1).predict(SAMPLE, 1).levels[0]
    instance = (slice(28, 52), slice(12, 36))  # inside the first car, away from its boundary
    for field in (level.affinity[0], level.embedding[0]):
        values = field[instance]
        neighbours = np.corrcoef(values[:, 1:].ravel(), values[:, :-1].ravel())[0, 1]
        far = np.corrcoef(values[:, 12:].ravel(), values[:, :-12].ravel())[0, 1]
        assert neighbours > 0.4 > abs(far)


@pytest.mark.parametrize(("bridges", "low", "high"), [(0.0, 0, 0), (0.25, 0.05, 0.5)])
def test_some_boundaries_are_bridged(monkeypatch, bridges, low, high):
    """Fig. 2: between the two touching cars, some affinities are those of the inside, where nothing else disturbs."""
    monkeypatch.setattr(oracle, "BRIDGES", bridges)
    for other in ("AFFINITY_DEVIATION", "DISPLACEMENT"):
        monkeypatch.setattr(oracle, other, 0.0)
    level = create("oracle", noise=1).predict(SAMPLE, 1).levels[0]
    assert low <= (level.affinity[0, 24:56, 39] > 0.5).mean() <= high


@pytest.fixture(scope="module", params=["cells", "neurites"])
def volume(request):
    return data.create("volumes", kind=request.param, shape=(10, 36, 36)).read(f"{request.param}_val_000")


@pytest.mark.parametrize("neighbourhood", ["direct", "long-range"])
@pytest.mark.parametrize("name", ["components", "gaec(linkage=average)", "gaec(linkage=sum)", "gaec"])
def test_without_noise_a_volume_is_cut_into_its_instances(volume, name, neighbourhood):
    pyramid = create("oracle", neighbourhood=neighbourhood).predict(volume, 1)
    assert pyramid.is_volume and len(pyramid.levels) == 1 and len(pyramid.levels[0].embedding) == 0
    found = partitioner(name).segment(pyramid)
    pairs = np.unique(np.stack([found.labels.ravel(), volume.instances.ravel()]), axis=1)
    assert pairs.shape[1] == len(np.unique(volume.instances)) == len(found) + (volume.instances == 0).any()
    assert (found.classes == 1).all()


def test_errors_of_a_volume_grow_with_noise_alike_for_all_offsets(volume):
    truth = create("oracle", neighbourhood="long-range").predict(volume, 1).levels[0]
    assert len(truth.offsets) == 12 and {(4, 0, 0), (0, 27, 0), (0, 0, 9)} < set(truth.offsets)
    inside = (truth.affinity[:3] > 0.5).all(axis=0)
    shares = []
    for noise in (0.25, 0.5, 1):
        level = create("oracle", noise=noise, neighbourhood="long-range").predict(volume, 1).levels[0]
        shares.append([(level.affinity[axis] > 0.5)[inside].mean() for axis in range(3)])
        assert level.semantic.shape == (2, *volume.size)
    wrong = 1 - np.array(shares)
    assert (np.diff(wrong, axis=0) > 0).all() and np.ptp(wrong[-1]) < 0.5 * wrong[-1].max()


def test_only_direct_affinities_bridge_boundaries(volume, monkeypatch):
    monkeypatch.setattr(oracle, "BRIDGES", 0.25)
    for other in ("AFFINITY_DEVIATION", "DISPLACEMENT"):
        monkeypatch.setattr(oracle, other, 0.0)
    level = create("oracle", noise=1, neighbourhood="long-range").predict(volume, 1).levels[0]
    wrong = ((level.affinity > 0.5) & ~same_region(regions(volume), level.offsets)).any(axis=(1, 2, 3))
    assert wrong.tolist() == [True] * 3 + [False] * 9


def test_deviation_of_noise_does_not_depend_on_rank():
    rng = np.random.default_rng(0)
    for shape in ((4, 60, 60), (4, 30, 30, 30)):
        assert oracle._field(rng, shape).std() == pytest.approx(1, abs=0.05)


def test_long_range_offsets_of_an_image():
    offsets = create("oracle", neighbourhood="long-range").predict(SAMPLE, 2).levels[-1].offsets
    assert offsets == ((0, 1), (1, 0), (0, 3), (3, 0), (0, 9), (9, 0), (0, 27), (27, 0))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"noise": -1}, "noise"),
        ({"seed": -1}, "seed"),
        ({"levels": 0}, "levels"),
        ({"channels": 0}, "channels"),
        ({"neighbourhood": "far"}, "neighbourhood: expected one of"),
    ],
)
def test_wrong_parameters_are_refused(parameters, message):
    with pytest.raises(InputError, match=message):
        create("oracle", **parameters)
