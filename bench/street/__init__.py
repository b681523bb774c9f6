"""Synthetic street scenes in the folder layout of Cityscapes, the benchmark's embedded default data set."""

from bench.street.writer import SPLITS, VERSION, frame, generate

__all__ = ["SPLITS", "VERSION", "frame", "generate"]
