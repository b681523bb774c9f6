"""How far lower bounds are from proved optima: the greatest modularity of five classic networks, as a multicut problem.

One table, printed and written as CSV; all columns are explained in results/README.md.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd

from affinity_models import cli
from affinity_models.metrics.partition import multicut_energy
from bench.engine.provenance import provenance
from bench.publish import sections
from bench.publish.exhibits import Exhibit, as_markdown, formats, formatted, made, read
from partitioners import CostGraph, create, lower_bound, read_multicut

EXAMPLES = """\
  python -m bench.modularity           a minute
  python -m bench.modularity --output runs/modularity
"""
NETWORKS = Path(__file__).parent / "networks"
OPTIMA = {
    "karate": 0.419790,
    "dolphins": 0.528519,
    "les-miserables": 0.560008,
    "political-books": 0.527237,
    "football": 0.604570,
}
"""The greatest modularities, as proved by Aloise et al., "Column generation algorithms for exact modularity maximization in
networks", Physical Review E 82, 2010."""
STARTS = ("gaec(linkage=sum)", "gasp", None)
"""Of Kernighan-Lin, the best of which counts."""


def problem(name: str) -> CostGraph:
    """Return the multicut problem of a network of `OPTIMA`: the energy of a partition is minus its modularity.

    Source: Newman and Girvan, "Finding and evaluating community structure in networks", Physical Review E 69, 2004.
    """
    network = read_multicut(NETWORKS / f"{name}.txt")
    weights = np.zeros((network.n_nodes, network.n_nodes))
    np.add.at(weights, tuple(network.edges.T), network.costs)
    weights += weights.T
    degrees, total = weights.sum(axis=0), weights.sum()
    edges = np.stack(np.triu_indices(network.n_nodes, 1), axis=1)
    costs = 2 * (weights - np.outer(degrees, degrees) / total) / total
    return CostGraph(network.n_nodes, edges, costs[tuple(edges.T)])


def solved(graph: CostGraph) -> float:
    """Return the least energy that Kernighan-Lin finds."""
    return min(multicut_energy(graph, create("kernighan-lin", start=start).partition(graph)) for start in STARTS)


def measure(_: None = None) -> pd.DataFrame:
    """Return a line per network, and the mean of the gaps."""
    lines = []
    for name, optimum in OPTIMA.items():
        graph = problem(name)
        energy = solved(graph)
        line = {"network": name, "nodes": graph.n_nodes, "optimum": optimum, "modularity": -energy}
        for prefix, cutting_planes in (("", False), ("planes_", True)):
            start = time.process_time()
            bound = lower_bound(graph, cutting_planes=cutting_planes)
            taken = time.process_time() - start
            line |= {
                f"{prefix}bound": -bound.value,
                f"{prefix}gap": bound.gap(energy),
                f"{prefix}seconds": taken,
            }
        lines.append(line)
    table = pd.DataFrame(lines)
    mean = {"network": "mean", **table[["gap", "planes_gap"]].mean()}
    return pd.concat([table, pd.DataFrame([mean])], ignore_index=True)


SECTIONS = {
    "modularity": sections.Section(
        "Modularity of classic networks",
        "optimum: published; modularity: found by Kernighan-Lin. No partition has more than bound, of dual ascent, or planes"
        " bound, of cutting planes; gaps are in percent of these.",
        "network nodes:.0f optimum:.6f modularity:.6f bound:.6f gap:.4f seconds:.1f"
        " planes_bound:.6f planes_gap:.4f planes_seconds:.1f",
        measure,
    )
}


def exhibits(folder: Path) -> list[Exhibit]:
    """Return the table of the stored rows."""
    return sections.exhibits(SECTIONS, folder)


def readme(folder: Path) -> str:
    """Return the part that a page of docs may show: the gaps."""
    rows = read(folder / "modularity.csv")
    table = formatted(rows, formats("network nodes:.0f optimum:.6f modularity:.6f gap:.4f planes_gap:.4f"))
    return f"{as_markdown(table)}\n\n{made(rows)}"


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m bench.modularity", __doc__ or "", EXAMPLES)
    cli.add(parser, "output", Path("results/modularity"), "for the table")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Measure and write the table."""
    options = arguments(argv)
    sections.run("Modularity", SECTIONS, {"modularity": None}, provenance(), options.output)


if __name__ == "__main__":
    cli.run(main)
