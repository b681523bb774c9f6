"""Data sets under the name by which plug-ins know them; they live in `affinity_models.data`."""

from affinity_models.data import DATASETS, Dataset, create, names, register, write_entry

__all__ = ["DATASETS", "Dataset", "create", "names", "register", "write_entry"]
