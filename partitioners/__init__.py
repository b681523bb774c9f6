"""Partitioners of affinity graphs and affinity pyramids: numpy and a small C++ core, nothing else.

To cut the graph of an image's affinities:

    from partitioners import create, grid_graph

    labels = create("gaec", linkage="average", threshold=0.5).partition(grid_graph(affinity, offsets))

To find the instances of a pyramid, by what suits the network that predicted it:

    from partitioners import partitioner_for

    segmentation = partitioner_for(pyramid).segment(pyramid)
"""

from pathlib import Path

import partitioners.cascade.rescored
import partitioners.controls
import partitioners.greedy.components
import partitioners.greedy.gasp
import partitioners.greedy.kernighan_lin
import partitioners.greedy.mutex_watershed
import partitioners.peers
import partitioners.reference.cascade
import partitioners.reference.gaec
import partitioners.reference.gas
import partitioners.reference.gasp
import partitioners.reference.kernighan_lin
import partitioners.reference.mutex_watershed
import partitioners.reference.pa_gaec
import partitioners.reference.rescored  # noqa: F401
from partitioners.base import PARTITIONERS, GraphPartitioner, Partitioner, PyramidPartitioner
from partitioners.cascade import AverageCascade, CascadeGAEC
from partitioners.certificate import LowerBound, lower_bound
from partitioners.clock import solver_clock
from partitioners.errors import InputError, NotApplicable
from partitioners.exclusive import exclusive
from partitioners.expressions import partitioner_for
from partitioners.graph import AffinityGraph, CostGraph, Graph, GridGraph, LiftedGraph, grid_graph
from partitioners.merge_tree import MergeTree
from partitioners.multicut_text import read_multicut, write_multicut
from partitioners.proofreading import Proofreading
from partitioners.pyramid import NEIGHBOURS, AffinityPyramid, ClassTable, PyramidLevel
from partitioners.registry import Registry, needs
from partitioners.segmentation import Segmentation
from partitioners.segments import Segments
from partitioners.threads import set_threads, threads


def get_include() -> str:
    """Return the folder of the C++ headers, as in `#include "contraction/grid.hpp"`; above it is a CMake project."""
    return str(Path(__file__).parent / "native")


create = PARTITIONERS.create
names = PARTITIONERS.names
register = PARTITIONERS.register

__all__ = [
    "NEIGHBOURS",
    "PARTITIONERS",
    "AffinityGraph",
    "AffinityPyramid",
    "AverageCascade",
    "CascadeGAEC",
    "ClassTable",
    "CostGraph",
    "Graph",
    "GraphPartitioner",
    "GridGraph",
    "InputError",
    "LiftedGraph",
    "LowerBound",
    "MergeTree",
    "NotApplicable",
    "Partitioner",
    "Proofreading",
    "PyramidLevel",
    "PyramidPartitioner",
    "Registry",
    "Segmentation",
    "Segments",
    "create",
    "exclusive",
    "get_include",
    "grid_graph",
    "lower_bound",
    "names",
    "needs",
    "partitioner_for",
    "read_multicut",
    "register",
    "set_threads",
    "solver_clock",
    "threads",
    "write_multicut",
]
