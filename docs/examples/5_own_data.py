"""
A data set of one's own
=======================

A folder in a known layout is a data set without a line of code; for any other, one writes a class.
"""

# sphinx_gallery_thumbnail_path = 'figures/association.png'

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from affinity_models import Oracle, Sample
from affinity_models.data import Dataset, create, register
from partitioners import ClassTable, InputError, partitioner_for

# %%
# A folder
# --------
#
# ``nuclei`` is any folder with ``images/`` and ``masks/`` of the same names: grey label images of 8, 16 or 32 bits, 0 for
# background. :doc:`/data` has the other layouts: Cityscapes, COCO's panoptic format, volumes in HDF5, Zarr, N5
# and TIFF, and pyramids.

folder = Path(tempfile.mkdtemp())
rng = np.random.default_rng(0)
y, x = np.indices((64, 96))
for kind in ("images", "masks"):
    (folder / kind).mkdir()
for number in range(4):
    mask = np.zeros(y.shape, np.uint16)
    for label in range(1, 7):
        row, column = divmod(label - 1, 3)
        mask[np.hypot(y - 16 - 32 * row, x - 16 - 32 * column) < rng.uniform(6, 12)] = label
    Image.fromarray(np.where(mask > 0, 220, 20).astype(np.uint8)).save(folder / f"images/{number}.png")
    Image.fromarray(mask).save(folder / f"masks/{number}.png")

dataset = create("nuclei", root=folder)
print(dataset.names(), dataset.read("0").instances.max(), "instances in the first")

# %%
# All commands take it. With the model ``oracle``, affinities are made of the truth with errors of a size that one chooses, so
# it says which partitioner suits objects like these, before there is a network:


def run(command: str) -> None:
    """Run a command as in a terminal, in the folder of this example, and print what it says."""
    print(subprocess.run(command, shell=True, check=True, cwd=folder, capture_output=True, text=True).stdout)


run(
    "affinity-bench leaderboard --data 'nuclei(root=.)' --models 'oracle(noise=1)'"
    " --partitioners cascade-gaec 'gaec(linkage=average)' mutex-watershed"
)

# %%
# A class
# -------
#
# Four members: the classes, the stride that suits the size of the objects, the names of the images, and how one is read.


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
        radius = 10 + 3 * self.names().index(name)
        instances = (np.hypot(y - 32, x - 48) < radius).astype(int)
        image = np.where(instances[..., None] > 0, 220, 20).repeat(3, axis=2).astype(np.uint8)
        return Sample(name, image, instances, instances, self.classes)


for sample in create("discs", count=2).samples():
    pyramid = Oracle(noise=0.5).predict(sample, stride=1)
    found = partitioner_for(pyramid).segment(pyramid)
    print(f"{sample.name}: {(sample.instances > 0).sum()} pixels, {(found.labels > 0).sum()} found")

# %%
# ``affinity-bench check discs`` tells what to mend, once commands know the file, as
# :doc:`a partitioner of one's own <4_own_partitioner>` says.
