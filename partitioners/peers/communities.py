"""What partitioners of other packages need: simple graphs, and for community detection exact, positive strengths."""

from __future__ import annotations

import numpy as np

from partitioners.graph import AffinityGraph

_UNIT = 2.0**-30


def unique_pairs(edges: np.ndarray, n_nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs of nodes that `edges` (m, 2) join.

    Returns:
        pairs: (k, 2) int64, the smaller node first, in ascending order.
        which: (m,) the number of each edge's pair.
    """
    ends = np.sort(edges, axis=1)
    keys, which = np.unique(ends[:, 0] * n_nodes + ends[:, 1], return_inverse=True)
    return np.stack(np.divmod(keys, max(n_nodes, 1)), axis=1), which


def simple_edges(graph: AffinityGraph) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs of nodes that an edge joins, and how strongly.

    Affinities are rounded to multiples of 2⁻³⁰, so that sums do not depend on their order: a loop that goes
    on while something improves would not end where rounding makes equal sums unequal. Pairs whose edges all
    round to 0 are left out, since several methods refuse weights of 0.

    Returns:
        pairs: (k, 2) int64, the smaller node first, in ascending order.
        strengths: (k,) float64 above 0, the sum of affinity × size over the pair's parallel edges.
    """
    pairs, which = unique_pairs(graph.edges, graph.n_nodes)
    units = np.rint(graph.weights.astype(np.float64) / _UNIT) * graph.sizes
    strengths = np.bincount(which, units, len(pairs)) * _UNIT
    kept = strengths > 0
    return pairs[kept], strengths[kept]
