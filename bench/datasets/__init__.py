"""Data sets: images with instance and semantic ground truth."""

from bench.datasets.base import DATASETS, Dataset

create = DATASETS.create
names = DATASETS.names
register = DATASETS.register

__all__ = ["DATASETS", "Dataset", "create", "names", "register"]
