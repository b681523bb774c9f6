"""The work on one block, and on the graph of all regions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners import GraphPartitioner, grid_graph
from partitioners.arrays import FloatArray
from partitioners.blocks.regions import cut_edges, join_for, number_regions, region_graph
from partitioners.blocks.windows import Blocks, Window
from partitioners.fingerprint import content_key
from partitioners.graph import Offsets
from partitioners.greedy.gaec import GAEC
from partitioners.labels import UNASSIGNED
from partitioners.summed_edges import SummedEdges


@dataclass(frozen=True)
class Work:
    """The steps of a run.

    Args:
        affinity: (A, *shape) floats, in a zarr array like the next two.
        regions: (*shape) int64, written by `cut`.
        labels: (*shape) uint32, written by `write`.
        offsets: A tuples of one step along each axis.
        partitioner: the one that cuts blocks and the graph of regions.
        blocks: the blocks of the image.
        halo: the number of pixels around a block, along each axis, that are cut with it.
        exact: True to make those merges alone that do not depend on other blocks; the halo is then what edges reach.
    """

    affinity: Any
    regions: Any
    labels: Any
    offsets: Offsets
    partitioner: GraphPartitioner
    blocks: Blocks
    halo: tuple[int, ...]
    exact: bool

    def cut(self, core: Window) -> dict[str, NDArray[np.int64]]:
        """Write the regions of a block; return their numbers."""
        blocks = self.blocks
        around = blocks.reached(core, self.offsets) if self.exact else blocks.around(core, self.halo)
        graph = grid_graph(self._read(around), self.offsets)
        inner = core.within(around)
        if isinstance(self.partitioner, GAEC) and self.exact:
            is_open = np.ones(around.shape, bool)
            is_open[inner] = False
            labels = self.partitioner.certain(graph, is_open.ravel())
        else:
            labels = self.partitioner.partition(graph)
        regions = number_regions(labels.reshape(around.shape)[inner], core, blocks)
        self.regions[core.slices] = regions
        numbers = np.unique(regions)
        return {"numbers": numbers[numbers != UNASSIGNED]}

    def list_edges(self, core: Window) -> dict[str, NDArray[Any]]:
        """Return the edges between regions whose first pixels are in a block, and the key of what was read there."""
        regions = self.regions[self.blocks.reached(core, self.offsets).slices]
        affinity, join = self._read(core), join_for(self.partitioner)
        edges = cut_edges(affinity, regions, core, self.blocks, self.offsets, join)
        return edges._asdict() | {"content": np.array([content_key(affinity)])}

    def merge(self, numbers: NDArray[np.int64], edges: SummedEdges) -> dict[str, NDArray[np.int64]]:
        """Return all regions in ascending order, and the part of each."""
        numbers = np.sort(numbers)
        graph = region_graph(numbers, edges, join_for(self.partitioner))
        return {"numbers": numbers, "parts": self.partitioner.partition(graph), "n_edges": np.array(len(edges.order))}

    def write(self, core: Window, numbers: NDArray[np.int64], parts: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        """Write the labels of a block."""
        regions = self.regions[core.slices]
        labels = np.zeros(regions.shape, np.uint32)
        inside = regions != UNASSIGNED
        labels[inside] = parts[np.searchsorted(numbers, regions[inside])] + 1
        self.labels[core.slices] = labels
        return {}

    def _read(self, window: Window) -> FloatArray:
        found: FloatArray = self.affinity[window.in_all_channels]
        return found
