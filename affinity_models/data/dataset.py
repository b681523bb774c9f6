"""The interface of data sets, and their registry."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from affinity_models.sample import Sample
from partitioners import ClassTable, Segmentation
from partitioners.checks import PlainParameters
from partitioners.errors import InputError
from partitioners.fingerprint import content_key
from partitioners.registry import Registry

logger = logging.getLogger(__name__)


class Dataset(PlainParameters, ABC):
    """A set of images with ground truth. To add one, write the four members below and register the class.

    Members:
        classes: its class table.
        stride: image pixels per pixel of pyramid level 1 that suit the size of its objects.
        names: the names of its images, in order, found without opening them.
        read: one image with its ground truth; raises `InputError` naming the file where one is damaged,
            missing or does not match.
        train: the parameters, as one writes them, that choose its images for training and tuning; none where it does
            not tell these from others.
    """

    classes: ClassTable
    stride: int
    train: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def names(self) -> list[str]:
        """Return the images' names, in order."""

    @abstractmethod
    def read(self, name: str) -> Sample:
        """Return one image with its ground truth."""

    def distance(self, name: str) -> NDArray[np.float32] | None:
        """Return (H, W) float32 distances from the camera in metres, NaN where unknown; None where there are none.

        Raises:
            InputError: there is no such image, or a file with distances is damaged or does not match.
        """
        return None

    def revision(self, name: str) -> str:
        """Return what tells an image with its ground truth from others of the same name: here a hash of both, and of the distances.

        Raises:
            InputError: the image cannot be read.
        """
        sample, distance = self.read(name), self.distance(name)
        layers: list[NDArray[Any]] = [sample.image, sample.semantic, sample.instances]
        return content_key(*layers, *([] if distance is None else [distance]))[:12]

    def figures_of_merit(self, found: Sequence[tuple[Sample, Segmentation]]) -> dict[str, float]:
        """Return the figures of merit of this kind of data by name, for segmentations of its images; none by default."""
        return {}

    def samples(self, limit: int | None = None) -> Iterator[Sample]:
        """Yield the images one by one; one that cannot be read is reported and left out, the others go on.

        Args:
            limit: the number of names after which to stop; None for all.
        """
        for name in self.names()[:limit]:
            try:
                yield self.read(name)
            except InputError as error:
                logger.warning("left out: %s", error)


DATASETS: Registry[Dataset] = Registry("data set", "affinity_bench.datasets")
"""All data sets by name; other packages add theirs through the entry-point group `affinity_bench.datasets`."""
