"""Cascade-GAEC: the steps of one level, and those from level to level."""

from partitioners.cascade.cascade_gaec import STEPS, CascadeGAEC

__all__ = ["STEPS", "CascadeGAEC"]
