"""Labels and image of a volume, in HDF5, Zarr, N5 and TIFF."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affinity_models.data.arrays import StoredArray, opened
from partitioners.errors import InputError

CONTAINERS, TIFF = (".h5", ".hdf", ".hdf5", ".zarr", ".n5"), (".tif", ".tiff")
LABELS = ("volumes/labels/neuron_ids", "label", "labels")
"""The names of labels in containers, by CREMI and by PlantSeg."""
IMAGES = ("volumes/raw", "raw", "image")
"""The names of images likewise."""


def found(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and path of each volume: of containers, and of TIFF stacks with `mask` in their names or in masks/."""
    for path in [*root.glob("*"), *root.glob("masks/*")]:
        suffix, is_mask = path.suffix.lower(), "mask" in path.relative_to(root).as_posix()
        if suffix in CONTAINERS and path.parent == root:
            yield path.stem, path
        elif suffix in TIFF and is_mask:
            yield path.stem.replace("mask", "").strip("-_. "), path


def read(path: Path, root: Path, labels: str, image: str) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Return labels (d, h, w) and image (d, h, w), or None where there is no image.

    Args:
        path: the file or folder of the volume.
        root: the data set's folder.
        labels, image: the names in a container; empty for the first of `LABELS` and of `IMAGES` that is there.

    Raises:
        InputError: a package is missing, or the file is damaged or holds something else.
    """
    if path.suffix.lower() in TIFF:
        file = root / path.relative_to(root).as_posix().replace("mask", "image")
        return _only(path), _only(file) if file.is_file() else None
    with opened(path, extra="volumes") as arrays:
        chosen = _chosen(arrays, labels, LABELS)
        if chosen is None:
            raise InputError(_none("labels", labels or " or ".join(LABELS)))
        shown = _chosen(arrays, image, IMAGES)
        if shown is None and image:
            raise InputError(_none("image", image))
        return np.asarray(chosen.values), None if shown is None else np.asarray(shown.values[_place(chosen, shown)])


def _only(path: Path) -> NDArray[Any]:
    with opened(path, extra="volumes") as (array,):
        return np.asarray(array.values)


def _chosen(arrays: Sequence[StoredArray], name: str, usual: Sequence[str]) -> StoredArray | None:
    """Return the array of a name, or the first of the usual names that is there."""
    by_name = {array.name: array for array in arrays}
    return next((by_name[candidate] for candidate in ([name] if name else usual) if candidate in by_name), None)


def _none(what: str, names: str) -> str:
    return f"expected {what} under {names}, found none: name them, as in {what}=NAME"


def _place(labels: StoredArray, image: StoredArray) -> tuple[slice, ...]:
    """Return the part of an image that labels are of.

    CREMI's padded images are larger than their labels, whose attributes say where in them these begin: `offset` (z, y, x),
    in nm, over `resolution`, in nm per voxel.
    """
    if "offset" not in labels.attributes:
        return (slice(None),)
    step = np.asarray(labels.attributes.get("resolution", 1), float)
    from_image = np.asarray(labels.attributes["offset"]) - image.attributes.get("offset", 0)
    start = np.rint(from_image / step).astype(int)
    fits = len(start) == len(labels.shape) and (start >= 0).all() and (start + labels.shape <= image.shape).all()
    return tuple(map(slice, start, start + labels.shape)) if fits else (slice(None),)
