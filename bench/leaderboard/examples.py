"""A few images of a leaderboard with all partitioners' instances, for the page of all results."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path

import pandas as pd

from bench import examples
from bench.engine import answers
from bench.engine.isolation import OK
from bench.examples import Example
from bench.leaderboard.cells import Cell, Record, names
from partitioners import InputError, Segmentation

N_EXAMPLES = 2


def write(table: pd.DataFrame, records: Mapping[Cell, Record], store: Path, folder: Path) -> None:
    """Write examples of each data set and model into `folder`.

    Args:
        table: as `bench.leaderboard.tables.board` returned it for these records: partitioners are shown in its order.
        records: what became of each cell.
        store: where the answers are kept.
        folder: of the tables.
    """
    examples.write(folder / examples.FILE, _examples(table, records, store))


def _examples(table: pd.DataFrame, records: Mapping[Cell, Record], store: Path) -> Iterator[Example]:
    called = names(records)
    cells: dict[tuple[Hashable, ...], Cell] = {
        (called[cell.affinities.dataset], called[cell.affinities.model], called[cell.chosen]): cell for cell in records
    }
    for (dataset, model), lines in table[table["status"] == OK].groupby(["dataset", "model"], sort=False):
        mine = [cells[dataset, model, partitioner] for partitioner in lines["partitioner"]]
        common = [name for name in records[mine[0]].images if all(name in records[cell].images for cell in mine)]
        for name in examples.spread(common, N_EXAMPLES):
            try:
                sample = mine[0].affinities.open().read(name)
            except InputError:  # reported when it was to be compared
                continue
            found = {called[cell.chosen]: _segmentation(cell.answer(store, name)) for cell in mine}
            yield Example(f"{dataset}, {model}", sample, {key: one for key, one in found.items() if one is not None})


def _segmentation(path: Path) -> Segmentation | None:
    kept = answers.load(path)
    return next(iter(kept.values())).segmentation if kept else None
