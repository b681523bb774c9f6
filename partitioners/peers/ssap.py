"""SSAP's cascaded graph partition, composed of this project's parts and a peer's multicut."""

from __future__ import annotations

from dataclasses import dataclass

from partitioners.base import PARTITIONERS, Step
from partitioners.peers.semantics import RefinedCascade
from partitioners.registry import needs


@PARTITIONERS.register("ssap", unavailable=needs("bioimage_cpp", extra="peers"))
@dataclass(frozen=True)
class SSAP(RefinedCascade):
    """SSAP-style cascaded multicut: GAEC and Kernighan-Lin on each level, log-odds refined by semantics.

    Source: Gao et al., "SSAP: single-shot instance segmentation with affinity pyramid", ICCV 2019, arXiv 1909.01616.

    As in the paper: an affinity is the mean of both directions, times exp(−D_JS) of the two pixels' classes; on each
    level, coarsest first, pixels are cut by the multicut of the log-odds; the inner parts of a segment are one node of the
    next level, pixels at its boundary are cut anew; stuff takes no part.

    Not as in the paper: levels and offsets are those of the pyramid, where the paper has five levels with a 5 × 5 window
    each; boundaries are as wide as in `cascade-gaec`, whose rules for an instance's class and score are used as well;
    there is no averaging over flips and scales. The solver is bioimage-cpp's, the one peer with Kernighan-Lin that pip
    installs, not the paper's. `partitioners.solver_clock` tells the time that it takes by itself.

    Args:
        affinity: cuts the grid of each level, as in `cascade-gaec`.
        min_size: segments under this number of level-1 pixels are no instances; None is the pyramid's own `min_size`.

    Raises:
        InputError: a parameter is not as above.
    """

    affinity: Step = "bioimage-kernighan-lin"
