"""Partitioning in blocks by a command, and how far it is from partitioning the whole; the product is `partitioners.blocks`."""

from partitioners.blocks import Outcome, partition_blocks

__all__ = ["Outcome", "partition_blocks"]
