"""The connected components of connected-components-3d."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners import checks
from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS
from partitioners.clock import solving
from partitioners.graph import GridGraph
from partitioners.peers.grid import GridPartitioner, check_neighbours, edge_mask
from partitioners.registry import needs
from partitioners.tuning import AFFINITIES

_RIGHT, _LEFT, _DOWN, _UP = 1, 2, 4, 8
"""The bits of a pixel's connections."""


@PARTITIONERS.register("cc3d", unavailable=needs("cc3d", extra="peers"))
@dataclass(frozen=True)
class Cc3d(GridPartitioner):
    """Connected components of grids of 4-neighbours, as `components` (connected-components-3d).

    Source: Wu, Otoo and Suzuki, "Two strategies to speed up connected component labeling algorithms", 2005.

    Args:
        threshold: in [0, 1]; edges at it count, compared in the dtype of the affinities.

    Raises:
        InputError: `threshold` is out of range, or the graph has other edges than those to the right and down.
    """

    threshold: float = 0.5

    def __post_init__(self) -> None:
        checks.number("threshold", self.threshold, 0, 1)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {"threshold": AFFINITIES}

    def _cut_grid(self, grid: GridGraph, start: NDArray[np.int64]) -> IntegerArray:
        import cc3d

        check_neighbours(grid)
        right, down = (edge_mask(grid) & (grid.affinity >= self.threshold)).astype(np.uint8)
        connections = _RIGHT * right + _DOWN * down
        connections[:, 1:] += _LEFT * right[:, :-1]
        connections[1:] += _UP * down[:-1]
        with solving():
            return cc3d.color_connectivity_graph(connections.T, connectivity=4).T  # its first axis is x
