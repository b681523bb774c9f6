"""Multicut problems as text: a line MULTICUT, then a line `node node cost` for each edge.

This is the format of the multicut problems in Swoboda, Hornakova, Roetzer, Savchynskyy and Abbas, "Structured prediction
problem archive", arXiv 2202.03574: costs above 0 attract.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from partitioners import checks
from partitioners.errors import InputError
from partitioners.files import write_whole
from partitioners.graph import CostGraph, Graph

HEADER = "MULTICUT"


def read_multicut(path: str | Path) -> CostGraph:
    """Return the graph of a multicut text file; it has as many nodes as the largest number tells.

    Lines that are empty or begin with # are passed over, and the header may be missing.

    Raises:
        InputError: the file cannot be read, or a line is not as above.
    """
    path = checks.path("path", path)
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: expected a multicut text file, got {error}") from None
    rows = [line.split() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if rows and rows[0] == [HEADER]:
        del rows[0]
    try:
        columns = list(zip(*rows, strict=True)) or [(), (), ()]
        first, second, cost = columns
        edges = np.array([first, second]).astype(np.int64).T.reshape(-1, 2)
        costs = np.array(cost, np.float64)
    except ValueError:
        wrong = next(row for row in rows if not _is_edge(row))
        raise InputError(f"{path}: expected lines of two nodes and a cost, got {' '.join(wrong)[:80]!r}") from None
    try:
        return CostGraph(int(edges.max(initial=-1)) + 1, edges, costs)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def write_multicut(path: str | Path, graph: Graph) -> None:
    """Write a graph as a multicut text file, with costs that are read back to the last bit.

    Nodes after the last one that has an edge are lost.

    Raises:
        InputError: an argument is something else.
        OSError: the file cannot be written.
    """
    checks.instance("graph", graph, Graph)
    write_whole(checks.path("path", path), multicut_text(graph).encode())


def multicut_text(graph: Graph) -> str:
    """Return the text of a graph."""
    edges = zip(graph.edges.tolist(), graph.costs.tolist(), strict=True)
    return "".join([f"{HEADER}\n", *(f"{u} {v} {cost!r}\n" for (u, v), cost in edges)])


def _is_edge(row: list[str]) -> bool:
    try:
        first, second, cost = row
        return int(first) >= 0 and int(second) >= 0 and np.isfinite(float(cost))
    except ValueError:
        return False
