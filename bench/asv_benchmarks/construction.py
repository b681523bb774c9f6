"""From affinities to a graph."""

from partitioners import NEIGHBOURS, grid_graph

from .inputs import LONG_RANGE, affinities, mosaic


class GridGraph:
    params = (("neighbours", "long-range"), (128, 512))
    param_names = ("offsets", "height")

    def setup(self, offsets, height):
        self.offsets = NEIGHBOURS if offsets == "neighbours" else LONG_RANGE
        channels = affinities("noisy", mosaic(height, 2 * height))
        self.affinity = channels[[number % 2 for number in range(len(self.offsets))]]

    def time_grid_graph(self, *_):
        grid_graph(self.affinity, self.offsets)
