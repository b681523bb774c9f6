"""Peak memory of a process: what a partitioner adds is its figure minus that of the reference, which only reads."""

import numpy as np

from partitioners import AffinityGraph, AffinityPyramid

from .inputs import graph, pyramid
from .partitioner import CASCADES, make

HEIGHT = 512
GRAPH_FILE, PYRAMID_FILE = "graph.npz", "pyramid.npz"


class Graph:
    """An image of 512 × 1024 pixels."""

    params = (("components", "gaec-wpgma", "gaec-average", "gaec-sum"),)
    param_names = ("partitioner",)

    def setup_cache(self):
        made = graph("noisy", HEIGHT)
        np.savez(GRAPH_FILE, n_nodes=made.n_nodes, edges=made.edges, weights=made.weights)

    def setup(self, partitioner):
        self.partitioner = make(partitioner)
        with np.load(GRAPH_FILE) as arrays:
            self.graph = AffinityGraph(int(arrays["n_nodes"]), arrays["edges"], arrays["weights"])

    def peakmem_reference(self, _):
        pass

    def peakmem_partition(self, _):
        self.partitioner.partition(self.graph)


class Pyramid:
    """Level 1 has 512 × 1024 pixels, the image 2048 × 4096."""

    params = (tuple(CASCADES),)
    param_names = ("row",)

    def setup_cache(self):
        pyramid(HEIGHT).save(PYRAMID_FILE)

    def setup(self, row):
        self.partitioner = make(row)
        self.pyramid = AffinityPyramid.load(PYRAMID_FILE)

    def peakmem_reference(self, _):
        pass

    def peakmem_partition(self, _):
        self.partitioner.partition(self.pyramid)
