"""Data sets: images with instance and semantic ground truth."""

from affinity_models.dataset import DATASETS, Dataset
from bench.datasets.cityscapes import Cityscapes
from bench.datasets.coco_panoptic import CocoPanoptic
from bench.datasets.nuclei import Nuclei
from bench.datasets.pyramids import Pyramids, write_entry
from bench.datasets.street import Street

create = DATASETS.create
names = DATASETS.names
register = DATASETS.register

__all__ = [
    "DATASETS",
    "Cityscapes",
    "CocoPanoptic",
    "Dataset",
    "Nuclei",
    "Pyramids",
    "Street",
    "create",
    "names",
    "register",
    "write_entry",
]
