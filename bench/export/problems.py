"""The flat problem of an image: the graph of the thing pixels on the finest level, as arrays and as text."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partitioners import AffinityGraph, AffinityPyramid, CostGraph, create, grid_graph, lower_bound
from partitioners.arrays import IntegerArray
from partitioners.linkage import log_odds
from partitioners.multicut_text import multicut_text

EXPECTED = {
    "components": create("components"),
    "gaec-average": create("gaec", linkage="average"),
    "gaec-sum": create("gaec", linkage="sum"),
}
"""The partitioners whose figures a set holds, so that a reader in another language can check what it reads."""
ROUNDS = 5
"""Of improving the lower bound: more raise that of a volume by less than a ten-thousandth, and take minutes."""


@dataclass(frozen=True, eq=False)
class Problem:
    """A graph of pixels, and the costs of cutting its edges.

    Args:
        shape: (h, w) of the level, or (d, h, w).
        pixels: (n,) int32, the pixel of each node, counted in raster order.
        edges: (m, 2) int32 nodes, in the order of channel, slice, row and column.
        affinity: (m,) float16.
    """

    shape: tuple[int, ...]
    pixels: NDArray[np.int32]
    edges: NDArray[np.int32]
    affinity: NDArray[np.float16]

    @property
    def cost(self) -> NDArray[np.float64]:
        """(m,) float64 log(a / (1 - a)), affinities clipped as `partitioners.linkage.log_odds` does."""
        return log_odds(self.affinity)

    def arrays(self) -> bytes:
        """Return the problem as a compressed .npz file."""
        shape = np.array(self.shape, np.int32)
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer, shape=shape, pixels=self.pixels, edges=self.edges, affinity=self.affinity, cost=self.cost
        )
        return buffer.getvalue()

    def text(self) -> bytes:
        """Return the problem as a multicut text file: MULTICUT, then two nodes and the cost of each edge."""
        return multicut_text(CostGraph(len(self.pixels), self.edges, self.cost)).encode()

    def expected(self) -> Mapping[str, Mapping[str, float]]:
        """Return the number of parts and the multicut energy that each partitioner of `EXPECTED` finds."""
        graph = AffinityGraph(len(self.pixels), self.edges, self.affinity)
        partitions = {name: partitioner.partition(graph) for name, partitioner in EXPECTED.items()}
        return {
            name: {"parts": int(labels.max(initial=-1)) + 1, "energy": round(self.energy(labels), 6)}
            for name, labels in partitions.items()
        }

    def bound(self) -> float:
        """Return an energy that no partition goes below."""
        return lower_bound(CostGraph(len(self.pixels), self.edges, self.cost), ROUNDS).value

    def energy(self, labels: IntegerArray) -> float:
        """Return the cost of the edges between nodes of different `labels` (n,)."""
        first, second = self.edges.T
        return float(self.cost[labels[first] != labels[second]].sum())


def flat_problem(pyramid: AffinityPyramid) -> Problem:
    """Return the graph of the pixels of level 1 whose most likely class is a thing; its affinities in half precision."""
    level, is_thing = pyramid.levels[0], pyramid.is_thing(1)
    graph = grid_graph(level.affinity, level.offsets, is_thing)
    number = np.cumsum(is_thing, dtype=np.int32) - 1  # of the node of each pixel
    pixels = np.flatnonzero(is_thing).astype(np.int32)
    return Problem(level.shape, pixels, number[graph.edges].astype(np.int32), graph.weights.astype(np.float16))
