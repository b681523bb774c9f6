"""Cascade-GAEC and the average cascade: the steps of one level, and those from level to level."""

from partitioners.cascade.average_cascade import AverageCascade
from partitioners.cascade.cascade_gaec import STEPS, CascadeGAEC

__all__ = ["STEPS", "AverageCascade", "CascadeGAEC"]
