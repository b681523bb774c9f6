"""The partitioners that are measured, by the names they have in asv's tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from partitioners import create

GRAPH_PARTITIONERS: dict[str, tuple[str, dict[str, Any]]] = {
    "components": ("components", {}),
    "gaec-wpgma": ("gaec", {"linkage": "wpgma"}),
    "gaec-average": ("gaec", {"linkage": "average"}),
    "gaec-sum": ("gaec", {"linkage": "sum"}),
    "gas": ("gas", {}),
}
"""For the pixels of an image."""

MUTEX_WATERSHEDS: dict[str, tuple[str, dict[str, Any]]] = {
    "mutex-watershed, 2-D": ("mutex-watershed", {"attractive": 2}),
    "mutex-watershed, 3-D": ("mutex-watershed", {"attractive": 3}),
}
"""For grids whose longer offsets repel."""

CASCADES: dict[str, tuple[str, dict[str, Any]]] = {
    "GAEC": ("cascade-gaec", {"affinity": "gaec", "grouping": None}),
    "+ GAEC": ("cascade-gaec", {"affinity": "gaec", "grouping": "gaec"}),
    "+ PA-GAEC, GAS": ("cascade-gaec", {"affinity": "gaec", "grouping": "pa-gaec", "finest": "gas"}),
    "+ PA-GAEC": ("cascade-gaec", {"affinity": "gaec", "grouping": "pa-gaec"}),
}
"""The rows of Table 4 of Deep Affinity Net."""


def make(name: str) -> Any:
    """Return a partitioner of any of the tables, or registered under `name`.

    Raises:
        NotImplementedError: this commit has none; asv then leaves the benchmark out.
    """
    try:
        registered, parameters = {**GRAPH_PARTITIONERS, **MUTEX_WATERSHEDS, **CASCADES}.get(name, (name, {}))
        return create(registered, **parameters)
    except ValueError as error:
        raise NotImplementedError(str(error)) from error


def unit(name: str) -> Callable[[Any], Any]:
    """Return a decorator that tells asv the unit of a track_ figure."""

    def mark(function: Any) -> Any:
        function.unit = name
        return function

    return mark
