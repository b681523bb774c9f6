"""
Larger than memory
==================

Affinities in a zarr array are cut block by block, each with a halo, and then the graph of all blocks' regions, whose edges
carry the exact sums and counts of the pixel edges behind them. Labels are written in a second pass. This needs
``pip install '.[blocks]'``.
"""

# sphinx_gallery_thumbnail_path = 'results/blocks/distance.png'

import tempfile
from pathlib import Path

import numpy as np
import zarr

from affinity_models.metrics.partition import label_error
from partitioners import create, grid_graph
from partitioners.blocks import partition_blocks

folder = Path(tempfile.mkdtemp())
rng = np.random.default_rng(0)
truth = np.arange(384)[:, None] // 48 * 8 + np.arange(384) // 48
offsets = ((0, 1), (1, 0))
same = np.stack([truth == np.roll(truth, -1, axis) for axis in (1, 0)])
affinity = (1 / (1 + np.exp(-np.where(same, 3, -3) - rng.normal(0, 1.5, same.shape)))).astype(np.float32)
source = zarr.open(str(folder / "affinities.zarr"), mode="w", shape=affinity.shape, chunks=(2, 128, 128), dtype="f4")
source[:] = affinity
source.attrs["offsets"] = offsets

# %%
# Four blocks of 192 × 192 pixels, and the labels of the whole image for comparison:

average = create("gaec", linkage="average")
whole = average.partition(grid_graph(affinity, offsets)).reshape(truth.shape)


def compare(name: str, **options) -> None:
    """Print how far blocks are from the whole image."""
    target = folder / f"{name}.zarr"
    outcome = partition_blocks(folder / "affinities.zarr", target, average, side=192, halo=32, workers=1, **options)
    labels = zarr.open(str(target), mode="r")[:]
    print(f"{name}: {outcome.segments} segments of {outcome.regions} regions, ARE {label_error(whole, labels).are:.6f}")


compare("blocks")

# %%
# With ``exact`` merges that may depend on other blocks wait for the graph of regions, and average linkage gives the labels of
# the whole image; the graph, which has to fit into memory, is larger then.

compare("exact", exact=True)

# %%
# The command does the same, and shows how far it is. Stopped at any time, even killed, it goes on from the blocks that are
# finished, unless a hash of the array says that it has changed; results do not depend on the number of workers:
#
# .. code-block:: sh
#
#     affinity-bench blocks affinities.zarr labels.zarr --partitioners 'gaec(linkage=average)'
#     affinity-bench blocks volume.zarr labels.zarr --side 32 256 256 --halo 4 32 32
#
# How far blocks are from the whole image, and how much memory they save, is :doc:`measured </speed>`.
