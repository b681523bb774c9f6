"""
Costs of one's own: multicuts
=============================

Where edges carry signed costs in place of affinities, the graph is a ``CostGraph``: above 0 both ends belong together, below
0 they do not, and the best partition is the one whose cut edges cost least. This is the minimum cost multicut problem, of which
superpixels, meshes and point clouds give examples as well as images.
"""

# sphinx_gallery_thumbnail_path = 'figures/offset.png'

import tempfile
from pathlib import Path

import numpy as np

from affinity_models.metrics.partition import multicut_energy
from partitioners import CostGraph, create, grid_graph, read_multicut, write_multicut

# %%
# Three nodes: 0 and 1 attract each other, so do 1 and 2, but 0 and 2 repel each other. Cutting off 2 costs 1 and gains 1.5.

problem = CostGraph(3, [[0, 1], [1, 2], [0, 2]], [2.0, 1.0, -1.5])
labels = create("kernighan-lin").partition(problem)
print(labels, "energy", multicut_energy(problem, labels))

# %%
# Greedy contraction is fast, local search is better: nodes move between parts, parts join and split, while the energy falls.
# ``seconds`` and ``moves`` limit it.

rng = np.random.default_rng(0)
n_nodes = 400
edges = np.array([pair for pair in rng.integers(0, n_nodes, (3000, 2)) if pair[0] != pair[1]])
group = rng.integers(0, 8, n_nodes)
together = group[edges[:, 0]] == group[edges[:, 1]]
random = CostGraph(n_nodes, edges, np.where(together, 1.5, -0.5) + rng.normal(0, 1.0, len(edges)))
for expression in ("gaec(linkage=sum)", "mutex-watershed", "gasp(linkage=sum)", "kernighan-lin"):
    labels = create(expression).partition(random)
    print(f"{expression:<20} energy {multicut_energy(random, labels):8.1f}, {labels.max() + 1} parts")

# %%
# Affinities become costs by their log-odds; a ``bias`` other than 0.5 moves the border between attraction and repulsion.

affinity = rng.uniform(0.2, 0.9, (2, 32, 32))
graph = grid_graph(affinity, ((0, 1), (1, 0)))
for bias in (0.4, 0.5, 0.6):
    print(f"bias {bias}: {create('kernighan-lin', bias=bias).partition(graph).max() + 1} parts")

# %%
# Problems are stored as text, one line for each edge, as other solvers read and write them:

path = Path(tempfile.mkdtemp()) / "problem.txt"
write_multicut(path, problem)
print(path.read_text())
again = read_multicut(path)
print(again.n_nodes, "nodes with costs", again.costs)
