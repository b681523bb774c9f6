"""The cascade, from a pyramid of four levels to instances."""

from .inputs import pyramid
from .partitioner import CASCADES, make, unit


class Cascade:
    """Level 1 has height × 2 height pixels, the image four times as many in each direction."""

    params = (tuple(CASCADES), (128, 256, 512))
    param_names = ("row", "height")
    timeout = 300

    def setup(self, row, height):
        self.partitioner = make(row)
        self.pyramid = pyramid(height)

    def time_partition(self, *_):
        return self.partitioner.partition(self.pyramid)

    @unit("instances")
    def track_instances(self, *_):
        return len(self.time_partition().scores)
