"""The trials of a partitioner that is tuned, and their order."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from partitioners import Partitioner
from partitioners.expressions import Expression
from partitioners.tuning import Hierarchical

MOST = 64
"""Most runs for one partitioner."""


@dataclass(frozen=True)
class Trial:
    """One run: values of parameters, and thresholds that come with it.

    Args:
        values: the values by parameter; others keep their defaults.
        thresholds: the thresholds at which one run cuts, if it cuts at several.
    """

    values: Mapping[str, Any]
    thresholds: tuple[float, ...] = ()

    @property
    def variants(self) -> list[dict[str, Any]]:
        """The sets of values that are tried in this run."""
        return [{**self.values, "threshold": threshold} for threshold in self.thresholds] or [dict(self.values)]


def trials(expression: Expression, partitioner: Partitioner, seed: int) -> list[Trial]:
    """Return the trials, at most `MOST`; none where there is nothing to tune.

    The default values come first, then those with one parameter changed, then any, each in random order. Parameters
    with a value in the expression keep it. Where one run gives all thresholds, it counts as one.

    Args:
        expression, partitioner: the one to tune.
        seed: the seed of the order.
    """
    space = {key: tuple(values) for key, values in partitioner.tunable().items() if not expression.says(key)}
    if not space:
        return []
    thresholds = space.pop("threshold") if "threshold" in space and isinstance(partitioner, Hierarchical) else ()
    combinations = (values for values in _changes(space, random.Random(seed)) if not _is_default(partitioner, values))
    sweep = [Trial({}, thresholds)] if thresholds else []
    return [Trial({}), *sweep, *(Trial(values, thresholds) for values in islice(combinations, MOST))][:MOST]


def _is_default(partitioner: Partitioner, values: Mapping[str, Any]) -> bool:
    def default(key: str) -> Any:
        nested: Any = partitioner
        for name in key.split("."):
            nested = getattr(nested, name, None)
        return nested

    return all(default(key) == value for key, value in values.items())


def _changes(space: Mapping[str, Sequence[Any]], generator: random.Random) -> Iterator[dict[str, Any]]:
    """Yield sets of values, each once."""
    single = [{key: value} for key, values in space.items() for value in values]
    generator.shuffle(single)
    yield from single
    if len(space) < 2:
        return
    n_sets = math.prod(map(len, space.values()))
    for number in generator.sample(range(n_sets), min(n_sets, MOST)):
        values: dict[str, Any] = {}
        for key, candidates in space.items():
            number, index = divmod(number, len(candidates))
            values[key] = candidates[index]
        yield values
