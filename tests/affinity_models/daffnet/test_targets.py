"""Targets of levels, normalisation, random crops and their order."""

from typing import ClassVar

import numpy as np
import pytest
import torch

from affinity_models import Sample
from affinity_models.daffnet.augmentation import normalised, random_crop
from affinity_models.daffnet.crops import Crops, batches, holders, object_pixel
from affinity_models.daffnet.options import TrainingOptions
from affinity_models.daffnet.targets import level_targets
from affinity_models.data.dataset import DATASETS, Dataset
from affinity_models.data.targets import regions
from partitioners import ClassTable

PLAIN = TrainingOptions(scale=(1, 1), crop=(8, 8))


def test_targets_by_hand() -> None:
    semantic = np.array([[0, 0, 1, 1, 1, -1], [0, 0, 1, 1, 1, -1]])
    instances = np.array([[0, 0, 7, 7, 0, 0], [0, 0, 7, 9, 0, 0]])
    sample = Sample("a", np.zeros((2, 6, 3), np.uint8), semantic, instances, ClassTable(("road", "car"), (False, True)))
    fine, coarse, _ = level_targets(sample, regions(sample), 1, 3)
    assert fine.semantic.tolist() == [semantic.tolist()]
    assert fine.instances.tolist() == [[[0, 0, 7, 7, -1, -1], [0, 0, 7, 9, -1, -1]]]  # a crowd and void are unknown
    assert coarse.semantic.tolist() == [[[0, 1, 1]]] and coarse.instances.tolist() == [[[0, 7, -1]]]


def test_normalised_images_have_mean_0_and_deviation_1() -> None:
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    picture = normalised(image)
    assert picture.shape == (3, 20, 30)
    torch.testing.assert_close(picture.mean(dim=(1, 2)), torch.zeros(3), atol=1e-4, rtol=0)
    torch.testing.assert_close(picture.std(dim=(1, 2), correction=0), torch.ones(3), atol=1e-3, rtol=0)
    assert normalised(np.full((4, 4, 3), 9, np.uint8)).abs().max() < 1e-3


def pair(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """An image whose grey values are its keys."""
    keys = np.random.default_rng(seed).integers(1, 9, (13, 11))
    return np.repeat(keys[..., None], 3, axis=2).astype(np.uint8), keys


@pytest.mark.parametrize("turns", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_image_and_truth_move_together(seed: int, turns: bool) -> None:
    image, keys = pair(seed)
    options = TrainingOptions(scale=(1, 1), crop=(8, 8), turns=turns)
    picture, truth = random_crop(image, keys, options, np.random.default_rng(seed))
    assert picture.shape == (3, 8, 8) and truth.shape == (8, 8)
    value = {key: normalised(image)[0][torch.from_numpy(keys == key)][0] for key in range(1, 9)}
    expected = torch.tensor([[value[key] for key in row] for row in truth.tolist()])
    torch.testing.assert_close(picture, expected.expand(3, 8, 8))


def test_beyond_a_small_image_all_is_void() -> None:
    image, keys = pair(0)
    options = TrainingOptions(scale=(1, 1), crop=(16, 12))
    picture, truth = random_crop(image, keys, options, np.random.default_rng(3))
    outside = truth == 0
    assert outside.sum() == 16 * 12 - 13 * 11 and not picture[:, outside].any()


def test_scale_enlarges() -> None:
    image, keys = pair(0)
    options = TrainingOptions(scale=(2, 2), crop=(8, 8))
    _, truth = random_crop(image, keys, options, np.random.default_rng(0))
    assert (truth[::2, ::2] == truth[1::2, 1::2]).all()


@pytest.mark.parametrize("pixel", [(0, 0), (12, 10), (6, 5)])
def test_crops_hold_the_pixel_they_are_laid_around(pixel: tuple[int, int]) -> None:
    image, keys = pair(0)
    keys[pixel] = 99
    for seed in range(20):
        _, truth = random_crop(image, keys, PLAIN, np.random.default_rng(seed), pixel)
        assert (truth == 99).sum() == 1 and (truth > 0).all()


class OneRow(Dataset):
    """Images of one row of objects: "a" has three of class 1 and one of 2, "b" one of 1, "c" none."""

    classes = ClassTable(("road", "car", "bus"), (False, True, True))
    rows: ClassVar[dict[str, tuple[list[int], list[int]]]] = {
        "a": ([1, 1, 1, 2, 0, 1], [4, 5, 6, 7, 0, 0]),
        "b": ([1, 0], [1, 0]),
        "c": ([0, 0], [0, 0]),
    }
    reads: ClassVar[list[str]] = []

    def names(self) -> list[str]:
        return list(self.rows)

    def read(self, name: str) -> Sample:
        self.reads.append(name)
        semantic, instances = (np.array([row]) for row in self.rows[name])
        return Sample(name, np.zeros((*semantic.shape, 3), np.uint8), semantic, instances, self.classes)


def test_objects_are_drawn_evenly_among_those_of_a_class() -> None:
    rng = np.random.default_rng(0)
    drawn = [object_pixel(OneRow().read("a"), 1, rng) for _ in range(300)]
    counts = [drawn.count((0, column)) for column in range(6)]
    assert counts[3:] == [0, 0, 0] and min(counts[:3]) > 60
    assert object_pixel(OneRow().read("a"), 2, rng) == (0, 3)


def test_crops_around_objects_are_of_all_classes_alike() -> None:
    dataset = OneRow()
    options = TrainingOptions(crop=(4, 4), object_share=1.0)
    kinds = holders(dataset, dataset.names())
    assert kinds == {1: ["a", "b"], 2: ["a"]}
    crops = Crops(dataset, dataset.names(), options, 1, kinds)
    dataset.reads.clear()
    for number in range(400):
        crops[number]
    assert dataset.reads.count("c") == 0 and 70 < dataset.reads.count("b") < 130


@pytest.fixture
def crops(squares_root) -> Crops:
    dataset = DATASETS.create("nuclei", root=squares_root)
    options = TrainingOptions(semantic_iterations=2, iterations=4, batch=4, crop=(32, 32), colour=0.1)
    return Crops(dataset, dataset.names(), options, 1, {})


def same(one, other) -> bool:
    (image, targets), (other_image, other_targets) = one, other
    pairs = zip(targets, other_targets, strict=True)
    return torch.equal(image, other_image) and all(
        torch.equal(a, b) for level, other_level in pairs for a, b in zip(level, other_level, strict=True)
    )


def test_a_training_that_goes_on_sees_the_same_batches(crops) -> None:
    whole = list(batches(crops, 0))
    assert len(whole) == 6 and not same(whole[0], whole[1])
    assert all(map(same, batches(crops, 2), whole[2:]))


def test_processes_share_a_batch(crops) -> None:
    for whole, first, second in zip(batches(crops, 0), batches(crops, 0, 0, 2), batches(crops, 0, 1, 2), strict=True):
        assert torch.equal(whole[0], torch.cat([first[0], second[0]]))
        assert torch.equal(whole[1][3].instances, torch.cat([first[1][3].instances, second[1][3].instances]))


def test_each_image_occurs_once_an_epoch(crops, monkeypatch) -> None:
    read = []
    monkeypatch.setattr(type(crops.dataset), "read", lambda self, name: read.append(name) or 1 / 0)
    for number in range(24):
        with pytest.raises(ZeroDivisionError):
            crops[number]
    assert sorted(read[:12]) == sorted(read[12:]) == crops.names and read[:12] != read[12:]
