"""Say how far partitions of a multicut problem are from the best possible one, by a lower bound on all energies."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from affinity_models import cli
from affinity_models.metrics.partition import multicut_energy
from bench.engine.labels import read_numbers
from partitioners import PARTITIONERS, CostGraph, lower_bound, read_multicut
from partitioners.arrays import IntegerArray
from partitioners.expressions import choose
from partitioners.files import write_whole

EXAMPLES = """\
  python -m bench.bound problem.txt
  python -m bench.bound problem.txt --seconds 60 --output labels.txt
  python -m bench.bound problem.txt --cutting-planes                   a small one, often to the optimum
  python -m bench.bound problem.txt --labels mine.txt                  a partition of your own beside kernighan-lin's"""


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m bench.bound", __doc__ or "", EXAMPLES)
    parser.add_argument("problem", type=Path, metavar="FILE", help="lines 'node node cost', costs above 0 attract")
    parser.add_argument("--labels", type=Path, metavar="FILE", help="a partition of yours: a whole number per node")
    cli.add(parser, "partitioners", ["kernighan-lin"], "of costs, to compare", several=True)
    parser.add_argument(
        "--seconds",
        type=cli.positive,
        default=10,
        metavar="S",
        help="for each search that takes a limit, and for the bound",
    )
    parser.add_argument(
        "--cutting-planes",
        action="store_true",
        help="bound by linear programs: for up to a few hundred nodes, often exact",
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="where to write the best of them, a label per line")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Print the energy of each partition, and by how much it is above the bound."""
    options = arguments(argv)
    graph = read_multicut(options.problem)
    found = dict(partitions(graph, options))
    energies = {name: multicut_energy(graph, labels) for name, labels in found.items()}
    bound = lower_bound(graph, 10**9, options.seconds, options.cutting_planes)
    print(
        f"{graph.n_nodes} nodes, {graph.n_edges} edges; no partition has an energy below {bound.value:.10g}", end="\n\n"
    )
    width = max(map(len, energies))
    print(f"{'partition':<{width}}  {'energy':>16}  {'gap in %':>10}")
    for name, energy in energies.items():
        print(f"{name:<{width}}  {energy:>16.10g}  {bound.gap(energy):>10.4f}")
    if options.output:
        best = found[min(energies, key=energies.__getitem__)]
        write_whole(options.output, "".join(f"{label}\n" for label in best.tolist()).encode())


def partitions(graph: CostGraph, options: argparse.Namespace) -> Iterator[tuple[str, IntegerArray]]:
    """Yield the name and the labels of each partition to compare, the user's first."""
    if options.labels:
        yield str(options.labels), read_numbers(options.labels)
    for expression in choose(PARTITIONERS, options.partitioners):
        yield str(expression), expression.create(PARTITIONERS, seconds=options.seconds).partition(graph)


if __name__ == "__main__":
    cli.run(main)
