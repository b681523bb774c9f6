"""Join leaderboards, of several machines for one, into one with the same tables.

Lines on the same images, affinities and seed are one table, ranked anew. Where several folders have a partitioner's line, the
first one that went well stays. Times keep their `machine`; where there are several, ranks are by AP alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from affinity_models import cli
from bench.engine.isolation import OK
from bench.leaderboard import tables
from bench.publish.exhibits import publish, read, store
from partitioners import InputError

EXAMPLES = """\
  python -m bench.leaderboard merge runs/leaderboard/here runs/leaderboard/there --output runs/leaderboard/both
"""
INPUT = ["model_version", "data_revision", "seed"]
"""The columns that lines of one table share."""
ANSWERS = ["parameters", "AP", "VI_split", "VI_merge", "instances_per_image", "energy"]
"""The columns in which lines of the same answers agree."""
TOLERANCE = 1e-4  # relative: rows are stored with six digits


def main(argv: list[str] | None = None) -> None:
    """Write the joined leaderboard."""
    parser = cli.parser("python -m bench.leaderboard merge", __doc__ or "", EXAMPLES)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="with a leaderboard")
    cli.add(parser, "output")
    options: argparse.Namespace = parser.parse_args(argv)
    if options.output is None:
        raise InputError("--output: expected the folder to write to")
    write(join({str(folder): load(folder) for folder in options.folders}), options.output)


def load(folder: Path) -> pd.DataFrame:
    """Return the rows of a leaderboard.

    Raises:
        InputError: there are none.
    """
    try:
        table = read(folder / tables.FILE)
    except (OSError, ValueError) as error:
        raise InputError(f"{folder}: expected a folder with {tables.FILE}, but it cannot be read: {error}") from None
    if lacking := {"dataset", "model", "partitioner", "status", "machine", *INPUT}.difference(table):
        raise InputError(
            f"{folder / tables.FILE}: expected the column {min(lacking)}, got {', '.join(map(str, table))}"
        )
    return table


def write(table: pd.DataFrame, folder: Path) -> None:
    """Write the rows, tables and figures of a leaderboard."""
    store(table, folder / tables.FILE)
    publish("Leaderboard", tables.exhibits(folder), folder)


def join(boards: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the lines of several leaderboards, each partitioner's once in each table.

    A data set has the name of its first line, though folders may call it by other paths.

    Args:
        boards: results of `load`, by names for messages.

    Raises:
        InputError: lines of one data set and model are of other images, affinities or seeds, or a partitioner's have other
            answers.
    """
    named = [table.assign(folder=name) for name, table in boards.items()]
    rows = pd.concat([table.dropna(axis="columns", how="all") for table in named], ignore_index=True)
    rows = rows.reindex(columns=list(dict.fromkeys(column for table in named for column in table)))
    rows["dataset"] = rows.groupby(["model", *INPUT], dropna=False)["dataset"].transform("first")
    kept = []
    for (dataset, model), lines in rows.groupby(["dataset", "model"], sort=False):
        for column in INPUT:
            _expect_one(lines, column, f"{dataset}, affinities of {model}")
        for partitioner, several in lines.groupby("partitioner", sort=False):
            good = several[several["status"] == OK]
            for column in rows.columns.intersection(ANSWERS):
                _expect_one(good, column, f"{partitioner} on {dataset}, affinities of {model}")
            kept.append((good if len(good) else several).index[0])
    return tables.ranked(rows.loc[kept].drop(columns="folder"))


def _expect_one(lines: pd.DataFrame, column: str, what: str) -> None:
    """Refuse lines that differ in a column, of numbers by more than rounding."""
    values = lines[column]
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.to_numpy(np.float64)
        differs = ~np.isclose(numbers, numbers[:1], rtol=TOLERANCE, equal_nan=True)
    else:
        texts = values.fillna("").to_numpy()
        differs = texts != texts[:1]
    if differs.any():
        told = [f"{value} in {folder}" for value, folder in zip(values, lines["folder"], strict=True)]
        raise InputError(f"{what}: expected one value of {column}, got {told[0]} and {told[differs.argmax()]}")
