"""Partitioners × affinity models × data sets, ranked by AP, then by time.

Each cell, a partitioner on the pyramids of a data set, runs in a process of its own. One that crashes, takes too long
or too much memory is a line that says so. Finished cells are kept: the same command goes on after an interruption,
even by kill -9, and a key of data, parameters, code and package versions keeps stale answers out.

With --scheduler, cells run on a Dask cluster, of which `dask scheduler` and, on each machine, `dask worker
tcp://HOST:8786 --nthreads 1` are the parts. All need this project with the same versions, but share no file system. The
cells of a worker that is lost are run by another.

NAME is one that bench.list shows, or has *, ? or [...] in it; 'NAME(KEY=VALUE, ...)' gives parameters.

`python -m bench.leaderboard add` adds the labels of a program in any language, `merge` joins leaderboards; both have --help.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

import pandas as pd

from affinity_models import cli
from bench import examples
from bench.ablation.rows import TABLE_4
from bench.engine.cells import Cell, Record, names
from bench.engine.cluster import connect
from bench.engine.isolation import OK, Limits
from bench.engine.options import add, add_models, add_workers, output_folder
from bench.engine.plan import plan
from bench.engine.run import cells_due, known, run, without_pyramids
from bench.engine.scheduling import Scheduler, here
from bench.engine.scoring import expect_answers, score
from bench.examples import Example
from bench.leaderboard import add as addition
from bench.leaderboard import merge, tables
from bench.leaderboard.space import MOST
from bench.leaderboard.tune import tune
from bench.publish.exhibits import publish, store
from partitioners import InputError

EXAMPLES = """\
  python -m bench.leaderboard                                             all partitioners on a few street scenes
  python -m bench.leaderboard --partitioners '*gaec' 'gaec(linkage=sum)' --limit 100
  python -m bench.leaderboard --models 'oracle(noise=0)' 'oracle(noise=1)'
  python -m bench.leaderboard --data 'nuclei(root=DIR)' 'cityscapes(root=DIR, split=train)'
  python -m bench.leaderboard --data 'pyramids(root=DIR)' --models saved   predictions made elsewhere
  python -m bench.leaderboard --data volumes 'volumes(kind=neurites)' --partitioners 'gaec(linkage=average)' components
  python -m bench.leaderboard --scheduler tcp://HOST:8786                 on the workers of a Dask cluster
  python -m bench.leaderboard --tune 60                                   each with the parameters that suit it best
  python -m bench.leaderboard --data 'nuclei(root=DIR)' --tune 60 --train 'nuclei(root=OTHER)'
  python -m bench.leaderboard --dry-run                                   what would be run
  python -m bench.leaderboard add BOARD SET LABELS                        another program's labels beside the others
  python -m bench.leaderboard merge BOARD BOARD --output DIR              leaderboards of several machines as one
"""
SUBCOMMANDS = {"add": addition.main, "merge": merge.main}
DATASETS = ("street",)
N_EXAMPLES = 2
PARTITIONERS = ("*", "gaec(linkage=average)", "gaec(linkage=sum)", TABLE_4[3].expression, TABLE_4[2].expression)


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m bench.leaderboard", __doc__ or "", EXAMPLES, goes_on=True)
    cli.add(parser, "data", DATASETS, several=True)
    cli.add(parser, "partitioners", PARTITIONERS, several=True)
    add_models(parser)
    add(parser, limit=5, output="runs/leaderboard")
    parser.add_argument(
        "--tune",
        type=cli.positive,
        metavar="SECONDS",
        help="choose the parameters of each partitioner that are given no value, on the first --limit training images, "
        f"with so many processor seconds and at most {MOST} runs for each",
    )
    parser.add_argument(
        "--train",
        nargs="+",
        default=(),
        metavar="NAME",
        help="to tune on, for data sets that have no train split of their own: the one of the same name is taken",
    )
    place = parser.add_mutually_exclusive_group()
    add_workers(place)
    place.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster whose workers run the cells")
    parser.add_argument(
        "--patience", type=cli.positive, default=600.0, metavar="S", help="seconds to wait for a worker of the cluster"
    )
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--list", action=cli.OnlyTells, help="only list the chosen cells and what is known of them")
    only.add_argument("--dry-run", action=cli.OnlyTells, help="only list what would be run")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Run the chosen cells, and write the tables."""
    command, *rest = (sys.argv[1:] if argv is None else argv) or [""]
    if command in SUBCOMMANDS:
        return SUBCOMMANDS[command](rest)
    options = arguments(argv)
    limits = Limits(options.timeout, options.memory, threads=1)
    cells = plan(options.data, options.models, options.partitioners, options.limit, options.seed)
    if options.train and not options.tune:
        raise InputError("--train: expected together with --tune SECONDS")
    if options.list or options.dry_run:
        due = cells_due(cells, options.runs, limits, options.overwrite)
        _show(cells if options.list else due, due, options.runs)
        if options.tune:
            print(
                f"These are with default values; before, each is tuned for at most {options.tune:g} processor seconds"
            )
        return
    with _scheduler(options) as schedule:
        settings = (options.runs, limits, options.overwrite, schedule)
        if options.tune:
            cells = tune(cells, options.train, options.tune, options.limit, *settings)
        records = run(cells, *settings)
    scored = score(records, options.runs)
    table = tables.board(scored, options.seed)
    models = [cell.affinities.model for cell in cells] if options.models else []
    output = output_folder(options, "leaderboard", [cell.affinities.dataset for cell in cells], models)
    store(table, output / tables.FILE)
    examples.write(output / examples.FILE, _examples(table, records, options.runs))
    publish("Leaderboard", tables.exhibits(output), output)
    expect_answers(scored.values())


def _examples(table: pd.DataFrame, records: Mapping[Cell, Record], store: Path) -> Iterator[Example]:
    """Yield some images of each data set and model with all partitioners' instances, in the order of the table."""
    short_names = names(records)
    cells: dict[tuple[Hashable, ...], Cell] = {
        (short_names[cell.affinities.dataset], short_names[cell.affinities.model], short_names[cell.chosen]): cell
        for cell in records
    }
    for (dataset, model), lines in table[table["status"] == OK].groupby(["dataset", "model"], sort=False):
        ranked = {partitioner: cells[dataset, model, partitioner] for partitioner in lines["partitioner"]}
        yield from examples.of_cells(f"{dataset}, {model}", ranked, store, N_EXAMPLES)


def _scheduler(options: argparse.Namespace) -> AbstractContextManager[Scheduler]:
    if options.scheduler is None:
        return nullcontext(partial(here, workers=options.workers))
    return connect(options.scheduler, options.patience)


def _show(cells: Sequence[Cell], due: Sequence[Cell], store: Path) -> None:
    for cell in cells:
        print(f"{known(cell, store).status:<14}  {cell.key or '-':<12}  {cell.label}")
    print(f"Cells to run: {len(due)}; affinity models to predict with before: {len(without_pyramids(due, store))}")


if __name__ == "__main__":
    cli.run(main)
