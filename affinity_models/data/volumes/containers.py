"""Reading labels and image of a volume from HDF5, Zarr, N5 and TIFF; what is wrong becomes an `InputError` that names the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affinity_models.data.volumes import n5
from partitioners import InputError, needs

HDF5, TIFF = (".h5", ".hdf", ".hdf5"), (".tif", ".tiff")
LABELS = ("volumes/labels/neuron_ids", "label", "labels")
"""The names of labels in containers, by CREMI and by PlantSeg."""
IMAGES = ("volumes/raw", "raw", "image")
"""The names of images likewise."""

Find = Callable[[str], Any]
"""From a name to the array of that name, or None."""


def found(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and path of each volume: of containers, and of TIFF stacks with `mask` in their names or in masks/."""
    for path in [*root.glob("*"), *root.glob("masks/*")]:
        suffix, is_mask = path.suffix.lower(), "mask" in path.relative_to(root).as_posix()
        if suffix in (*HDF5, ".zarr", ".n5") and path.parent == root:
            yield path.stem, path
        elif suffix in TIFF and is_mask:
            yield path.stem.replace("mask", "").strip("-_. "), path


def read(path: Path, root: Path, labels: str, image: str) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Return labels (d, h, w) and image (d, h, w), or None where there is no image.

    Args:
        path: of the volume.
        root: the data set's folder.
        labels, image: names in a container; empty for the first of `LABELS` and of `IMAGES` that is there.

    Raises:
        InputError: a package is missing, or the file is damaged or holds something else.
    """
    try:
        if path.suffix.lower() in TIFF:
            file = root / path.relative_to(root).as_posix().replace("mask", "image")
            return _tiff(path), _tiff(file) if file.is_file() else None
        with _opened(path) as find:
            return _chosen(find, labels, LABELS, "labels"), _chosen(find, image, IMAGES, "image", optional=True)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except Exception as error:  # of damaged files, these packages raise errors of many kinds
        raise InputError(f"{path}: expected a volume, but it cannot be read: {error}") from error


def _tiff(path: Path) -> NDArray[Any]:
    _require("tifffile")
    import tifffile

    return np.asarray(tifffile.imread(path))


@contextmanager
def _opened(path: Path) -> Iterator[Find]:
    """Open a container, and give the function that finds arrays in it."""
    with ExitStack() as stack:
        if path.suffix == ".n5":
            yield lambda name: n5.read(path / name) if n5.is_array(path / name) else None
            return
        if path.suffix == ".zarr":
            _require("zarr")
            import zarr

            container: Any = zarr.open_group(str(path), mode="r")
        else:
            _require("h5py")
            import h5py

            container = stack.enter_context(h5py.File(path))
        yield lambda name: container[name][...] if hasattr(container.get(name), "shape") else None


def _chosen(find: Find, name: str, usual: tuple[str, ...], what: str, optional: bool = False) -> Any:
    """Return the array of a name, or the first of the usual names that is there."""
    for candidate in [name] if name else usual:
        if (array := find(candidate)) is not None:
            return np.asarray(array)
    if optional and not name:
        return None
    raise InputError(f"expected {what} under {name or ' or '.join(usual)}, found none: name them, as in {what}=NAME")


def _require(package: str) -> None:
    if reason := needs(package, extra="volumes")():
        raise InputError(reason)
