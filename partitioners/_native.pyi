from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    boxes: NDArray[np.int64] | None = None,
    beta: float = 0.0,
) -> NDArray[np.int64]:
    """Return (n_nodes,) int64, for each node the node it ended in when no edge above the threshold was left.

    Args:
        edges: (m, 2) nodes; no self-loops, parallel ones are joined first.
        values: (m,) fixed-point affinities, or log-odds for "sum".
        sizes: (m,) at least 1, the number of pixel edges behind each.
        linkage: "wpgma", "average" or "sum".
        threshold: in fixed-point units.
        boxes: (n_nodes, 4) bounding boxes: priorities are then weighed by the position factor with exponent `beta`.

    Raises:
        ValueError: an argument is not as above, or sums could overflow.
    """

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
