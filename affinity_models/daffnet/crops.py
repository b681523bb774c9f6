"""Batches of random crops, each a function of the seed and the iteration alone.

So a run that resumes from a checkpoint sees the same crops, and so do several processes together.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset
from tqdm import tqdm

from affinity_models.daffnet.augmentation import random_crop
from affinity_models.daffnet.options import LEVELS, TrainingOptions
from affinity_models.daffnet.targets import LevelTarget, batch_targets, level_targets
from affinity_models.data.dataset import Dataset
from affinity_models.data.targets import regions
from affinity_models.sample import VOID, Sample
from partitioners.errors import InputError
from partitioners.fingerprint import content_key

Batch = tuple[Tensor, list[LevelTarget]]
"""(B, 3, h, w) float32 images, and the targets of each level."""


@dataclass(frozen=True)
class Crops(TorchDataset[Batch]):
    """Crop number n = 0, 1, … of a training.

    Of those that are laid anywhere, all images occur once before any occurs again.

    Args:
        dataset: the source of images.
        names: the names of the images that are trained on.
        options: crop, augmentation and seed.
        stride: image pixels per pixel of level 1.
        holders: those of `names` with an instance of a class, by class.
    """

    dataset: Dataset
    names: list[str]
    options: TrainingOptions
    stride: int
    holders: dict[int, list[str]]

    @cached_property
    def read(self) -> Callable[[str], Sample]:
        """Read an image, or recall it."""
        return lru_cache(self.options.cached)(self.dataset.read)

    def __getitem__(self, number: int) -> Batch:
        """Return (3, h, w) float32 and its targets, B = 1.

        Raises:
            InputError: an image cannot be read.
        """
        rng = np.random.default_rng([self.options.seed, 1, number])
        if self.holders and rng.random() < self.options.object_share:
            kind = int(rng.choice(list(self.holders)))
            sample = self.read(str(rng.choice(self.holders[kind])))
            pixel = object_pixel(sample, kind, rng)
        else:
            epoch, place = divmod(number, len(self.names))
            order = np.random.default_rng([self.options.seed, 0, epoch]).permutation(len(self.names))
            sample, pixel = self.read(self.names[order[place]]), None
        image, keys = random_crop(sample.image, regions(sample), self.options, rng, pixel)
        return image, level_targets(sample, keys, self.stride, LEVELS)


def holders(dataset: Dataset, names: Iterable[str]) -> dict[int, list[str]]:
    """Return, for each class that has instances in these images, the names of those that hold one.

    Raises:
        InputError: an image cannot be read.
    """
    names_by_class: dict[int, list[str]] = {}
    for name in names:
        classes = dataset.read(name).instance_classes
        for kind in np.unique(classes[classes != VOID]).tolist():
            names_by_class.setdefault(kind, []).append(name)
    return dict(sorted(names_by_class.items()))


def object_pixel(sample: Sample, kind: int, rng: np.random.Generator) -> tuple[int, int]:
    """Return row and column of a pixel of an instance of class `kind`, drawn evenly one after the other."""
    number = rng.choice(np.flatnonzero(sample.instance_classes == kind))
    place = rng.choice(np.flatnonzero(sample.instances == number))
    row, column = divmod(int(place), sample.instances.shape[1])
    return row, column


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
    loader = DataLoader(
        crops,
        batch_sampler=numbers,  # type: ignore[arg-type]
        collate_fn=_collate,
        num_workers=options.workers,
        worker_init_fn=_outlive_stops,
    )
    yield from _loaded(loader)


def images_key(dataset: Dataset, workers: int, show: bool) -> str:
    """Return digits that change with any image of a data set or its truth, which are read for it as they are for batches.

    Args:
        dataset: all of it.
        workers: processes that read; 0 reads in this one.
        show: a bar.

    Raises:
        InputError: an image cannot be read.
    """
    names = dataset.names()
    loader: DataLoader[str] = DataLoader(
        names,  # type: ignore[arg-type]
        batch_size=None,
        collate_fn=dataset.revision,  # type: ignore[arg-type]  # takes single names, as there are no batches
        num_workers=workers,
        worker_init_fn=_outlive_stops,
        generator=torch.Generator(),  # the training's own draws nothing for it
    )
    revisions = tqdm(_loaded(loader), "hash of", len(names), leave=False, disable=not show)
    return content_key(np.array([*names, *revisions]))[:12]


def _loaded(loader: DataLoader[Any]) -> Iterator[Any]:
    try:
        yield from loader
    except InputError as error:  # that of a worker holds its traceback, the message comes last
        raise InputError(str(error).strip().splitlines()[-1].rpartition("InputError: ")[2]) from None


def _outlive_stops(worker: int) -> None:
    """Leave it to the training process when to end, also where all processes get the signal: it finishes its iteration first."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _collate(crops: list[Batch]) -> Batch:
    images, targets = zip(*crops, strict=True)
    return torch.stack(images), batch_targets(targets)
