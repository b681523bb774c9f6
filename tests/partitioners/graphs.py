"""Random graphs for property tests, when two partitions are the same, and a partition that no one should make."""

from types import SimpleNamespace

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from partitioners import AffinityGraph
from partitioners.labels import renumber

# Half of them from a coarse scale, so that ties are common.
AFFINITIES = st.one_of(st.integers(0, 8).map(lambda eighth: eighth / 8), st.floats(0, 1))


@st.composite
def affinity_graphs(draw, max_nodes=8, max_edges=20, weights=AFFINITIES, unique=False):
    """Graphs with parallel edges, isolated nodes and several components; `unique`: no two affinities are near."""
    n_nodes = draw(st.integers(0, max_nodes))
    n_edges = draw(st.integers(0, max_edges)) if n_nodes > 1 else 0
    ends = draw(hnp.arrays(np.int64, (n_edges, 2), elements=st.integers(0, max(0, n_nodes - 1))))
    ends = ends[ends[:, 0] != ends[:, 1]]
    if unique:
        rng = np.random.default_rng(draw(st.integers(0, 2**32)))
        return AffinityGraph(n_nodes, ends, rng.random(len(ends)))
    values = draw(st.lists(weights, min_size=len(ends), max_size=len(ends)))
    sizes = draw(hnp.arrays(np.int64, len(ends), elements=st.integers(1, 5)))
    return AffinityGraph(n_nodes, ends, np.array(values, np.float64), sizes)


def shuffled_graph(graph, seed):
    """Return the graph with its nodes renumbered and its edges reordered, and (n_nodes,) the new number of each node."""
    rng = np.random.default_rng(seed)
    order, edges = rng.permutation(graph.n_nodes), rng.permutation(graph.n_edges)
    return AffinityGraph(graph.n_nodes, order[graph.edges[edges]], graph.weights[edges], graph.sizes[edges]), order


def same_partition(first, second):
    """Whether two labellings put the same nodes together."""
    return np.array_equal(renumber(np.asarray(first)), renumber(np.asarray(second)))


def by_hash(n_nodes):
    """Return a partitioner whose labels depend on how Python hashes strings; like all of a module it can be pickled."""
    return SimpleNamespace(partition=lambda graph, initial=None: np.full(graph.n_nodes, hash("text") % 10**6))
