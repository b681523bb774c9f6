"""A data set, as a file to begin with: images with their true instances.

affinity-bench check new-name --plugin new-name.py
affinity-bench leaderboard --data new-name --models 'oracle(noise=0.5)' --plugin new-name.py
"""

from dataclasses import dataclass

import numpy as np

from affinity_models import Sample
from affinity_models.data import Dataset, register
from partitioners import ClassTable, InputError


@register("new-name")
@dataclass(frozen=True)  # each field is a parameter: 'new-name(count=5)'; a folder is often one, `root: Path`
class NewName(Dataset):
    """Bright squares on dark ground.

    Args:
        count: number of images, at least 1.
    """

    count: int = 3
    classes = ClassTable(("ground", "square"), (False, True))  # names, and which are things: those have instances
    stride = 1  # image pixels per pixel of the finest level of predictions; more suits larger objects

    def names(self) -> list[str]:
        """Return the names of the images, in order."""
        return [f"image-{number}" for number in range(self.count)]

    def read(self, name: str) -> Sample:
        """Return one image with its truth."""
        if name not in self.names():
            raise InputError(f"name: expected one of {', '.join(self.names())}, got {name!r}")
        instances = np.zeros((64, 96), int)  # (H, W): 0 where there is no instance, 1…n elsewhere
        rows, columns = np.random.default_rng(self.names().index(name)).integers(0, 12, (2, 6))
        for number in range(6):
            row, column = 32 * (number // 3) + rows[number], 32 * (number % 3) + columns[number]
            instances[row : row + 20, column : column + 20] = number + 1
        semantic = (instances > 0).astype(int)  # (H, W): the class of each pixel; -1 where it is not scored
        image = np.where(instances[..., None] > 0, 220, 20).repeat(3, axis=2).astype(np.uint8)  # (H, W, 3), 8 bits
        return Sample(name, image, semantic, instances, self.classes)
