"""The least that any cascade must do, timed, to compare its time with."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from partitioners import AffinityPyramid, grid_graph
from partitioners._native import connected_components
from partitioners.arrays import FloatArray
from partitioners.graph import Offsets

PARTS = ("components", "read", "write")


def floor(pyramid: AffinityPyramid) -> dict[str, Callable[[], object]]:
    """Return the three parts of the floor by name, ready to be timed.

    - components: one union-find pass over level 1's edges of affinity ≥ 0.5, labels numbered; the list of these edges is
      made beforehand, and pixels of stuff take part;
    - read: the largest value of each array of each level, so that all of them pass through the processor once;
    - write: a label into every pixel of a new int32 array of the image's size.
    """
    return {
        "components": components(pyramid.levels[0].affinity, pyramid.levels[0].offsets),
        "read": partial(_read, pyramid),
        "write": partial(np.full, pyramid.image_size, 1, np.int32),
    }


def components(affinity: FloatArray, offsets: Offsets) -> Callable[[], NDArray[np.int64]]:
    """Return the connected-components pass over the edges of affinity ≥ 0.5, which are listed now."""
    graph = grid_graph(affinity, offsets)
    return partial(connected_components, graph.n_nodes, graph.edges[graph.weights >= 0.5])


def _read(pyramid: AffinityPyramid) -> float:
    arrays = (part for level in pyramid.levels for part in (level.affinity, level.semantic, level.embedding))
    return max(float(array.max()) for array in arrays)
