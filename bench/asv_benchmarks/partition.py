"""Partitioners of graphs, of images and of volumes: time, energy and number of segments."""

from __future__ import annotations

import numpy as np

from partitioners import AffinityGraph, grid_graph

from .inputs import (
    DIRECT_3D,
    KINDS,
    LONG_RANGE,
    LONG_RANGE_3D,
    fragments,
    graph,
    long_affinities,
    mosaic,
    neurites,
    seeds,
)
from .partitioner import GRAPH_PARTITIONERS, make, unit

EPSILON = 1e-6
"""Affinities are kept this far from 0 and 1 before their log-odds are taken."""


def excess_energy(graph: AffinityGraph, labels: np.typing.NDArray[np.int64]) -> float:
    """Return by how much the multicut energy exceeds what no partition goes below, in nats.

    It is the summed log-odds of the edges that are cut though they attract, or kept though they repel. The energy
    itself can be negative, and asv compares figures by their ratio.
    """
    affinity = np.clip(graph.weights.astype(np.float64), EPSILON, 1 - EPSILON)
    log_odds = np.log(affinity / (1 - affinity))
    first, second = labels[graph.edges.T]
    return float(np.abs(log_odds[(first != second) == (log_odds > 0)]).sum())


class Grid:
    """Images of height × 2 height pixels; GAS starts from the labels of half of them."""

    params = (tuple(GRAPH_PARTITIONERS), KINDS, (128, 512))
    param_names = ("partitioner", "affinities", "height")
    timeout = 300

    def setup(self, partitioner, kind, height):
        self.partitioner = make(partitioner)
        self.graph = graph(kind, height)
        self.initial = seeds(height) if partitioner == "gas" else None

    def time_partition(self, *_):
        return self.partitioner.partition(self.graph, self.initial)

    @unit("nats")
    def track_energy(self, *_):
        return excess_energy(self.graph, self.time_partition())

    @unit("segments")
    def track_segments(self, *_):
        return int(self.time_partition().max()) + 1


class Mutex:
    """The mutex watershed of images of height × 2 height pixels."""

    params = ((128, 512),)
    param_names = ("height",)

    def setup(self, height):
        self.partitioner = make("mutex-watershed, 2-D")
        self.graph = grid_graph(long_affinities(mosaic(height, 2 * height), LONG_RANGE), LONG_RANGE)

    def time_partition(self, *_):
        return self.partitioner.partition(self.graph)

    @unit("segments")
    def track_segments(self, *_):
        return int(self.time_partition().max()) + 1


class Volume:
    """Neurites of 64 × side × side voxels; the mutex watershed also takes longer offsets."""

    params = (("components", "gaec-wpgma", "gaec-average", "gaec-sum", "mutex-watershed, 3-D"), (32, 128, 256))
    param_names = ("partitioner", "side")
    timeout = 300

    def setup(self, partitioner, side):
        self.partitioner = make(partitioner)
        offsets = LONG_RANGE_3D if partitioner.startswith("mutex") else DIRECT_3D
        self.graph = grid_graph(long_affinities(neurites(64, side), offsets), offsets)

    def time_partition(self, *_):
        return self.partitioner.partition(self.graph)

    @unit("segments")
    def track_segments(self, *_):
        return int(self.time_partition().max()) + 1


class Fragments:
    """PA-GAEC on the complete graph of segments."""

    params = ((128, 512),)
    param_names = ("segments",)

    def setup(self, n_segments):
        self.partitioner = make("pa-gaec")
        self.graph = fragments(n_segments)

    def time_pa_gaec(self, *_):
        return self.partitioner.partition(self.graph)

    @unit("groups")
    def track_groups(self, *_):
        return int(self.time_pa_gaec().max()) + 1
