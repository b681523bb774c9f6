"""Cascade-GAEC: the steps of one level, and what leads from level to level."""

from partitioners.cascade.cascade_gaec import STEPS, CascadeGAEC, partition_level_1

__all__ = ["STEPS", "CascadeGAEC", "partition_level_1"]
