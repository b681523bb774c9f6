"""GMIS's graph merge, composed of this project's parts and a peer's average linkage."""

from __future__ import annotations

from dataclasses import dataclass, replace

from partitioners.base import PARTITIONERS, Step
from partitioners.peers.semantics import RefinedCascade
from partitioners.pyramid import AffinityPyramid
from partitioners.registry import needs
from partitioners.segmentation import Segmentation


@PARTITIONERS.register("gmis", unavailable=needs("bioimage_cpp", extra="peers"))
@dataclass(frozen=True)
class GMIS(RefinedCascade):
    """GMIS-style graph merge: the pair of largest mean affinity first, near and far pixels alike, on one level.

    Source: Liu et al., "Affinity derivation and graph merge for instance segmentation", ECCV 2018, arXiv 1811.10870.

    As in the paper: the graph has an edge per pixel and offset, long ones among them, so that an instance in pieces can be
    joined; affinities are weighed down by exp(−D_JS) of the two pixels' classes; the pair of largest affinity is merged,
    and affinities made parallel are averaged, until none is above a threshold; stuff takes no part.

    Not as in the paper: offsets are those of the pyramid's finest level, where the paper has eight directions at seven
    distances; means are over all pixel edges behind two affinities; there are no regions of interest, no pixels merged by
    force beforehand and no split by classes; an instance's class and score follow the rules of `cascade-gaec`. The solver
    is bioimage-cpp's GASP, the fastest peer with average linkage on such graphs. `partitioners.solver_clock` tells
    the time that it takes by itself.

    Args:
        affinity: cuts the grid of the finest level, as in `cascade-gaec`.
        min_size: segments under this number of level-1 pixels are no instances; None is the pyramid's own `min_size`.

    Raises:
        InputError: a parameter is not as above.
    """

    affinity: Step = "bioimage-gasp"

    def _segment(self, pyramid: AffinityPyramid) -> Segmentation:
        return super()._segment(replace(pyramid, levels=pyramid.levels[:1]))
