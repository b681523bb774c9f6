"""How fast the native partitioners are, beside the best public implementations and the least there is to do.

Competitors run in turn on the same seeded inputs, so that a busy machine hits all alike, and every number comes as a
ratio within the run too. Each section is a table, printed and written as CSV as soon as it is done:

  flat         average, sum and wpgma linkage on grid graphs, affinities to labels, beside peers; do they agree?
  mutex        the mutex watershed with long repulsive offsets, beside peers
  volumes      all of these, and components, on volumes of neurites, beside peers
  cascade      pyramid to instances, as a multiple of one connected-components pass, one read and one write
  memory       peak bytes per pixel beyond input and output
  threads      an image, and four pyramids, on two threads, beside two processes
  jitter       how far partitions move when tied affinities move by a millionth
  corrections  how soon labels follow a pair that a person joins or parts

Peers come with `pip install 'affinity-bench[speed]'`; one that is missing is a line that says so. Inputs are named by
the kind of their affinities and by how many pixels a segment is about across. All columns are explained in
results/README.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from affinity_models import cli
from bench.engine.provenance import provenance
from bench.publish.sections import run
from bench.speed import jitter
from bench.speed.competitors import ALL_COMPETITORS
from bench.speed.inputs import INPUTS
from bench.speed.sections import SECTIONS
from bench.speed.settings import FULL, QUICK, Settings
from partitioners import InputError, checks

EXAMPLES = """\
  python -m bench.speed                                  everything, about a quarter of an hour
  python -m bench.speed --quick                          small sizes: does it run here?
  python -m bench.speed --only flat --inputs smooth-16 noisy-512
  python -m bench.speed --only cascade threads --output runs/speed
"""


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m bench.speed", __doc__ or "", EXAMPLES)
    parser.add_argument(
        "--only", nargs="+", metavar="SECTION", help=f"sections to run; default: all: {', '.join(SECTIONS)}"
    )
    parser.add_argument(
        "--inputs",
        nargs="+",
        metavar="NAME",
        help=f"for flat, mutex and, if smooth, jitter; default: all: {', '.join(INPUTS)}",
    )
    parser.add_argument("--quick", action="store_true", help="small sizes and few repeats, under a minute")
    parser.add_argument("--repeats", type=cli.whole_number(1), metavar="N", help="at most; slow competitors get fewer")
    cli.add(parser, "seed", 0, "of all inputs")
    cli.add(parser, "output", Path("results/speed"), "for the tables; a section that is not run keeps its own")
    return parser.parse_args(argv)


def _selected(option: str, names: Sequence[str] | None, choices: Sequence[str]) -> tuple[str, ...]:
    """Return those choices that are named, in their order; all of them where there are no names."""
    for name in names or ():
        checks.choice(option, name, choices)
    return tuple(name for name in choices if names is None or name in names)


def _settings(options: argparse.Namespace) -> Settings:
    sizes = QUICK if options.quick else FULL
    inputs = _selected("--inputs", options.inputs, INPUTS)
    return replace(sizes, inputs=inputs, seed=options.seed, most=options.repeats or sizes.most)


def main(argv: list[str] | None = None) -> None:
    """Measure the chosen sections and write their tables."""
    options = arguments(argv)
    selected = _selected("--only", options.only, tuple(SECTIONS))
    settings = _settings(options)
    if "jitter" in selected and not jitter.smooth(settings.inputs):
        raise InputError("--inputs: jitter needs a smooth one; leave it out with --only")
    versions = {competitor.package: competitor.version for competitor in ALL_COMPETITORS if competitor.version}
    origin = {**provenance(), **versions, "settings": asdict(settings)}
    run("Speed", SECTIONS, dict.fromkeys(selected, settings), origin, options.output)


if __name__ == "__main__":
    cli.run(main)
