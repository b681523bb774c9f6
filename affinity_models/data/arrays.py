"""Arrays in the files of other programs: .npy, .npz, HDF5, Zarr, N5 and TIFF; what is wrong becomes an `InputError` that names the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from affinity_models.data.files import read_json
from partitioners import InputError, needs

_NPY: Any = np.lib.format  # which has no types
_FOLDERS = {"attributes.json": "n5", "zarr.json": "zarr3", ".zarray": "zarr"}
"""The files that describe an array in a folder, and tensorstore's names of their formats."""


class StoredArray(NamedTuple):
    """An array that is not read yet.

    Fields:
        name: the name in its file, as in volumes/raw; empty where the file holds nothing else.
        values: an array-like with `shape`, of which `numpy.asarray` reads all, or the part that slices tell.
        attributes: the values that are stored beside it.
    """

    name: str
    values: Any
    attributes: Mapping[str, Any] = {}

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes, in the order of C."""
        return tuple(self.values.shape)


@contextmanager
def opened(path: Path, extra: str) -> Iterator[list[StoredArray]]:
    """Open a file, and give its arrays.

    Args:
        path: a .npy, .npz, .h5, .hdf, .hdf5, .zarr, .n5, .tif or .tiff file or folder.
        extra: the one of this project that brings the packages.

    Raises:
        InputError: it is missing or of another kind, a package is missing, or reading an array fails.
    """
    suffix = path.suffix.lower()
    if not path.exists():
        raise InputError(f"{path}: no such file")
    if suffix not in _READERS:
        raise InputError(f"{path}: expected one of {', '.join(_READERS)}, got {path.suffix or 'no extension'!r}")
    read, package = _READERS[suffix]
    if reason := needs(package, extra=extra)():
        raise InputError(f"{path}: {reason}")
    try:
        with ExitStack() as stack:
            yield list(read(path, stack))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except Exception as error:  # damage shows as errors of many kinds
        raise InputError(f"{path}: cannot be read: {error or type(error).__name__}") from error


def _npy(path: Path, stack: ExitStack) -> Iterator[StoredArray]:
    yield StoredArray("", np.load(path, mmap_mode="r", allow_pickle=False))


def _npz(path: Path, stack: ExitStack) -> Iterator[StoredArray]:
    file = stack.enter_context(np.load(path, allow_pickle=False))
    for name in file.zip.namelist():
        if name.endswith(".npy"):
            yield StoredArray(name.removesuffix(".npy"), _Zipped(file, name), file)


@dataclass(frozen=True)
class _Zipped:
    """An array in a .npz file, of which no more than the header is read until its values are asked for."""

    file: Any
    name: str

    @property
    def shape(self) -> tuple[int, ...]:
        with self.file.zip.open(self.name) as member:
            version = _NPY.read_magic(member)
            read = _NPY.read_array_header_1_0 if version == (1, 0) else _NPY.read_array_header_2_0
            return tuple(read(member)[0])

    def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[Any]:
        return np.asarray(self.file[self.name], dtype)

    def __getitem__(self, part: Any) -> Any:
        return self.file[self.name][part]


def _tiff(path: Path, stack: ExitStack) -> Iterator[StoredArray]:
    import tifffile

    yield StoredArray("", tifffile.imread(path))


def _hdf5(path: Path, stack: ExitStack) -> Iterator[StoredArray]:
    import h5py

    file = stack.enter_context(h5py.File(path, "r"))
    found: list[StoredArray] = []

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found.append(StoredArray(name, item, item.attrs))

    file.visititems(visit)
    yield from found


def _folder(path: Path, stack: ExitStack) -> Iterator[StoredArray]:
    import tensorstore

    for folder, driver in _array_folders(path):
        store = {"driver": driver, "kvstore": {"driver": "file", "path": str(folder)}}
        values = tensorstore.open(store, read=True).result()
        name = folder.relative_to(path).as_posix().removeprefix(".")
        yield StoredArray(name, values.T if driver == "n5" else values, _attributes(folder, driver))


def _array_folders(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield the folders of arrays at or below one, each with its format."""
    for name, driver in _FOLDERS.items():
        file = folder / name
        if file.is_file() and (driver == "zarr" or {"dimensions", "shape"} & read_json(file).keys()):
            yield folder, driver
            return
    for inner in sorted(folder.iterdir()):
        if inner.is_dir():
            yield from _array_folders(inner)


def _attributes(folder: Path, driver: str) -> Mapping[str, Any]:
    if driver == "zarr3":
        return dict(read_json(folder / "zarr.json").get("attributes", {}))
    file = folder / {"n5": "attributes.json", "zarr": ".zattrs"}[driver]
    return dict(read_json(file)) if file.is_file() else {}


_READERS = {
    ".npy": (_npy, "numpy"),
    ".npz": (_npz, "numpy"),
    **dict.fromkeys((".h5", ".hdf", ".hdf5"), (_hdf5, "h5py")),
    **dict.fromkeys((".zarr", ".n5"), (_folder, "tensorstore")),
    **dict.fromkeys((".tif", ".tiff"), (_tiff, "tifffile")),
}
"""By the ending of a file's name, the function that finds its arrays, and the package that it needs."""
