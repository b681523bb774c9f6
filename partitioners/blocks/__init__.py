"""Images larger than memory: their affinities, in zarr arrays, are partitioned in blocks that are merged over their faces."""

from partitioners.blocks.passes import Outcome, partition_blocks

__all__ = ["Outcome", "partition_blocks"]
