"""
A partitioner of one's own
==========================

A partitioner is a class with one method and one decorator. Listing, leaderboard, contract tests and cascade find it by its
name.
"""

# sphinx_gallery_thumbnail_path = 'figures/linkage.png'

from dataclasses import dataclass

import numpy as np

from affinity_models.metrics.partition import label_error
from partitioners import AffinityGraph, GraphPartitioner, create, grid_graph, register


@register("best-neighbour")
@dataclass(frozen=True)
class BestNeighbour(GraphPartitioner):
    """Joins every node with the neighbour at the other end of its strongest edge."""

    def _cut(self, graph: AffinityGraph, labelled: np.ndarray) -> np.ndarray:
        order = graph.weights.argsort(kind="stable")
        strongest = np.full(graph.n_nodes, -1)
        strongest[graph.edges[order].ravel()] = order.repeat(2)  # of several, the last one stays
        chosen = np.unique(strongest[strongest >= 0])
        joined = AffinityGraph(graph.n_nodes, graph.edges[chosen], graph.weights[chosen])
        return create("components", threshold=0.0).partition(joined)


# %%
# ``partition`` checks its input, contracts the parts that a caller gives as ``initial``, calls ``_cut``, and numbers what it
# returns; a node of a negative number belongs to no part.

rng = np.random.default_rng(0)
truth = np.arange(32)[:, None] // 8 * 4 + np.arange(32) // 8
offsets = ((0, 1), (1, 0))
same = np.stack([truth == np.roll(truth, -1, axis) for axis in (1, 0)])
graph = grid_graph(np.where(same, 0.8, 0.2) + rng.uniform(-0.15, 0.15, same.shape), offsets)

once = create("best-neighbour").partition(graph)
twice = create("best-neighbour").partition(graph, initial=once)
for name, labels in (("once", once), ("twice", twice)):
    error = label_error(truth, labels.reshape(truth.shape))
    print(f"{name}: {labels.max() + 1} parts, VI {error.vi_split:.2f} (pieces) + {error.vi_merge:.2f} (joined)")

# %%
# As a step of the cascade it is written ``create("cascade-gaec(affinity=best-neighbour)")``, with other steps as they were.
#
# Check and measure it
# --------------------
#
# Commands run partitioners in processes of their own, so they have to be told the file. ``affinity-bench new partitioner NAME``
# writes one to begin with, and every command takes ``--plugin FILE.py``:
#
# .. code-block:: sh
#
#     affinity-bench check best-neighbour --plugin best_neighbour.py       # the contract tests: what to mend
#     affinity-bench ablation --plugin best_neighbour.py --partitioners cascade-gaec 'cascade-gaec(affinity=best-neighbour)'
#     affinity-bench leaderboard --plugin best_neighbour.py --limit 20     # beside all others
#     affinity-bench scaling --plugin best_neighbour.py --partitioners best-neighbour   # time against pixels
#
# ``tunable()``, which returns values to try, such as ``{"threshold": (0.3, 0.5, 0.7)}``, lets it take part where
# parameters are chosen, ``leaderboard --tune 60``. One that cuts by signed costs as well says so by ``takes_costs = True``.
# An installed package names its module under the entry-point group ``affinity_bench.partitioners``, and needs no option:
# ``tests/plugin`` is one. Models and data sets are registered, named and packaged alike.
