"""The cases that are counted: benchmarks of the asv suite at their smallest sizes. `count` runs this file under callgrind."""

from __future__ import annotations

import ctypes
import gc
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

from bench.asv_benchmarks.cascade import Cascade
from bench.asv_benchmarks.construction import GridGraph
from bench.asv_benchmarks.partition import Fragments, Grid


@dataclass(frozen=True)
class Case:
    """One benchmark with one set of parameters."""

    suite: type
    method: str
    parameters: tuple[Any, ...]

    @property
    def name(self) -> str:
        """As in asv's tables."""
        return f"{self.suite.__name__}.{self.method}({', '.join(map(str, self.parameters))})"

    def prepare(self) -> Callable[[], Any]:
        """Return the call to count; raise whatever a commit raises that cannot run it."""
        benchmark = self.suite()
        benchmark.setup(*self.parameters)
        return partial(getattr(benchmark, self.method), *self.parameters)


def smallest(params: Sequence[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """Yield all combinations of an asv benchmark's parameters, but of numbers only the smallest."""
    return product(*([min(values)] if isinstance(values[0], int) else values for values in params))


BENCHMARKS: tuple[tuple[Any, str], ...] = (
    (GridGraph, "time_grid_graph"),
    (Grid, "time_partition"),
    (Fragments, "time_pa_gaec"),
    (Cascade, "time_partition"),
)
CASES = [Case(suite, method, parameters) for suite, method in BENCHMARKS for parameters in smallest(suite.params)]


def main() -> None:
    """Run each case between the marks of the library argv[1]; print as JSON why others could not be run."""
    marks, failures = ctypes.CDLL(sys.argv[1]), {}
    gc.disable()  # its time comes with what was allocated before
    for case in CASES:
        try:
            call = case.prepare()
            call()  # what only a first call does is not counted
        except Exception as error:  # an older commit may lack anything
            failures[case.name] = f"{type(error).__name__}: {error}"
            continue
        marks.start()
        call()
        marks.stop(case.name.encode())
    print(json.dumps(failures))


if __name__ == "__main__":
    main()
