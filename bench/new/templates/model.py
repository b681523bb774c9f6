"""An affinity model, as a file to begin with: it takes an image, and gives affinities on levels of halving resolution.

affinity-bench check new-name --plugin new-name.py
affinity-bench leaderboard --models new-name --partitioners 'gaec(linkage=average)' cascade-gaec --plugin new-name.py
"""

from dataclasses import dataclass

import numpy as np

from affinity_models import AffinityModel, Sample, register
from partitioners import AffinityPyramid, PyramidLevel


@register("new-name")
@dataclass(frozen=True)  # each field is a parameter: 'new-name(levels=1)'
class NewName(AffinityModel):
    """Calls neighbours alike that are equally bright, and bright pixels things.

    Args:
        levels: number of pyramid levels, at least 1; partitioners of graphs take the finest alone.
    """

    levels: int = 3

    @property
    def version(self) -> str:
        """A text that changes with what is predicted, such as a hash of the weights, lest older predictions be taken."""
        return "1"

    def predict(self, sample: Sample, stride: int) -> AffinityPyramid:
        """Return the pyramid of `sample.image`, (H, W, 3) uint8; level 1 has a pixel for `stride` × `stride` of the image's."""
        sample.expect_image()  # refuses volumes; take this away if your model takes them
        brightness = sample.image.mean(axis=2) / 255
        is_thing = np.array(sample.classes.is_thing)[:, None, None]
        levels = []
        for number in range(self.levels):
            step = stride << number  # each level has half the rows and columns of the one before, rounded up
            level = brightness[::step, ::step]
            right, down = np.abs(np.diff(level, axis=1, append=0)), np.abs(np.diff(level, axis=0, append=0))
            affinity = 1 - np.stack([right, down])  # (2, h, w): in [0, 1], to the pixels at (0, 1) and (1, 0)
            semantic = np.where(is_thing, level, 1 - level) + 1e-3
            semantic /= semantic.sum(axis=0)  # (classes, h, w): how probable each class is
            levels.append(PyramidLevel(affinity, semantic, offsets=((0, 1), (1, 0))))  # more offsets may follow
        return AffinityPyramid(tuple(levels), sample.classes, stride, sample.size)
