"""The partitioners that are measured, by the names they have in asv's tables."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from typing import Any

from partitioners import create

GRAPH_PARTITIONERS = {
    "components": ("components", {}),
    "gaec-wpgma": ("gaec", {"linkage": "wpgma"}),
    "gaec-average": ("gaec", {"linkage": "average"}),
    "gaec-sum": ("gaec", {"linkage": "sum"}),
    "gas": ("gas", {}),
}
"""For the pixels of an image."""

CASCADES = {
    "GAEC": ("cascade-gaec", {"affinity": "gaec", "grouping": None}),
    "+ GAEC": ("cascade-gaec", {"affinity": "gaec", "grouping": "gaec"}),
    "+ PA-GAEC, GAS": ("cascade-gaec", {"affinity": "gaec", "grouping": "pa-gaec", "finest": "gas"}),
    "+ PA-GAEC": ("cascade-gaec", {"affinity": "gaec", "grouping": "pa-gaec"}),
}
"""The rows of Table 4 of Deep Affinity Net."""

CHOSEN = json.loads(os.environ.get("ASV_PARTITIONERS", "{}"))
"""Those of growth instead of its own few, as JSON: {"NAME": ["registered name", {"parameter": value, …}], …}."""


def make(name: str) -> Any:
    """Return a partitioner of any of the tables, or registered under `name`.

    Raises:
        NotImplementedError: this commit has none; asv then leaves the benchmark out.
    """
    try:
        return _made({**GRAPH_PARTITIONERS, **CASCADES, **CHOSEN}.get(name, (name, {})))
    except ValueError as error:
        raise NotImplementedError(str(error)) from error


def _made(described: Sequence[Any]) -> Any:
    """Return the partitioner of a pair (registered name, parameters), whose values may be such pairs, too."""
    registered, parameters = described
    return create(registered, **{key: _made(value) if _is_pair(value) else value for key, value in parameters.items()})


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[1], dict)


def unit(name: str) -> Callable[[Any], Any]:
    """Return a decorator that tells asv the unit of a track_ figure."""

    def mark(function: Any) -> Any:
        function.unit = name
        return function

    return mark
