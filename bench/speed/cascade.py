"""The whole cascade, pyramid to instances, beside the least that any cascade must do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from bench.ablation.rows import TABLE_4
from bench.publish.sections import Section
from bench.speed import timing
from bench.speed.flat import ratio
from bench.speed.pyramids import street
from bench.speed.settings import Settings
from partitioners import AffinityGraph, AffinityPyramid, CascadeGAEC, GraphPartitioner, Partitioner, create, grid_graph
from partitioners._native import connected_components
from partitioners.arrays import FloatArray, IntegerArray
from partitioners.graph import Offsets

ROWS = tuple(row.expression for row in (TABLE_4[3], TABLE_4[2]))
"""The paper's best row, and its fastest one."""
PARTS = ("components", "read", "write")


def measure(settings: Settings) -> pd.DataFrame:
    """Return a line per size of level 1 and row."""
    lines = []
    for height in tqdm(settings.heights, desc="cascade", unit="size"):
        pyramid = street(0, height, settings.seed)
        tasks: dict[str, Callable[[], Any]] = dict(floor(pyramid))
        tasks |= {row: partial(create(row).segment, pyramid) for row in ROWS}
        with timing.pinned():
            timing.alternate(tasks, box=0, most=1)  # the warm-up
            runs = timing.alternate(tasks, settings.box, settings.most)
        lines += [_line(pyramid, row, runs) for row in ROWS]
    return pd.DataFrame(lines)


def _line(pyramid: AffinityPyramid, row: str, all_runs: Mapping[str, timing.Runs]) -> dict[str, Any]:
    height, width = pyramid.levels[0].shape
    runs = all_runs[row]
    parts = {f"{part}_seconds": all_runs[part].median for part in PARTS}
    floor_seconds = sum(parts.values())
    return {
        "partitioner": row,
        "level_1": f"{height}x{width}",
        "image": "{}x{}".format(*pyramid.image_size),
        "classes": len(pyramid.classes),
        "channels": len(pyramid.levels[0].embedding),
        **runs.columns(),
        **parts,
        "floor_seconds": floor_seconds,
        "ratio": ratio(runs.median, floor_seconds),
        "fragments": " ".join(map(str, fragments(pyramid, create(row)))),
        "instances": np.nan if runs.error else len(runs.last.classes),
        "note": runs.error,
    }


@dataclass(frozen=True, eq=False)
class _Counting(GraphPartitioner):
    """A grouping step that notes how many segments it gets."""

    inner: GraphPartitioner
    counts: list[int] = field(default_factory=list)

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        self.counts.append(graph.n_nodes)
        return self.inner.partition(graph)


def fragments(pyramid: AffinityPyramid, cascade: Partitioner) -> list[int]:
    """Return how many segments each level's grouping gets, coarsest level first; with GAS level 1 groups none."""
    assert isinstance(cascade, CascadeGAEC) and isinstance(cascade.grouping, GraphPartitioner)
    grouping = _Counting(cascade.grouping)
    replace(cascade, grouping=grouping).segment(pyramid)
    return grouping.counts


def floor(pyramid: AffinityPyramid) -> dict[str, Callable[[], object]]:
    """Return the three parts of the floor by name, ready to be timed.

    - components: one union-find pass over level 1's edges of affinity ≥ 0.5, labels numbered; the list of these edges is
      made beforehand, and pixels of stuff take part;
    - read: the largest value of each array of each level, so that all of them pass through the processor once;
    - write: a label into every pixel of a new int32 array of the image's size.
    """
    return {
        "components": components(pyramid.levels[0].affinity, pyramid.levels[0].offsets),
        "read": partial(_read, pyramid),
        "write": partial(np.full, pyramid.image_size, 1, np.int32),
    }


def components(affinity: FloatArray, offsets: Offsets) -> Callable[[], NDArray[np.int64]]:
    """Return the connected-components pass over the edges of affinity ≥ 0.5, which are listed now."""
    graph = grid_graph(affinity, offsets)
    return partial(connected_components, graph.n_nodes, graph.edges[graph.weights >= 0.5])


def _read(pyramid: AffinityPyramid) -> float:
    arrays = (part for level in pyramid.levels for part in (level.affinity, level.semantic, level.embedding))
    return max(float(array.max()) for array in arrays)


SECTION = Section(
    "Cascade",
    "Processor seconds from pyramid to instances on one pinned core. ratio: times the floor, which is one"
    " connected-components pass over level 1, one read of all channels and one write of the labels.",
    "partitioner level_1 seconds:.4f repeats:.0f components_seconds:.4f read_seconds:.4f"
    " write_seconds:.4f ratio:.2f fragments instances:.0f note",
    measure,
)
