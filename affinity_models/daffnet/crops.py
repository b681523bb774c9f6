"""Batches of random crops, each a function of the seed and the iteration alone.

So a run that goes on from a checkpoint sees what it would have seen, and so do several processes together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from affinity_models.daffnet.augmentation import random_crop
from affinity_models.daffnet.options import LEVELS, TrainingOptions
from affinity_models.daffnet.targets import LevelTarget, batch_targets, level_targets
from affinity_models.dataset import Dataset
from affinity_models.sample import VOID, Sample
from affinity_models.targets import regions
from partitioners.errors import InputError

Batch = tuple[Tensor, list[LevelTarget]]
"""(B, 3, h, w) float32 images, and the targets of each level."""


@dataclass(frozen=True)
class Crops(TorchDataset[Batch]):
    """Crop number n = 0, 1, … of a training; all images occur once before any occurs again.

    Args:
        dataset: where images come from.
        names: those that are trained on.
        options: crop, augmentation and seed.
        stride: image pixels per pixel of level 1.
    """

    dataset: Dataset
    names: list[str]
    options: TrainingOptions
    stride: int

    def __getitem__(self, number: int) -> Batch:
        """Return (3, h, w) float32 and its targets, B = 1.

        Raises:
            InputError: an image cannot be read.
        """
        epoch, place = divmod(number, len(self.names))
        order = np.random.default_rng([self.options.seed, 0, epoch]).permutation(len(self.names))
        sample = self.dataset.read(self.names[order[place]])
        rng = np.random.default_rng([self.options.seed, 1, number])
        pixel = object_pixel(sample, rng) if rng.random() < self.options.object_share else None
        image, keys = random_crop(sample.image, regions(sample), self.options, rng, pixel)
        return image, level_targets(sample, keys, self.stride, LEVELS)


def object_pixel(sample: Sample, rng: np.random.Generator) -> tuple[int, int] | None:
    """Return row and column of a pixel of an instance of a class, all three drawn evenly; None without any instance."""
    classes = sample.instance_classes
    if (classes == VOID).all():
        return None
    number = rng.choice(np.flatnonzero(classes == rng.choice(np.unique(classes[classes != VOID]))))
    row, column = rng.choice(np.argwhere(sample.instances == number))
    return int(row), int(column)


def batches(crops: Crops, first: int, rank: int = 0, world: int = 1) -> Iterator[Batch]:
    """Yield the batches of iterations first … total - 1.

    Args:
        crops: the crops of all processes.
        first: number of the first iteration.
        rank: this process among `world`, which share each batch evenly.
        world: the number of processes.

    Raises:
        InputError: an image cannot be read.
    """
    options = crops.options
    share = options.batch // world
    numbers = [
        range(start, start + share)
        for start in range(first * options.batch + rank * share, options.total * options.batch, options.batch)
    ]
    loader = DataLoader(crops, batch_sampler=numbers, collate_fn=_collate, num_workers=options.workers)  # type: ignore[arg-type]
    try:
        yield from loader
    except InputError as error:  # that of a worker holds its traceback, the message comes last
        raise InputError(str(error).strip().splitlines()[-1].rpartition("InputError: ")[2]) from None


def _collate(crops: list[Batch]) -> Batch:
    images, targets = zip(*crops, strict=True)
    return torch.stack(images), batch_targets(targets)
