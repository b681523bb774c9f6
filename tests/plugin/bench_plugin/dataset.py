"""A data set."""

from dataclasses import dataclass

import numpy as np

from affinity_models import Sample
from affinity_models.data import Dataset, register
from partitioners import ClassTable, InputError


@register("discs")
@dataclass(frozen=True)
class Discs(Dataset):
    """Bright discs on dark ground.

    Args:
        count: number of images.
    """

    count: int = 3
    classes = ClassTable(("ground", "disc"), (False, True))
    stride = 1

    def names(self) -> list[str]:
        """Return the names of the images."""
        return [f"disc-{number}" for number in range(self.count)]

    def read(self, name: str) -> Sample:
        """Return one image with its ground truth."""
        if name not in self.names():
            raise InputError(f"name: no image {name!r}")
        rng = np.random.default_rng(self.names().index(name))
        y, x = np.indices((64, 96))
        instances = np.zeros(y.shape, int)
        for number in range(6):
            row, column = divmod(number, 3)
            centre, radius = rng.uniform(14, 18, 2) + 32 * np.array([row, column]), rng.uniform(6, 12)
            instances[np.hypot(y - centre[0], x - centre[1]) < radius] = number + 1
        image = np.where(instances > 0, 220, 20)[..., None] + rng.integers(0, 20, (*y.shape, 3))
        return Sample(name, image.astype(np.uint8), (instances > 0).astype(int), instances, self.classes)
