"""Measures of a partition: variation of information, adapted Rand error, and the multicut energy."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from affinity_models.metrics.contingency import contingency, total
from affinity_models.sample import Sample
from partitioners import Segmentation, checks
from partitioners.arrays import IntegerArray
from partitioners.graph import Graph

CREMI_NOTE = (
    "CREMI: the geometric mean of VI (split and merge together, in bits) and ARE, means over volumes; 0 is perfect."
)
"""The note on the CREMI score below tables."""


class PartitionError(NamedTuple):
    """How much a segmentation differs from the truth as a partition; all are 0 for a perfect one.

    Fields:
        vi_split: H(segmentation | truth) in bits: true instances in pieces. Meilă, "Comparing clusterings", 2007.
        vi_merge: H(truth | segmentation) in bits: true instances joined. The two add up to the variation of information.
        are: 1 − F1 score of the pairs of pixels in one part. Arganda-Carreras et al., "Crowdsourcing the creation of
            image segmentation algorithms for connectomics", 2015, over pairs of different pixels as in scikit-image.
    """

    vi_split: float
    vi_merge: float
    are: float

    @property
    def vi(self) -> float:
        """The variation of information in bits, 0 for equal partitions only."""
        return self.vi_split + self.vi_merge

    @property
    def cremi(self) -> float:
        """The CREMI score, the geometric mean of `vi` and `are`: lower is better, 0 for equal partitions only.

        Source: cremi.org, the MICCAI challenge on circuit reconstruction; Funke et al., "Large scale image segmentation
        with structured loss based deep learning for connectome reconstruction", PAMI 2018. CREMI's own program differs in
        two points: voxels near boundaries can be left out, and for ARE, each voxel of found background is a part.
        """
        return math.sqrt(abs(self.vi * self.are))  # either may be -1e-16


def partition_error(sample: Sample, segmentation: Segmentation) -> PartitionError:
    """Compare over the pixels, or voxels, of true instances, whatever their class; NaN if there is none.

    As CREMI and scikit-image do, the truth's background is left out, and the segmentation's is a part like others:
    missed instances count as joined to each other.

    Raises:
        InputError: the sizes differ.
    """
    true, found, pixels = contingency(sample.instances, segmentation.labels)
    inside = true > 0
    return _error(true[inside], found[inside], pixels[inside])


def label_error(truth: IntegerArray, labels: IntegerArray) -> PartitionError:
    """Compare two partitions, integers of one shape and any dtype, over all pixels; 0 is a part like others.

    Raises:
        InputError: the sizes differ.
    """
    return _error(*contingency(truth, labels))


def _error(true: IntegerArray, found: IntegerArray, pixels: NDArray[np.int64]) -> PartitionError:
    """Compare from the contingency table: a true label, a found one, and at how many pixels they meet."""
    if not len(pixels):
        return PartitionError(np.nan, np.nan, np.nan)
    (true_labels, true), (labels, found) = (np.unique(values, return_inverse=True) for values in (true, found))
    true_pixels, found_pixels = total(pixels, true, len(true_labels)), total(pixels, found, len(labels))
    share = pixels / pixels.sum()
    split = (share * np.log2(true_pixels[true] / pixels)).sum()
    merge = (share * np.log2(found_pixels[found] / pixels)).sum()
    return PartitionError(float(split), float(merge), _rand_error(pixels, true_pixels, found_pixels))


def _rand_error(pixels: NDArray[np.int64], true_pixels: NDArray[np.int64], found_pixels: NDArray[np.int64]) -> float:
    in_both, in_true, in_found = (
        float((count.astype(np.float64) * (count - 1)).sum()) for count in (pixels, true_pixels, found_pixels)
    )
    return 1 - 2 * in_both / (in_true + in_found) if in_true + in_found else 0.0


def multicut_energy(graph: Graph, labels: IntegerArray) -> float:
    """Return the cost of the cut edges, Σ size · log(a / (1 − a)) with the natural logarithm: lower is better.

    This is the minimum cost multicut objective, equation 1 of Keuper et al., "Efficient Decomposition of Image and
    Mesh Graphs by Lifted Multicuts", ICCV 2015, without lifted edges: cutting an attractive edge (a > 0.5) costs,
    cutting a repulsive one gains, and leaving all nodes together is 0.

    Args:
        graph: a graph of affinities in [0, 1], clipped as GAEC's are, or of costs.
        labels: (n_nodes,) integers; nodes of equal label are together, those of label 0 as well.

    Raises:
        InputError: the labels do not fit the graph.
    """
    labels = checks.array("labels", labels, (graph.n_nodes,), "integer")
    cut = labels[graph.edges[:, 0]] != labels[graph.edges[:, 1]]
    return float(graph.keep(cut).costs.sum())
