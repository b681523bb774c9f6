"""
Affinities of one's own, in two and three dimensions
====================================================

A network of any framework predicts, for each pixel and each *offset*, how far the pixel and the one at that offset belong
to the same object: an array (A, H, W) of numbers in [0, 1]. A graph partitioner cuts the graph that has them as edges.
``pip install .`` is enough, and needs numpy alone.

Here affinities are made of labels, with noise upon them, so that the right answer is known.
"""

import matplotlib.pyplot as plt
import numpy as np

from affinity_models.metrics.partition import label_error
from partitioners import Proofreading, create, grid_graph, set_threads

rng = np.random.default_rng(0)


def voronoi(*shape: int, cells: int) -> np.ndarray:
    """Return labels of cells around random centres."""
    grid = np.stack(np.indices(shape), axis=-1)
    centres = rng.uniform(0, shape, (cells, len(shape)))
    return np.linalg.norm(grid[..., None, :] - centres, axis=-1).argmin(axis=-1)


def affinities(labels: np.ndarray, offsets: list) -> np.ndarray:
    """Return noisy affinities (A, *shape) of pixels and those at the offsets."""
    same = [labels == np.roll(labels, [-step for step in offset], range(labels.ndim)) for offset in offsets]
    logits = np.where(same, 3.0, -3.0) + rng.normal(0, 2.2, (len(offsets), *labels.shape))
    return 1 / (1 + np.exp(-logits))


# %%
# Two dimensions
# --------------
#
# Channel *i* at pixel *p* is the affinity of *p* and *p* + ``offsets[i]``. Offsets are (dy, dx): here the pixel on the right
# and the one below. Values whose second pixel is outside are not read.

truth = voronoi(128, 128, cells=25)
offsets = [(0, 1), (1, 0)]
affinity = affinities(truth, offsets)
graph = grid_graph(affinity, offsets)
labels = create("gaec", linkage="average", threshold=0.5).partition(graph).reshape(graph.shape)
print(f"{labels.max() + 1} segments of {truth.max() + 1}, ARE {label_error(truth, labels).are:.3f}")

figure, axes = plt.subplots(1, 3, figsize=(9, 3), layout="constrained")
for one, shown in zip(axes, (truth, affinity.min(axis=0), labels), strict=True):
    one.imshow(shown, cmap="gray" if shown.dtype == float else "prism")
    one.set_axis_off()

# %%
# Any partitioner of graphs has the same call; ``affinity-bench list`` says what each computes. ``merge_tree`` gives the
# partitions of all thresholds from its own on, from one run.

for expression in ("gaec(linkage=average)", "gaec(linkage=sum)", "gasp(linkage=average)", "components(threshold=0.9)"):
    error = label_error(truth, create(expression).partition(graph).reshape(truth.shape))
    print(f"{expression:<28} ARE {error.are:.3f}, VI {error.vi_split:.2f} + {error.vi_merge:.2f}")

tree = create("gaec", linkage="average", threshold=0.3).merge_tree(graph)
print([int(tree.cut(threshold).max()) + 1 for threshold in (0.3, 0.5, 0.7, 0.9)], "segments")

# %%
# A mask leaves pixels out, and limits keep parts small or apart: pixels 0 and 1 must not be joined.

inside = truth > 0
masked = create("gaec", linkage="average").partition(grid_graph(affinity, offsets, inside)).reshape(truth.shape)
print(len(np.unique(masked[inside])), "segments inside; pixels outside are alone")
limited = create("gasp", max_size=2000, min_size=10).partition_linked(graph, cannot_link=[[0, 1]])
print("largest part:", np.bincount(limited).max(), "pixels; apart:", limited[0] != limited[1])

# %%
# A person who looks at the parts can join or part two pixels: ``Proofreading`` has the new labels at once, however large the
# image is, and exactly those of a run from scratch.

proofreading = Proofreading(graph, threshold=0.5)
before = proofreading.labels
after = proofreading.cannot_link(0, 1)
print("in one part before:", before[0] == before[1], "after:", after[0] == after[1])

# %%
# Three dimensions, and long range
# --------------------------------
#
# Volumes are cut alike, with offsets (dz, dy, dx). Affinities over long distances say where objects are *not* one: a mutex
# watershed takes the direct ones as attractive, and the others as repulsive, and needs no threshold between objects.

offsets = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (2, 0, 0), (0, 9, 0), (0, 0, 9)]
truth = voronoi(16, 64, 64, cells=20)
affinity = affinities(truth, offsets)
volume = grid_graph(affinity, offsets)
direct = grid_graph(affinity[:3], offsets[:3])
set_threads(2)  # less time for the same labels
for name, problem, partitioner in (
    ("average linkage, direct", direct, create("gaec", linkage="average")),
    ("average linkage, all", volume, create("gaec", linkage="average")),
    ("mutex watershed", volume, create("mutex-watershed", attractive=3, strides=(1, 4, 4))),
):
    error = label_error(truth, partitioner.partition(problem).reshape(volume.shape))
    print(f"{name:<26} ARE {error.are:.3f}, VI {error.vi_split:.2f} + {error.vi_merge:.2f}")
set_threads(1)

# %%
# From files
# ----------
#
# .. code-block:: sh
#
#     affinity-bench segment --affinities prediction.h5:affinities --offsets '[[0, 1], [1, 0]]' --min-size 20
#
# reads .npy, .npz, HDF5, Zarr, N5 and TIFF. Arrays that do not fit into memory are for
# :doc:`another page <7_larger_than_memory>`.
