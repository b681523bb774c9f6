import numpy as np
from numpy.typing import NDArray

def connected_components(n_nodes: int, edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (n_nodes,) int64 component labels, numbered by first node, of the graph with `edges` (m, 2) int64.

    Raises:
        ValueError: `edges` has another shape, or a node outside [0, n_nodes).
    """
