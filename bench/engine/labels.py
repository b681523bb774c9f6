"""Files of labels that other programs wrote: a partition of the nodes of an image's flat problem, or of level 1's pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affinity_models.images import read_labels
from partitioners import AffinityPyramid, InputError, PyramidLevel, Segmentation, checks, grid_graph
from partitioners.arrays import IntegerArray
from partitioners.instances import to_instances
from partitioners.labels import BACKGROUND, consecutive, renumber

SUFFIXES = (".txt", ".npy", ".png", ".tif")


def find(folder: Path, names: Sequence[str]) -> dict[str, Path]:
    """Return the file of labels of each image.

    Raises:
        InputError: an image has none, or several.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: expected a folder with labels, but there is none")
    found = {name: [path for suffix in SUFFIXES if (path := folder / f"{name}{suffix}").exists()] for name in names}
    if missing := [name for name, paths in found.items() if not paths]:
        expected = f"expected {missing[0]}{' or '.join(SUFFIXES)}, and so for each of {len(names)} images"
        raise InputError(f"{folder}: {expected}, found none for {len(missing)}: {', '.join(missing[:3])}")
    for name, paths in found.items():
        if len(paths) > 1:
            raise InputError(f"{folder}: expected one file for {name}, got {', '.join(path.name for path in paths)}")
    return {name: path for name, (path,) in found.items()}


def read(path: Path, pyramid: AffinityPyramid) -> Segmentation:
    """Return the instances that a file tells, as `GraphPartitioner.segment` makes them of segments.

    Args:
        path: text with a whole number for each node, equal for those of one part and negative for those of none; or an
            .npy file or a grey image of level 1, with 0 for background. Pixels that are no nodes are background.
        pyramid: the pyramid of the image.

    Raises:
        InputError: the file is not as above; the message names it.
    """
    is_node = pyramid.is_thing(1)
    labels = np.zeros(is_node.shape, np.int32)
    if path.suffix == ".txt":
        labels[is_node] = _of_nodes(path, pyramid.levels[0], is_node)
    else:
        labels[is_node] = _of_pixels(path, is_node.shape)[is_node]
    return to_instances(pyramid, labels)


def read_numbers(path: Path) -> IntegerArray:
    """Return the whole numbers of a text file.

    Raises:
        InputError: it cannot be read, or there is something else in it.
    """
    try:
        return np.array(path.read_text().split(), np.int64)
    except (OSError, ValueError, OverflowError) as error:
        raise InputError(f"{path}: expected a text file of whole numbers, one per node: {error}") from None


def _of_nodes(path: Path, level: PyramidLevel, is_node: NDArray[np.bool_]) -> IntegerArray:
    """Return a label of each node; those after the last one with an edge, of which a text file tells nothing, are alone."""
    edges = grid_graph(level.affinity, level.offsets, is_node).edges
    n_nodes, n_told = int(is_node.sum()), int(is_node.ravel()[: edges.max(initial=-1) + 1].sum())
    numbers = read_numbers(path)
    if not n_told <= len(numbers) <= n_nodes:
        raise InputError(f"{path}: expected {n_nodes} labels, one per node, got {len(numbers)}")
    labels = renumber(numbers) + 1
    return np.append(labels, labels.max(initial=0) + 1 + np.arange(n_nodes - len(labels)))


def _of_pixels(path: Path, shape: tuple[int, ...]) -> IntegerArray:
    """Return labels of level 1; in images, the slices of a volume lie one below another."""
    if path.suffix == ".npy":
        try:
            labels = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise InputError(f"{path}: expected an .npy file of integers: {error}") from None
    else:
        labels = read_labels(path)
        labels = labels.reshape(shape) if labels.shape == (math.prod(shape[:-1]), shape[-1]) else labels
    labels = checks.array(f"{path}: labels of level 1", labels, shape, "integer")
    checks.within(f"{path}: labels", labels, BACKGROUND, math.inf)
    return consecutive(labels)
