"""The connected components of connected-components-3d."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners import checks
from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS
from partitioners.clock import solving
from partitioners.graph import GridGraph
from partitioners.peers.grid import GridPartitioner, along_axes
from partitioners.registry import needs
from partitioners.tuning import AFFINITIES


@PARTITIONERS.register("cc3d", unavailable=needs("cc3d", extra="peers"))
@dataclass(frozen=True)
class Cc3d(GridPartitioner):
    """Connected components of grids of direct neighbours, as `components` (connected-components-3d).

    Source: Wu, Otoo and Suzuki, "Two strategies to speed up connected component labeling algorithms", 2005.

    Args:
        threshold: an affinity in [0, 1]; edges at it count, compared in the dtype of the affinities.

    Raises:
        InputError: `threshold` is out of range, or the graph has other edges than those between direct neighbours.
    """

    threshold: float = 0.5

    def __post_init__(self) -> None:
        checks.number("threshold", self.threshold, 0, 1)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {"threshold": AFFINITIES}

    def _cut_grid(self, grid: GridGraph, start: NDArray[np.int64]) -> IntegerArray:
        import cc3d

        rank = len(grid.shape)
        connections = np.zeros(grid.shape, np.uint8 if rank < 3 else np.uint32)
        exists = along_axes(replace(grid, affinity=np.where(grid.affinity >= self.threshold, 1.0, 0.0))) > 0
        for axis, joined in enumerate(
            exists
        ):  # of the last one, bit 0 leads to the next pixel and bit 1 to the previous
            onward = np.left_shift(joined.astype(connections.dtype), 2 * (rank - 1 - axis))
            connections += onward
            np.moveaxis(connections, axis, 0)[1:] += 2 * np.moveaxis(onward, axis, 0)[:-1]
        connectivity: Any = max(4, 2 * rank)
        with solving():
            labels = cc3d.color_connectivity_graph(np.atleast_2d(connections).T, connectivity=connectivity)
        return labels.T.reshape(grid.shape)  # its first axis is x
