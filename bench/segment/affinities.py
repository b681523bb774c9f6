"""Reading affinities that any framework wrote, and cutting them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affinity_models.daffnet.options import NEIGHBOURHOODS
from affinity_models.data.arrays import StoredArray, opened
from partitioners import PARTITIONERS, GraphPartitioner, checks, grid_graph
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
        rank: the number of dimensions of the image, 2 or 3.

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
    with opened(path, extra="segment") as arrays:
        array = _chosen(arrays, name, ranks)
        return np.asarray(array.values), array.attributes.get("offsets")


def _chosen(arrays: Sequence[StoredArray], name: str, ranks: tuple[int, ...]) -> StoredArray:
    fitting = [array for array in arrays if (array.name == name if name else len(array.shape) in ranks)]
    if len(fitting) != 1 or len(fitting[0].shape) not in ranks:
        listing = ", ".join(f"{array.name or 'one'} {array.shape}" for array in arrays) or "none"
        expected = " or ".join(map(str, ranks))
        raise InputError(f"expected one array of {expected} dimensions, chosen as FILE:NAME; there: {listing}")
    return fitting[0]
