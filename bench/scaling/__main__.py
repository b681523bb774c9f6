"""Running time against image pixels, from 0.03 to 33 megapixels: Fig. 6 of Deep Affinity Net for any partitioner.

Each partitioner gets the same pyramids, of which level 1 has a quarter of the image's pixels in each direction; one of
graphs cuts level 1. It is timed on one image on a single thread pinned to one core (processor seconds), and on a batch of
four on as many threads as there are cores, up to four, as the paper does (wall seconds). A size that would take too long,
fails or is not installed is a line that says so. Finished cells are kept: the same command goes on after an interruption,
and times anew what has other code or is on another machine.

NAME is one that bench.list shows, or has *, ? or [...] in it; 'NAME(KEY=VALUE, ...)' gives parameters.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from affinity_models import cli
from bench.ablation.rows import TABLE_4
from bench.asv_benchmarks.growth import PIXELS
from bench.engine.run import OVERWRITE
from bench.publish.exhibits import publish, store
from bench.scaling import tables
from bench.scaling.cells import MODES
from bench.scaling.run import Plan, run
from partitioners import PARTITIONERS, InputError, checks
from partitioners.expressions import choose

EXAMPLES = """\
  python -m bench.scaling                                               all partitioners, an hour or two
  python -m bench.scaling --partitioners 'cascade-gaec*' ssap --largest 2.1
  python -m bench.scaling --modes single --box 10 --partitioners gaec 'gaec(linkage=sum)' 'bioimage-*'
  python -m bench.scaling --overwrite never                             only draw what is there
"""
CHOSEN = ("*", "gaec(linkage=average)", "gaec(linkage=sum)", TABLE_4[3].expression, TABLE_4[2].expression)


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m bench.scaling", __doc__ or "", EXAMPLES, goes_on=True)
    cli.add(parser, "partitioners", CHOSEN, "to time", several=True)
    parser.add_argument("--modes", nargs="+", default=list(MODES), metavar="MODE", help=f"of {', '.join(MODES)}")
    parser.add_argument(
        "--largest", type=cli.positive, default=34.0, metavar="MP", help="megapixels of the largest image at most"
    )
    parser.add_argument(
        "--box", type=cli.positive, default=30.0, metavar="S", help="seconds that the runs of one cell may take"
    )
    parser.add_argument("--memory", type=cli.positive, default=8.0, metavar="GB", help="that a cell may use (Linux)")
    parser.add_argument("--overwrite", choices=OVERWRITE, default="missing", help="cells to time, of those chosen")
    cli.add(parser, "output", Path("results/scaling"), "for tables and figures")
    cli.add(parser, "runs", Path("runs"), "where timings and logs are kept")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Time the chosen cells, and write tables and figure."""
    options = arguments(argv)
    for mode in options.modes:
        checks.choice("--modes", mode, MODES)
    sizes = [pixels for pixels in PIXELS if pixels <= options.largest * 1e6]
    if not sizes:
        raise InputError(f"--largest: expected at least {PIXELS[0] / 1e6:.3f} megapixels, got {options.largest:g}")
    plan = Plan(
        [mode for name, mode in MODES.items() if name in options.modes],
        choose(PARTITIONERS, options.partitioners),
        sizes,
        options.runs,
        options.box,
        options.memory,
        options.overwrite,
    )
    store(run(plan), options.output / "scaling.csv")
    publish("Scaling", tables.exhibits(options.output), options.output)


if __name__ == "__main__":
    cli.run(main)
