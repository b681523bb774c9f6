"""What can be tuned is what `create` takes, and all thresholds of one run are the partitions of each."""

from operator import attrgetter

import numpy as np
import pytest

from partitioners import NEIGHBOURS, PARTITIONERS, AffinityPyramid, ClassTable, PyramidLevel, create, grid_graph
from partitioners.expressions import parse
from partitioners.tuning import Hierarchical, at_thresholds

NAMES = [name for name in PARTITIONERS.names() if PARTITIONERS.unavailable(name) is None and name != "oracle"]


@pytest.mark.parametrize("name", NAMES)
def test_candidates_are_taken(name: str) -> None:
    for key, values in create(name).tunable().items():
        assert len(set(values)) == len(values) > 1
        for value in values:
            made = parse(name).changed(PARTITIONERS, {key: value}).create(PARTITIONERS)
            assert attrgetter(key)(made) == value


def test_candidates_depend_on_the_linkage() -> None:
    assert max(create("gaec").tunable()["threshold"]) < 1 < max(create("gaec", linkage="sum").tunable()["threshold"])
    keys = create("cascade-gaec", grouping=None, finest="gas").tunable()
    assert list(keys) == ["affinity.threshold", "finest.threshold"]


CASES = [(name, {}) for name in NAMES if isinstance(create(name), Hierarchical)]


@pytest.mark.parametrize(
    ("name", "more"), [*CASES, *(("gaec", {"linkage": linkage}) for linkage in ("average", "sum"))]
)
def test_all_thresholds_of_one_run_are_those_of_many(name: str, more: dict) -> None:
    rng = np.random.default_rng(0)
    affinity, thing = rng.random((2, 9, 13)), rng.random((9, 13))
    level = PyramidLevel(affinity, np.stack([thing, 1 - thing]), np.zeros((0, 9, 13)), NEIGHBOURS)
    pyramid = AffinityPyramid((level,), ClassTable(("thing", "stuff"), (True, False)), 1, (9, 13))
    partitioner = create(name, **more)
    thresholds = [*reversed(partitioner.tunable()["threshold"])]
    found = [one.partition(pyramid).labels for one in at_thresholds(partitioner, thresholds)]
    for threshold, labels in zip(thresholds, found, strict=True):
        assert (labels == create(name, threshold=threshold, **more).partition(pyramid).labels).all()
    graph_cuts = [
        one.partition(grid_graph(level.affinity, level.offsets)) for one in at_thresholds(partitioner, thresholds)
    ]
    assert len({labels.max() for labels in graph_cuts}) > 3
