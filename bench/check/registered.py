"""The promises of everything that is registered, and how it is made for checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import numpy as np

from affinity_models import AFFINITY_MODELS, AffinityModel
from affinity_models.data import DATASETS, Dataset
from bench.check.promises import Broken, expect
from bench.engine.plugins import package_home
from partitioners import PARTITIONERS, GraphPartitioner, PyramidPartitioner, Registry
from partitioners.expressions import Expression

REGISTRIES: dict[str, Registry[Any]] = {
    registry.kind: registry for registry in (PARTITIONERS, AFFINITY_MODELS, DATASETS)
}
CLASSES: dict[str, tuple[type, ...]] = {
    PARTITIONERS.kind: (GraphPartitioner, PyramidPartitioner),
    AFFINITY_MODELS.kind: (AffinityModel,),
    DATASETS.kind: (Dataset,),
}


def make(kind: str, expression: Expression, known: Mapping[str, Any], n_nodes: int = 2) -> Any:
    """Return what is to be checked; a function like this can be pickled.

    Args:
        kind: the kind of its registry.
        expression: name and parameters.
        known: parameters for those that take them and are given none.
        n_nodes: the number of nodes of the graph that a partitioner is made for; its two halves are the truth that
            controls are given.
    """
    truth = {"truth": 1 + (np.arange(n_nodes) >= n_nodes // 2)} if kind == PARTITIONERS.kind else {}
    return expression.create(REGISTRIES[kind], **truth, **known)


def home(kind: str, name: str) -> Path | None:
    """Return the folder, or the only file, of the package that a name is from; None where there is neither."""
    registry = REGISTRIES[kind]
    modules = [point.module for point in entry_points(group=registry.group, name=name)]
    return package_home((modules or [getattr(registry.entry(name).factory, "__module__", "")])[0])


def check_available(kind: str, name: str) -> None:
    """It loads, and what it needs is installed."""
    registry = REGISTRIES[kind]
    if (reason := registry.unavailable(name)) is None:
        return
    for point in entry_points(group=registry.group, name=name):
        point.load()  # which fails again, and tells where
    raise Broken(reason)


def check_description(kind: str, name: str) -> None:
    """Its docstring begins with a sentence of less than 120 characters, for the listing."""
    factory = REGISTRIES[kind].entry(name).factory
    made_up = f"{getattr(factory, '__name__', '')}("  # by dataclass
    expect(bool(factory.__doc__) and not str(factory.__doc__).startswith(made_up), "there is no docstring")
    summary = REGISTRIES[kind].entry(name).summary
    expect(summary.endswith("."), f"expected a full stop at the end of {summary!r}")
    expect(len(summary) < 120, f"got {len(summary)} characters")


def check_class(kind: str, create: Callable[[], Any]) -> None:
    """It can be made, and is of the base class of its kind."""
    made = create()
    expected = " or ".join(one.__name__ for one in CLASSES[kind])
    expect(isinstance(made, CLASSES[kind]), f"expected a {expected}, got {type(made).__name__}")


def check_tunable(kind: str, expression: Expression, known: Mapping[str, Any]) -> None:
    """The values that `tunable` offers can be given: each key is a parameter, with one value or more, all of which it takes."""
    for key, values in make(kind, expression, known).tunable().items():
        expect(len(values) > 0, f"{key}: expected values to try, got none")
        for value in values:
            make(kind, expression.changed(REGISTRIES[kind], {key: value}), known)
