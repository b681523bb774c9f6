"""The meaning of labels, the same for the nodes of a graph, the pixels of a level and those of blocks.

- In a graph, parts are 0…k-1, numbered by their first node; `UNASSIGNED` (-1) belongs to none.
- On the levels of a pyramid and in images, segments and instances are 1…n; `BACKGROUND` (0) belongs to none, and
  `UNLABELLED` (-1) has no label yet.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners import _native, checks

UNASSIGNED = -1
"""The label of a node that belongs to no part: in an initial partition, not yet; in a result, to none at all."""
BACKGROUND = 0
UNLABELLED = -1


def renumber(labels: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """Return (n,) `labels` renumbered 0…k-1 by first occurrence; negative ones become `UNASSIGNED`."""
    if labels.dtype == np.uint64:
        labels = np.unique(labels, return_inverse=True)[1]
    return _native.renumber(labels)


def initial_parts(initial: Any, n_nodes: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the part (n_nodes,) of every node, numbered by first node, and which parts came from a label.

    Raises:
        InputError: `initial` is not (n_nodes,) integers.
    """
    initial = checks.array("initial", initial, (n_nodes,), "integer")
    keys = renumber(initial)
    unassigned = keys == UNASSIGNED
    parts = renumber(np.where(unassigned, len(initial) + np.arange(len(initial)), keys))
    labelled = np.zeros(int(parts.max(initial=-1)) + 1, bool)
    labelled[parts[~unassigned]] = True
    return parts, labelled


def consecutive(labels: NDArray[np.integer[Any]]) -> NDArray[np.int32]:
    """Return `labels` of at least 0, of any shape, with 0 kept and the others renumbered 1…n in their order."""
    numbers = np.unique(labels[labels > 0])
    return np.where(labels > 0, np.searchsorted(numbers, labels) + 1, 0).astype(np.int32)
