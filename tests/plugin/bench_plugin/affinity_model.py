"""An affinity model."""

from dataclasses import dataclass

import numpy as np

from affinity_models import AffinityModel, Sample, register
from partitioners import NEIGHBOURS, AffinityPyramid, PyramidLevel


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
            levels.append(PyramidLevel(1 - np.stack(across), semantic / semantic.sum(axis=0), level[None], NEIGHBOURS))
        return AffinityPyramid(tuple(levels), sample.classes, stride, sample.size)
