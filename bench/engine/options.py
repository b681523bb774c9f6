"""The options that command lines which run cells share."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from affinity_models import AFFINITY_MODELS, cli
from affinity_models.data import DATASETS
from bench.engine.cells import key
from bench.engine.run import OVERWRITE
from bench.publish.exhibits import file_name
from partitioners.expressions import Expression


def add(parser: argparse.ArgumentParser, limit: int, output: str) -> None:
    """Add --limit, --seed, --timeout, --memory, --overwrite, --output and --runs.

    Args:
        parser: the command's.
        limit: the default, in images.
        output: the folder that the default one is in, as the help names it.
    """
    cli.add(parser, "limit", limit)
    cli.add(parser, "seed", 0)
    parser.add_argument(
        "--timeout", type=cli.positive, default=30.0, metavar="S", help="seconds that a cell may take per image"
    )
    parser.add_argument("--memory", type=cli.positive, default=4.0, metavar="GB", help="that a cell may use (Linux)")
    parser.add_argument("--overwrite", choices=OVERWRITE, default="missing", help="cells to run, of those chosen")
    cli.add(parser, "output", help=f"for the tables; default: below {output}")
    cli.add(parser, "runs", Path("runs"))


def output_folder(
    options: argparse.Namespace, study: str, data: Iterable[Expression], models: Iterable[Expression], *more: str
) -> Path:
    """Return --output, or the default folder: RUNS/STUDY/NAMES, with a key where choices have more than a name.

    Args:
        options: the command line's.
        study: its name.
        data, models: the chosen data sets and models.
        more: further parts of the folder's name.
    """
    chosen = [(DATASETS, one) for one in dict.fromkeys(data)] + [
        (AFFINITY_MODELS, one) for one in dict.fromkeys(models)
    ]
    names, meanings = [one.name for _, one in chosen], [one.canonical(registry) for registry, one in chosen]
    ending = [key(*meanings)] if meanings != names else []
    folder: Path = options.output or options.runs / study / file_name("-".join([*names, *more, *ending]))
    return folder


def add_models(parser: argparse.ArgumentParser) -> None:
    """Add --models, of which there may be several."""
    models = "of affinities; default: daffnet if shipped for the data set, and oracle(noise=0.75)"
    cli.add(parser, "models", help=models, several=True)


def add_workers(group: argparse._ActionsContainer) -> None:
    """Add --workers."""
    group.add_argument(
        "--workers",
        type=cli.whole_number(1),
        default=1,
        metavar="N",
        help="cells at a time; times are disturbed by more than one",
    )
