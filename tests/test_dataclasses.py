"""Public dataclasses: a copy by `dataclasses.replace` is equal to the original."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from inspect import isabstract
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import affinity_models
import affinity_models.data
import partitioners
from affinity_models import AFFINITY_MODELS, Sample, Segmenter
from affinity_models.data import DATASETS
from affinity_models.metrics.bootstrap import bootstrap
from affinity_models.metrics.cityscapes import average_precision
from affinity_models.metrics.matching import match
from affinity_models.metrics.panoptic import panoptic_quality
from bench.check import registered
from bench.check.graphs import random_graph, random_grid
from bench.check.pyramids import random_pyramid
from partitioners import (
    NEIGHBOURS,
    PARTITIONERS,
    ClassTable,
    InputError,
    LiftedGraph,
    Segmentation,
    expressions,
    grid_graph,
)
from partitioners.greedy.gaec import GAEC

LABELS = np.array([[0, 1, 1], [2, 2, 0]])
CLASSES = ClassTable(("background", "nucleus"), (False, True))
SAMPLE = Sample("cells", np.zeros((2, 3, 3), np.uint8), (LABELS > 0).astype(int), LABELS, CLASSES)
FOUND = Segmentation(LABELS, np.array([1, 1]), np.array([0.5, 1.0]))
GRAPH, GRID, PYRAMID = random_graph(8, 20, seed=0), random_grid((4, 5), seed=0, masked=True), random_pyramid((8, 9))
MATCHES = [match(SAMPLE, FOUND)]
VALUES = [
    CLASSES,
    SAMPLE,
    FOUND,
    GRAPH,
    GRID,
    GRAPH.biased(0.5),
    LiftedGraph(2, [[0, 1]], [1.0], [True]),
    PYRAMID,
    PYRAMID.levels[0],
    GRAPH.segments,
    GAEC().merge_tree(GRID),
    *MATCHES,
    average_precision(MATCHES, CLASSES),
    panoptic_quality(MATCHES, CLASSES),
    bootstrap({"a": MATCHES, "b": MATCHES}, CLASSES, 5),
    Segmenter("nuclei", diameter=np.float32(30)),
]


def assert_copied(value: Any) -> None:
    copy = replace(value)
    assert copy is not value and alike(value, copy)


def alike(one: Any, other: Any) -> bool:
    """Return whether two values are equal: arrays with their dtypes, dataclasses by the fields that are compared."""
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if is_dataclass(one):
        names = [field.name for field in fields(one) if field.compare]
        return type(one) is type(other) and all(alike(getattr(one, name), getattr(other, name)) for name in names)
    return one is other or bool(one == other)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values(value: Any) -> None:
    assert_copied(value)


@pytest.mark.parametrize("name", PARTITIONERS.names())
def test_partitioners(name: str) -> None:
    if (reason := PARTITIONERS.unavailable(name)) is not None:
        pytest.skip(reason)
    assert_copied(registered.make(PARTITIONERS.kind, expressions.parse(name), {}))


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("oracle", {"noise": 0.5}),
        ("saved", {"root": "pyramids"}),
        ("daffnet", {"weights": "street", "views": 2}),
        ("corrected", {"weights": "street", "truth": "semantic"}),
    ],
)
def test_affinity_models(name: str, given: dict) -> None:
    if (reason := AFFINITY_MODELS.unavailable(name)) is not None:
        pytest.skip(reason)
    assert_copied(AFFINITY_MODELS.create(name, **given))


@pytest.mark.parametrize("name", ["cityscapes", "coco-panoptic", "nuclei", "pyramids", "street"])
def test_data_sets(name: str, dataset_parameters: Callable) -> None:
    assert_copied(DATASETS.create(name, **dataset_parameters(name)))


def test_no_public_one_is_left_out() -> None:
    modules = (partitioners, affinity_models, affinity_models.data)
    public = {
        value
        for module in modules
        for value in map(vars(module).get, module.__all__)
        if is_dataclass(value) and not isabstract(value)
    }
    registries = (PARTITIONERS, AFFINITY_MODELS, DATASETS)
    made = {registry.entry(name).factory for registry in registries for name in registry.names()}
    assert public <= made | set(map(type, VALUES))


@given(st.data(), st.integers(0, 4), st.integers(0, 4))
def test_any_grid(data: st.DataObject, height: int, width: int) -> None:
    affinity = data.draw(arrays(float, (2, height, width), elements=st.floats(0, 1)))
    masks = st.none() | arrays(bool, (height, width))
    grid, mask = grid_graph(affinity, NEIGHBOURS, data.draw(masks)), data.draw(masks)
    assert_copied(grid)
    assert alike(replace(grid, mask=mask), grid_graph(affinity, NEIGHBOURS, mask))


def test_edges_of_a_grid_cannot_be_given() -> None:
    with pytest.raises(ValueError, match="field weights is declared with init=False"):
        replace(GRID, weights=GRID.weights)
    assert not isinstance(replace(GRID).keep(GRID.weights > 0.5), type(GRID))
    with pytest.raises(InputError, match="affinity: expected values"):
        replace(GRID, affinity=GRID.affinity + 1)
