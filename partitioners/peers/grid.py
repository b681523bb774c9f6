"""The base of partitioners whose packages cut images and volumes, and no graphs."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray

from partitioners._native import connected_components
from partitioners.arrays import FloatArray, IntegerArray
from partitioners.base import GraphPartitioner
from partitioners.errors import NotApplicable
from partitioners.graph import AffinityGraph, Graph, GridGraph, overlap
from partitioners.labels import renumber


class GridPartitioner(GraphPartitioner):
    """A partitioner of grids, as `grid_graph` makes them; other graphs are refused. To add one, write `_cut_grid`.

    A grid cannot be contracted: parts that the caller starts from are joined after the cut, each with all that it
    touches, unless the package itself starts from them.
    """

    @abstractmethod
    def _cut_grid(self, grid: GridGraph, start: NDArray[np.int64]) -> IntegerArray:
        """Return a part for each pixel.

        Args:
            grid: a grid of at least one pixel.
            start: (*shape) int64 0…k-1, the part that each pixel starts in; they need not be kept together.

        Returns:
            (*shape) integers of at least 0 in any numbering; those of pixels outside the mask are not read.
        """

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        return self._cut_from(graph, np.arange(graph.n_nodes), labelled)

    def _cut_from(self, graph: Graph, parts: NDArray[np.int64], labelled: NDArray[np.bool_]) -> IntegerArray:
        if not isinstance(graph, GridGraph):
            raise NotApplicable("problem: expected a grid (see grid_graph) or an AffinityPyramid, got another graph")
        if not graph.n_nodes:
            return parts
        labels: NDArray[np.int64] = self._cut_grid(graph, parts.reshape(graph.shape)).ravel().astype(np.int64)
        labels = outside_alone(labels, graph)
        return labels if len(labelled) == graph.n_nodes else _united(renumber(labels), parts)


def outside_alone(labels: NDArray[np.int64], grid: GridGraph) -> NDArray[np.int64]:
    """Return labels (n,) of at least 0 with each pixel outside the mask in a part of its own."""
    if grid.mask is None:
        return labels
    return np.where(grid.mask.ravel(), labels, labels.max() + 1 + np.arange(grid.n_nodes))


def _united(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return labels (n,) equal where two labellings 0…k-1 of n pixels, or chains of their parts, put pixels together."""
    n_first, n_second = int(first.max()) + 1, int(second.max()) + 1
    return connected_components(n_first + n_second, np.stack([first, n_first + second], axis=1))[first]


def edge_mask(grid: GridGraph) -> NDArray[np.bool_]:
    """Return (A, *shape) bool: channel i has an edge at this pixel, since it and its partner are inside image and mask."""
    mask = np.ones(grid.shape, bool) if grid.mask is None else grid.mask
    result = np.zeros(grid.affinity.shape, bool)
    for channel, offset in zip(result, grid.offsets, strict=True):
        first, second = overlap(*offset)
        channel[first] = mask[first] & mask[second]
    return result


def along_axes(grid: GridGraph) -> FloatArray:
    """Return (rank, *shape) affinities of each pixel and the next one along each axis; 0 where there is no edge.

    Raises:
        NotApplicable: an offset is longer than one step along one axis, or there are two along one.
    """
    result = np.zeros((len(grid.shape), *grid.shape), grid.affinity.dtype)
    axes = []
    for values, exists, offset in zip(grid.affinity, edge_mask(grid), grid.offsets, strict=True):
        axes.append(int(np.argmax(np.abs(offset))))
        if sorted(map(abs, offset)) != [0] * (len(offset) - 1) + [1] or len(set(axes)) < len(axes):
            raise NotApplicable(f"problem: expected a grid of one step along each axis, got the offsets {grid.offsets}")
        first, second = overlap(*offset)
        result[axes[-1]][second if min(offset) < 0 else first] = np.where(exists, values, 0)[first]
    return result


def is_plain(grid: GridGraph) -> bool:
    """Tell whether all pixels take part, and there are pixels, each with an edge to the next one along each axis."""
    steps = {tuple(step) for step in np.eye(len(grid.shape), dtype=int).tolist()}
    return grid.mask is None and grid.n_nodes > 0 and len(grid.offsets) == len(steps) and set(grid.offsets) == steps
