"""Reading affinities that any framework wrote, and cutting them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from affinity_models.daffnet.neighbourhoods import NEIGHBOURHOODS
from numpy.typing import NDArray

from partitioners import PARTITIONERS, GraphPartitioner, checks, grid_graph, needs
from partitioners.errors import InputError
from partitioners.labels import consecutive

USUAL = "gaec(linkage=average)"
"""The partitioner of affinities, where none is chosen."""


def graph_partitioner(expression: str) -> GraphPartitioner:
    """Return the partitioner that an expression means.

    Raises:
        InputError: it is none of graphs, or cannot be made.
    """
    partitioner = PARTITIONERS.create(expression)
    if not isinstance(partitioner, GraphPartitioner):
        raise InputError(f"partitioner: expected one of graphs, got {expression}")
    return partitioner


def partition(
    affinity: NDArray[Any],
    offsets: Any,
    partitioner: GraphPartitioner,
    mask: NDArray[np.bool_] | None = None,
    min_size: int = 0,
) -> NDArray[np.int32]:
    """Return the segments into which affinities are cut: 1…n, and 0 for background.

    Args:
        affinity: (A, h, w) or (A, d, h, w), floats in [0, 1], or unsigned integers whose largest stands for 1.
        offsets: A steps (dy, dx) or (dz, dy, dx).
        partitioner: one of graphs.
        mask: (h, w) or (d, h, w), True where pixels take part. Default: all do.
        min_size: segments of fewer pixels become background.

    Raises:
        InputError: an array is not as above.
    """
    if affinity.dtype.kind == "u":
        affinity = affinity.astype(np.float32) / np.iinfo(affinity.dtype).max
    graph = grid_graph(affinity, offsets, mask)
    labels = partitioner.partition(graph).reshape(affinity.shape[1:]) + 1
    if mask is not None:
        labels[~mask] = 0
    labels[np.bincount(labels.ravel())[labels] < min_size] = 0
    return consecutive(labels)


def named_offsets(name: str, rank: int) -> list[list[int]]:
    """Return the offsets that a name stands for: "forward" and "backward", or of `NEIGHBOURHOODS`, which are of images.

    Raises:
        InputError: there is no such name for affinities of that many dimensions.
    """
    steps = np.eye(rank, dtype=int).tolist()
    known: dict[str, Any] = {"forward": steps, "backward": [[-step for step in offset] for offset in steps]}
    if rank == 2:
        known |= NEIGHBOURHOODS
    return [list(offset) for offset in known[checks.choice("offsets", name, known)]]


def read_offsets(text: str | None, recorded: Any, rank: int) -> Any:
    """Return the offsets that a text says, or those recorded in the file.

    Args:
        text: JSON or a name; None for those of the file.
        recorded: the file's, None where it has none.
        rank: of the image: 2 or 3.

    Raises:
        InputError: there are none, or they are not as above.
    """
    if text is None:
        if recorded is None:
            raise InputError("the file names no offsets: say --offsets forward, backward, or as in '[[0, 1], [1, 0]]'")
        return np.asarray(recorded).tolist()
    if not text.lstrip().startswith("["):
        return named_offsets(text, rank)
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise InputError(f"--offsets: expected JSON as in [[0, 1], [1, 0]], got {text!r}") from None


def located(text: str) -> tuple[Path, str]:
    """Return the path in FILE or FILE:NAME, and the name, empty where there is none."""
    path, colon, name = text.rpartition(":")
    return (Path(text), "") if not colon or Path(text).exists() else (Path(path), name.strip("/"))


def read_array(text: str, ranks: tuple[int, ...] = (3, 4)) -> tuple[NDArray[Any], Any]:
    """Return an array of a file, and the attribute `offsets` beside it, None where there is none.

    Args:
        text: the path of a .npy, .npz, .h5, .hdf5, .zarr, .n5 or .tif file, with `:NAME` behind it for one of several arrays.
        ranks: the numbers of dimensions that it may have.

    Raises:
        InputError: it cannot be read, or has several arrays and none is chosen.
    """
    path, name = located(text)
    kind = {".hdf": ".h5", ".hdf5": ".h5", ".tiff": ".tif"}.get(path.suffix.lower(), path.suffix.lower())
    if not path.exists():
        raise InputError(f"{path}: no such file")
    if kind not in _READERS:
        raise InputError(f"{path}: expected one of {', '.join(_READERS)}, got {path.suffix or 'no extension'!r}")
    packages = {".h5": "h5py", ".zarr": "zarr", ".n5": "tensorstore", ".tif": "tifffile"}
    if kind in packages and (reason := needs(packages[kind], extra="segment")()) is not None:
        raise InputError(f"{path}: {kind} {reason}")
    try:
        return _chosen(_READERS[kind](path), name, ranks)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except Exception as error:  # damage shows as errors of many kinds
        raise InputError(f"{path}: cannot be read: {error or type(error).__name__}") from error


class _Array(NamedTuple):
    """An array in a file, not read yet: its name, shape and offsets, and a function that reads it."""

    name: str
    shape: tuple[int, ...]
    offsets: Any
    read: Callable[[], Any]


def _chosen(arrays: Iterator[_Array], name: str, ranks: tuple[int, ...]) -> tuple[NDArray[Any], Any]:
    there = list(arrays)
    fitting = [array for array in there if (array.name == name if name else len(array.shape) in ranks)]
    if len(fitting) != 1 or len(fitting[0].shape) not in ranks:
        listing = ", ".join(f"{array.name or 'one'} {array.shape}" for array in there) or "none"
        expected = " or ".join(map(str, ranks))
        raise InputError(f"expected one array of {expected} dimensions, chosen as FILE:NAME; there: {listing}")
    return np.asarray(fitting[0].read()), fitting[0].offsets


def _npy(path: Path) -> Iterator[_Array]:
    values = np.load(path, mmap_mode="r", allow_pickle=False)
    yield _Array("", values.shape, None, lambda: values)


def _npz(path: Path) -> Iterator[_Array]:
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    for name, values in arrays.items():
        yield _Array(name, values.shape, arrays.get("offsets"), partial(np.asarray, values))


def _hdf5(path: Path) -> Iterator[_Array]:
    import h5py

    found: list[_Array] = []
    file = h5py.File(path, "r")

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found.append(_Array(name, item.shape, item.attrs.get("offsets"), lambda: item[...]))

    file.visititems(visit)
    yield from found


def _zarr(path: Path) -> Iterator[_Array]:
    import zarr

    def arrays(item: Any, name: str) -> Iterator[_Array]:
        if isinstance(item, zarr.Array):
            yield _Array(name, item.shape, item.attrs.get("offsets"), lambda: item[...])
            return
        for inner, member in (*item.arrays(), *item.groups()):
            yield from arrays(member, f"{name}/{inner}".strip("/"))

    yield from arrays(zarr.open(str(path), mode="r"), "")


def _n5(path: Path) -> Iterator[_Array]:
    def read(folder: Path) -> Any:
        import tensorstore

        store = {"driver": "n5", "kvstore": {"driver": "file", "path": str(folder)}}
        return tensorstore.open(store, read=True).result().read().result().T

    for file in sorted(path.rglob("attributes.json")):
        attributes = json.loads(file.read_text(encoding="utf-8"))
        if "dimensions" in attributes:  # the axis that is contiguous comes first
            name = file.parent.relative_to(path).as_posix().removeprefix(".")
            yield _Array(
                name, tuple(attributes["dimensions"][::-1]), attributes.get("offsets"), partial(read, file.parent)
            )


def _tiff(path: Path) -> Iterator[_Array]:
    import tifffile

    values = tifffile.imread(path)
    yield _Array("", values.shape, None, lambda: values)


_READERS = {".npy": _npy, ".npz": _npz, ".h5": _hdf5, ".zarr": _zarr, ".n5": _n5, ".tif": _tiff}
