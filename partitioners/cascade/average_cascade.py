"""Average linkage over the levels of a pyramid, of which finer ones take what they do not dispute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from partitioners import checks
from partitioners.base import PARTITIONERS, GraphPartitioner, PyramidPartitioner, Step, make_step
from partitioners.cascade.cascade_gaec import descend_at_once, is_native
from partitioners.cascade.grouping import group
from partitioners.greedy.gaec import GAEC
from partitioners.instances import to_instances
from partitioners.pyramid import AffinityPyramid
from partitioners.segmentation import Segmentation
from partitioners.tuning import AFFINITIES


@PARTITIONERS.register("average-cascade")
@dataclass(frozen=True)
class AverageCascade(PyramidPartitioner):
    """Average linkage, level by level: what the finer affinities dispute is not inherited, but averaged anew.

    A cascade inherits the errors of its coarse levels; average linkage of all pixels has none to inherit, but takes longer.
    Here each level is cut by average linkage, and a segment is inherited by the next finer one only where that agrees:
    where at most a share `disputed` of the affinities inside of it is below one half. In the end, pieces too small to have
    looks of their own join a neighbour by single affinities, and segments are grouped by looks as in `cascade-gaec`, once,
    position-aware and cautiously: of many objects, some look alike.
    Not in the paper; its steps are those of Deep Affinity Net's Algorithms 1 to 4.

    Args:
        threshold: an affinity in [0, 1], at which average linkage of each level ends.
        disputed: the largest share, in [0, 1], of affinities below one half inside of a segment that is inherited.
        small: segments under this number of level-1 pixels are pieces, of which each pixel joins a neighbour.
        association: an affinity in [0, 1], below which it does not, and is of no segment.
        grouping: a partitioner of the segments by their looks; None groups none.
        levels: number of levels, finest first; None is all, 1 averages all pixels.
        min_size: segments under this number of level-1 pixels are no instances; None is the pyramid's own `min_size`.

    Raises:
        InputError: a parameter is not as above.
    """

    threshold: float = 0.7
    disputed: float = 0.002
    small: int = 8
    association: float = 0.5
    grouping: Step = "pa-gaec(threshold=0.55, beta=0.75)"
    levels: int | None = None
    min_size: int | None = None

    def __post_init__(self) -> None:
        for name in ("threshold", "disputed", "association"):
            checks.number(name, getattr(self, name), 0, 1)
        checks.integer("small", self.small)
        object.__setattr__(self, "grouping", make_step("grouping", self.grouping))
        if self.levels is not None:
            checks.integer("levels", self.levels, 1)
        if self.min_size is not None:
            checks.integer("min_size", self.min_size)

    def tunable(self) -> Mapping[str, Sequence[float]]:
        return {"threshold": AFFINITIES, "association": AFFINITIES}

    def _segment(self, pyramid: AffinityPyramid) -> Segmentation:
        levels = pyramid.levels[: self.levels]
        average, grouping = GAEC(linkage="average", threshold=self.threshold), self._grouping()
        labels = descend_at_once(
            levels,
            pyramid.classes,
            average,
            None,
            disputed=self.disputed,
            pieces=(self.small, self.association),
            regrouping=grouping if is_native(grouping) else None,
        )
        if not is_native(grouping):
            labels = group(levels[0], labels, grouping)
        return to_instances(pyramid, labels, self.min_size)

    def _grouping(self) -> GraphPartitioner | None:
        """Return the partitioner of `grouping`: by now, it is no name."""
        return self.grouping  # type: ignore[return-value]
