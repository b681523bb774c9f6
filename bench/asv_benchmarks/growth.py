"""Time against the number of image pixels: the curve of Fig. 6 of Deep Affinity Net."""

import math
import os

from .inputs import graph, pyramid
from .partitioner import CASCADES, make

STRIDE = 4
"""Image pixels per pixel of level 1, as in the paper."""

LARGEST = int(os.environ.get("ASV_LARGEST", 2048 * 4096))
"""Larger images are left out, for time and memory: 33 megapixels take several GB."""


class Growth:
    """Partitioners of graphs cut every pixel of the image, cascades its pyramid."""

    params = (
        ("components", "gaec-average", "+ PA-GAEC", "+ PA-GAEC, GAS"),
        tuple(height * 2 * height for height in (128, 256, 512, 1024, 2048, 4096)),
    )
    param_names = ("partitioner", "pixels")
    timeout = 300

    def setup(self, partitioner, pixels):
        if pixels > LARGEST:
            raise NotImplementedError(f"set ASV_LARGEST={pixels} for it")
        self.partitioner = make(partitioner)
        height = math.isqrt(pixels // 2)
        self.problem = pyramid(height // STRIDE, STRIDE) if partitioner in CASCADES else graph("noisy", height)

    def time_partition(self, *_):
        self.partitioner.partition(self.problem)
