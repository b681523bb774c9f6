"""Volumes with one label per cell or neurite: generated, or from files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from affinity_models.data import files
from affinity_models.data.dataset import DATASETS, Dataset
from affinity_models.data.volumes import containers
from affinity_models.data.volumes.generator import KINDS, generate
from affinity_models.sample import Sample
from partitioners import ClassTable, checks, needs
from partitioners.errors import InputError
from partitioners.labels import consecutive

LAYOUT = "NAME.h5, NAME.zarr, NAME.n5, or stacks of labels NAME-mask.tif or masks/NAME.tif"
_GREY = 128


@DATASETS.register("volumes", unavailable=needs("scipy", extra="bench"))
@dataclass(frozen=True)
class Volumes(Dataset):
    """Cells or neurites in volumes: generated when read, or from HDF5, Zarr, N5 and TIFF files.

    The classes are background (stuff) and cell or neurite (thing). Generated volumes need no further package; for files, the
    extra `volumes` brings the packages that read them.

    Args:
        root: a folder with NAME.h5 (or .hdf, .hdf5), NAME.zarr or NAME.n5, which hold labels and, if there is one, an
            image; or with TIFF stacks of labels, NAME-mask.tif or masks/NAME.tif, and of images, with `image` in place of
            `mask`. Labels are integers (d, h, w), 0 for background. An image that is larger is cropped to the labels where
            their attributes say where they begin, as CREMI's do: `offset` over `resolution`, both (z, y, x). Default: none,
            volumes are generated.
        kind: "cells" or "neurites".
        split: the split of generated volumes, "train" or "val".
        count, seed, shape: the number, the seed and the size (d, h, w) of generated volumes.
        labels, image: names in files; empty for CREMI's, volumes/labels/neuron_ids and volumes/raw, or label (or labels)
            and raw (or image).

    Raises:
        InputError: a parameter or the folder is not as above, or two volumes share a name.
    """

    root: Path | None = None
    kind: str = "cells"
    split: str = "val"
    count: int = 4
    seed: int = 0
    shape: tuple[int, int, int] = (32, 64, 64)
    labels: str = ""
    image: str = ""
    stride: int = field(default=1, init=False)
    classes: ClassTable = field(init=False)
    _paths: dict[str, Path] = field(init=False, repr=False, compare=False)
    train: ClassVar = {"split": "train"}

    def __post_init__(self) -> None:
        checks.choice("kind", self.kind, KINDS)
        checks.choice("split", self.split, ("train", "val"))
        checks.integer("count", self.count, 1)
        checks.integer("seed", self.seed)
        shape = checks.array("shape", self.shape, (3,), "integer")
        checks.within("shape", shape, 1, 2**20)
        values: dict[str, Any] = {"shape": tuple(shape.tolist()), "_paths": {}}
        values["classes"] = ClassTable(("background", KINDS[self.kind]), (False, True))
        if self.root is not None:
            root = files.existing_folder(self.root, LAYOUT)
            paths = files.by_name(containers.found(root))
            if not paths:
                raise InputError(f"root: expected {LAYOUT}, found none in {root}")
            values |= {"root": root, "_paths": paths, "train": {}}  # which files are for training, only the user knows
        checks.keep(self, **values)

    def names(self) -> list[str]:
        """Return the names of the volumes, sorted."""
        if self.root is not None:
            return list(self._paths)
        return [f"{self.kind}_{self.split}_{index:03d}" for index in range(self.count)]

    def read(self, name: str) -> Sample:
        """Return one volume with its ground truth.

        Raises:
            InputError: there is no such volume, a package is missing, or a file cannot be read or holds something else.
        """
        if self.root is None:
            files.find(dict.fromkeys(self.names()), name, "the generated volumes")
            return self._sample(name, *generate(self.kind, self.shape, self.seed, name))
        path = files.find(self._paths, name, self.root)
        labels, image = containers.read(path, self.root, self.labels, self.image)
        try:
            labels = checks.array("labels", labels, (None, None, None), "integer")
            checks.within("labels", labels, 0, np.inf)
            if image is not None and image.shape != labels.shape:
                raise InputError(f"image: expected {labels.shape} voxels as of the labels, got {image.shape}")
            return self._sample(name, _in_8_bits(image, labels.shape), consecutive(labels))
        except InputError as error:
            raise InputError(f"{path}: {error}") from None

    def _sample(self, name: str, image: NDArray[np.uint8], instances: NDArray[np.int32]) -> Sample:
        rgb = np.broadcast_to(image[..., None], (*image.shape, 3))
        return Sample(name, rgb, (instances > 0).astype(np.int32), instances, self.classes)


def _in_8_bits(image: NDArray[Any] | None, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return an image in 8 bits, others of its depth stretched from the least value to the largest; without one, grey."""
    if image is None:
        return np.broadcast_to(np.uint8(_GREY), shape)
    if image.dtype == np.uint8:
        return image
    low, high = float(image.min()), float(image.max())
    scaled: NDArray[np.uint8] = ((image - np.float32(low)) * np.float32(255 / max(high - low, 1e-9))).astype(np.uint8)
    return scaled
