"""
A model of one's own
====================

An *affinity model* makes an affinity pyramid from an image. There are two ways to measure one: to write a class that the
commands call, or to predict elsewhere, in any framework, and bring the files.
"""

# sphinx_gallery_thumbnail_path = 'figures/pyramid.png'

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from affinity_models import AffinityModel, Sample, register
from affinity_models.data import write_entry
from affinity_models.metrics.cityscapes import average_precision
from affinity_models.metrics.matching import match
from partitioners import AffinityPyramid, ClassTable, PyramidLevel, create

# %%
# A class
# -------
#
# ``predict`` gets a sample, whose image it looks at, and the stride that suits the data. This one takes equally bright
# neighbours for one object, and what is bright for a thing.


@register("contrast")
@dataclass(frozen=True)
class Contrast(AffinityModel):
    """Pixels of equal brightness belong together, and bright ones to things.

    Args:
        levels: number of pyramid levels.
    """

    levels: int = 3

    def predict(self, sample: Sample, stride: int) -> AffinityPyramid:
        """Return the pyramid of an image."""
        brightness = sample.image.mean(axis=2) / 255
        things = np.array(sample.classes.is_thing)[:, None, None]
        levels = []
        for number in range(self.levels):
            step = stride << number
            level = brightness[::step, ::step]
            across = np.abs(np.diff(level, axis=1, append=0)), np.abs(np.diff(level, axis=0, append=0))
            semantic = np.where(things, level, 1 - level) + 1e-3
            levels.append(PyramidLevel(1 - np.stack(across), semantic / semantic.sum(axis=0), level[None]))
        return AffinityPyramid(tuple(levels), sample.classes, stride, sample.size)


# %%
# Registered, it is made by its name. Its pyramids are cut and compared with the truth; the data here are a picture with two
# discs of our own.

y, x = np.indices((64, 96))
instances = np.where(np.hypot(y - 30, x - 25) < 15, 1, np.where(np.hypot(y - 35, x - 65) < 12, 2, 0))
image = np.where(instances[..., None] > 0, 220, 20).repeat(3, axis=2).astype(np.uint8)
classes = ClassTable(("ground", "disc"), (False, True))
sample = Sample("discs", image, (instances > 0).astype(int), instances, classes)

pyramid = Contrast().predict(sample, stride=1)
found = create("gaec", linkage="average").segment(pyramid)
print(f"{len(found)} instances, AP {average_precision([match(sample, found)], classes).ap:.2f}")

# %%
# Files
# -----
#
# ``AffinityPyramid.save`` writes one file, and :doc:`the format of frozen sets </format>` says how any program writes the
# same. ``write_entry`` adds pyramid, image and truth to a folder that is a data set, ``pyramids``, and whose pyramids the model
# ``saved`` reads. All commands take both; this one gives AP with a confidence interval:

folder = Path(tempfile.mkdtemp())
write_entry(folder / "mine", sample, pyramid)


def run(command: str) -> None:
    """Run a command as in a terminal, in the folder of this example, and print what it says."""
    print(subprocess.run(command, shell=True, check=True, cwd=folder, capture_output=True, text=True).stdout)


run(
    "affinity-bench ablation --data 'pyramids(root=mine)' --models 'saved(root=mine)'"
    " --partitioners cascade-gaec 'gaec(linkage=average)'"
)

# %%
# The cascade joins both discs, since to this model equal brightness is an equal embedding, and embeddings say what belongs
# together wherever it is: :doc:`/concepts`.
#
# To let commands call the class itself, put it into a file of its own, as
# :doc:`a partitioner of one's own <4_own_partitioner>` says.
