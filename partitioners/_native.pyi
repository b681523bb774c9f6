from typing import Any

import numpy as np
from numpy.typing import NDArray

Offsets = tuple[tuple[int, int], ...] | NDArray[np.int64]

def connected_components(n_nodes: int, edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (n_nodes,) int64 component labels, numbered by first node, of the graph with `edges` (m, 2) int64.

    Raises:
        ValueError: `edges` has another shape, or a node outside [0, n_nodes).
    """

def contract(
    n_nodes: int,
    edges: NDArray[np.int64],
    values: NDArray[np.int64],
    sizes: NDArray[np.int64] | None,
    linkage: str,
    threshold: int,
) -> NDArray[np.int64]:
    """Return (n_nodes,) int64, for each node the node it ended in when no edge above the threshold was left.

    Args:
        edges: (m, 2) nodes; no self-loops, parallel ones are joined first.
        values: (m,) fixed-point affinities, or log-odds for "sum".
        sizes: (m,) at least 1, the number of pixel edges behind each.
        linkage: "wpgma", "average" or "sum".
        threshold: in fixed-point units.

    Raises:
        ValueError: an argument is not as above, or sums could overflow.
    """

def contract_by_position(
    n_nodes: int,
    edges: NDArray[np.int64],
    values: NDArray[np.int64],
    sizes: NDArray[np.int64] | None,
    linkage: str,
    threshold: int,
    boxes: NDArray[np.int64],
    beta: float,
) -> NDArray[np.int64]:
    """Return the same for affinities weighed by the position factor.

    Args:
        linkage: "wpgma" or "average".
        boxes: (n_nodes, 4) bounding boxes.
        beta: the exponent of the factor.

    Raises:
        ValueError: as above.
    """

def contract_grid(
    affinity: NDArray[np.float32] | NDArray[np.float64],
    offsets: Offsets,
    linkage: str,
    threshold: int,
    mask: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """Return (h · w,) int64 labels, numbered by first pixel, of the graph that `grid_graph` makes of the same arguments.

    Args:
        affinity: (A, h, w) in [0, 1], at most 2^31 - 4 values.
        offsets: A pairs (dy, dx) other than (0, 0).
        linkage, threshold: as for `contract`.
        mask: (h, w).

    Raises:
        ValueError: an argument is not as above.
    """

def merge_tree(
    n_nodes: int,
    edges: NDArray[np.int64],
    values: NDArray[np.int64],
    sizes: NDArray[np.int64] | None,
    linkage: str,
    threshold: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the `pairs` and `heights` of a `MergeTree`, from the arguments of `contract`."""

def merge_tree_of_grid(
    affinity: NDArray[np.float32] | NDArray[np.float64],
    offsets: Offsets,
    linkage: str,
    threshold: int,
    mask: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the `pairs` and `heights` of a `MergeTree`, from the arguments of `contract_grid`."""

def associate(
    edges: NDArray[np.int64],
    weights: NDArray[Any],
    order: NDArray[np.int64],
    threshold: float,
    initial: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return (n_nodes,) int64 labels grown from `initial`; nodes that no label reaches stay negative.

    Args:
        edges: (m, 2) nodes; no self-loops.
        weights: (m,) affinities.
        order: nodes in the order in which they are visited.
        threshold: nodes join at affinities of at least this.
        initial: (n_nodes,) labels; negative where there is none yet.

    Raises:
        ValueError: an argument is not as above.
    """
