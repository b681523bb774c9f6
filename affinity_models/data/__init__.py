"""Data sets: images with instance and semantic ground truth."""

from affinity_models.data.cityscapes import Cityscapes
from affinity_models.data.coco_panoptic import CocoPanoptic
from affinity_models.data.dataset import DATASETS, Dataset
from affinity_models.data.nuclei import Nuclei
from affinity_models.data.pyramids import Pyramids, write_entry
from affinity_models.data.street.dataset import Street
from affinity_models.data.volumes.dataset import Volumes

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
    "Volumes",
    "create",
    "names",
    "register",
    "write_entry",
]
