"""Microscope images with one label image each, such as the nuclei of the 2018 Data Science Bowl."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from affinity_models.data import files
from affinity_models.data.dataset import DATASETS, Dataset
from affinity_models.images import KINDS, read_image, read_labels
from affinity_models.metrics.matching import match
from affinity_models.metrics.nuclei import mean_success_index
from affinity_models.sample import Sample
from partitioners import ClassTable, Segmentation, checks, needs
from partitioners.errors import InputError
from partitioners.labels import consecutive

LAYOUT = f"images/NAME.* and masks/NAME.* (grey instance labels, 0 is background), {KINDS}"


@DATASETS.register("nuclei", unavailable=needs("PIL", extra="bench"))
@dataclass(frozen=True)
class Nuclei(Dataset):
    """Nuclei in microscope images, or other objects of one kind: images/NAME.*, masks/NAME.*.

    Caicedo et al., "Nucleus segmentation across imaging experiments: the 2018 Data Science Bowl", Nature
    Methods 2019; a folder of one's own in the same layout does as well. The classes are background (stuff)
    and nucleus (thing).

    Args:
        root: a folder with images/ (8 bits per channel, grey or colour, any extension PIL reads) and masks/ (grey
            labels of 8, 16 or 32 bits, of the same names; 0 is background, every other number one nucleus).
        stride: image pixels per pixel of pyramid level 1.

    Raises:
        InputError: the folder is not as above, or two images share a name.
    """

    root: Path
    stride: int = 1
    classes: ClassTable = field(default=ClassTable(("background", "nucleus"), (False, True)), init=False)
    _images: dict[str, Path] = field(init=False, repr=False, compare=False)
    _masks: dict[str, Path] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        root = files.existing_folder(self.root, LAYOUT)
        images = files.images_by_name(root / "images")
        if not images:
            raise InputError(f"root: expected {LAYOUT}, found no images in {root / 'images'}")
        stride = checks.integer("stride", self.stride, 1)
        masks = files.images_by_name(root / "masks")
        checks.keep(self, root=root, stride=stride, _images=images, _masks=masks)

    def names(self) -> list[str]:
        """Return the names of the images without extension, sorted."""
        return list(self._images)

    def read(self, name: str) -> Sample:
        """Return one image with its ground truth.

        Raises:
            InputError: there is no such image, its mask is missing or of another size, or a file cannot be read.
        """
        image = read_image(files.find(self._images, name, self.root))
        mask = self._masks.get(name, self.root / "masks" / f"{name}.*")
        instances = consecutive(read_labels(mask, image.shape))
        return Sample(name, image, (instances > 0).astype("int32"), instances, self.classes)

    def figures_of_merit(self, found: Sequence[tuple[Sample, Segmentation]]) -> dict[str, float]:
        """Return CSI and CSI50, as `affinity_models.metrics.nuclei` has them."""
        return mean_success_index([match(sample, segmentation) for sample, segmentation in found])
