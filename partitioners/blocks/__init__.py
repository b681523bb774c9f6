"""Images and volumes larger than memory: affinities in zarr arrays, partitioned in blocks that are merged."""

from partitioners.blocks.passes import Outcome, partition_blocks

__all__ = ["Outcome", "partition_blocks"]
