"""A plug-in for tests: a partitioner that behaves as badly as it is told."""

from dataclasses import dataclass

import misbehaving as ways
import numpy as np

from partitioners import AffinityPyramid, PyramidPartitioner, Segmentation, create, register


@register("misbehaving")
@dataclass(frozen=True)
class Misbehaving(PyramidPartitioner):
    """Does what its parameter says."""

    way: str
    file: str = ""

    def _segment(self, pyramid: AffinityPyramid) -> Segmentation:
        if self.way == "wrong-size":
            return Segmentation(np.zeros((1, 1), int), np.empty(0, int), np.empty(0))
        if self.way == "in-place":
            pyramid.levels[0].affinity[:] = 0
            return create("components").partition(pyramid)
        getattr(ways, self.way)(*([self.file] if self.file else []))
        return create("components").partition(pyramid)
