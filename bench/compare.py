"""The paper's Table 1: AP, AP50, AP50m, AP100m and AP per class, of affinity models × cascades beside published rows.

Cells are those of bench.leaderboard: each runs in a process of its own, finished ones are kept and shared with it, and
one that fails is a line that says so. AP50m and AP100m count the objects within 50 m and 100 m, on data with distances.

Published rows are others' networks on Cityscapes: for orientation, unless the data set is Cityscapes itself.

NAME is one that bench.list shows, or has *, ? or [...] in it; 'NAME(KEY=VALUE, ...)' gives parameters.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

import pandas as pd

from affinity_models import cli
from bench.ablation.rows import AVERAGE, TABLE_4
from bench.engine.isolation import Limits
from bench.engine.options import add, add_models, add_workers, output_folder
from bench.engine.plan import RECORDED, plan
from bench.engine.run import run
from bench.engine.scheduling import here
from bench.engine.schema import COMPARE, tidy
from bench.engine.scoring import class_columns, expect_answers, leading, notes_on_columns, score
from bench.leaderboard import tables
from bench.publish.exhibits import Exhibit, as_markdown, formatted, publish, read, store
from bench.publish.published import CLASSES, table_1

EXAMPLES = """\
  python -m bench.compare                                       street scenes: the shipped network, and the oracle
  python -m bench.compare --limit 3                             a quick look
  python -m bench.compare --models 'daffnet(weights=FILE)' --partitioners 'cascade-gaec*' ssap
  python -m bench.compare --data 'cityscapes(root=DIR)' --models 'daffnet(weights=FILE)' --limit 500
"""
CASCADES = (
    RECORDED,
    "gmis",
    "gaec(linkage=average)",
    "ssap",
    AVERAGE.expression,
    TABLE_4[2].expression,
    TABLE_4[3].expression,
    "cascade-gaec",
)
OURS = "measured"
NOTE = (
    "AP in percent by the official Cityscapes evaluator, with 95 % bootstrap intervals over images. Published rows:"
    f" Cityscapes, others' networks; all their columns but `AP val` are of the test set. {tables.SOLVER}"
)


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = cli.parser("python -m bench.compare", __doc__ or "", EXAMPLES, goes_on=True)
    cli.add(parser, "data", "street")
    cli.add(parser, "partitioners", CASCADES, "cascades, or others", several=True)
    add_models(parser)
    add(parser, limit=100, output="runs/compare")
    add_workers(parser)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Run the chosen cells, and write the table."""
    options = arguments(argv)
    cells = plan([options.data], options.models, options.partitioners, options.limit, options.seed)
    limits = Limits(options.timeout, options.memory, threads=1)
    records = run(cells, options.runs, limits, options.overwrite, partial(here, workers=options.workers))
    scored = score(records, options.runs)
    table = compared(tables.board(scored, options.seed))
    models = [cell.affinities.model for cell in cells] if options.models else []
    output = output_folder(options, "compare", [cells[0].affinities.dataset], models)
    store(table, output / "compare.csv")
    publish("Compare", exhibits(output), output)
    expect_answers(scored.values())


def compared(board: pd.DataFrame) -> pd.DataFrame:
    """Return the lines of a leaderboard below those that are published; results/README.md explains the columns.

    Args:
        board: a result of `bench.leaderboard.tables.board`, of one data set.
    """
    paper = table_1().rename(columns={name: f"AP_{name}" for name in CLASSES})
    measured = board.drop(columns="rank").rename(columns={"partitioner": "method"}).assign(kind=OURS)
    columns = list(dict.fromkeys([*paper, *measured]))
    if "AP" in measured and not measured.columns.isin([f"AP_{name}" for name in CLASSES]).any():
        columns = [name for name in columns if name.removeprefix("AP_") not in CLASSES]  # other classes than streets'
    return tidy(pd.concat([paper, measured], ignore_index=True).reindex(columns=columns), COMPARE)


def exhibits(folder: Path) -> list[Exhibit]:
    """Return the table of the rows that are stored."""
    table = read(folder / "compare.csv")
    return [Exhibit(_title(table), NOTE + notes_on_columns(table), table, _essentials(table))]


def readme(folder: Path) -> str:
    """Return the part that the README shows: all rows, without classes."""
    (exhibit,) = exhibits(folder)
    table = exhibit.table[[name for name in exhibit.table if name not in CLASSES]]
    return f"{as_markdown(table)}\n\n{exhibit.made}"


def _title(table: pd.DataFrame) -> str:
    images = table["images"].max() if "images" in table else float("nan")
    dataset = table.loc[table["kind"] == OURS, "dataset"].iloc[0]
    return f"Table 1 on {dataset}" + ("" if pd.isna(images) else f", {images:.0f} images")


def _essentials(table: pd.DataFrame) -> pd.DataFrame:
    """Return the essential columns, as text."""
    lines = tables.texts(table.assign(affinities=table["model"]))
    styles = {"method": "", "affinities": ""} | leading(table) | {"AP (95 %)": ""}
    styles |= dict.fromkeys(("AP val", "AP test", "AP50", "AP50m", "AP100m", "ms/img", "solver"), ".1f")
    styles |= {"gap": ".2f", "kind": ""} | dict.fromkeys(class_columns(table), ".1f") | {"problem": ""}
    return formatted(lines, styles).rename(columns=lambda name: name.removeprefix("AP_"))


if __name__ == "__main__":
    cli.run(main)
