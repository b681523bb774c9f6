"""Running cells: pyramids first, then cells without answers; each is on disk when it is done."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from bench.engine.cells import NOBODY, Affinities, Cell, Record
from bench.engine.isolation import FAILED, OK, Ending, Limits
from bench.engine.scheduling import Scheduler
from bench.engine.tasks import Run, predictions

logger = logging.getLogger(__name__)

OVERWRITE = ("always", "missing", "never")
NOT_RUN, UNAVAILABLE = "not run", "unavailable"


def known(cell: Cell, store: Path) -> Record:
    """Return how a cell ended, as far as is known."""
    if cell.problem:
        return Record(UNAVAILABLE, cell.problem)
    return Record.read(cell.folder(store)) or Record(NOT_RUN)


def cells_due(cells: Iterable[Cell], store: Path, limits: Limits, overwrite: str) -> list[Cell]:
    """Return the cells that are to be run; the arguments are those of `run`."""
    runnable = dict.fromkeys(cell for cell in cells if not cell.problem)
    return [cell for cell in runnable if is_due(Record.read(cell.folder(store)), _in_all(limits, cell), overwrite)]


def is_due(record: Record | None, limits: Limits, overwrite: str) -> bool:
    """Say whether a cell is to be run.

    Args:
        record: the record of its end, None where there is none.
        limits: the limits that it would be run within.
        overwrite: a choice of `OVERWRITE`, as `run` explains it.
    """
    if overwrite == "missing":
        return record is None or not record.holds(limits)
    return overwrite == "always"


def without_pyramids(cells: Iterable[Cell], store: Path) -> list[Affinities]:
    """Return the affinities of cells that lack a pyramid, each once."""
    all_affinities = dict.fromkeys(cell.affinities for cell in cells)
    return [affinities for affinities in all_affinities if len(affinities.predicted(store)) < len(affinities.images)]


def run(cells: Sequence[Cell], store: Path, limits: Limits, overwrite: str, schedule: Scheduler) -> dict[Cell, Record]:
    """Run the cells that are due, after the pyramids that they lack have been predicted.

    Args:
        cells: results of `bench.engine.plan.plan`.
        store: the folder of pyramids and answers.
        limits: the limits of each image of a cell; predictions have none.
        overwrite: "always": run all cells; "missing": those without a record, or whose limits are wider than those that
            they failed by; "never": none.
        schedule: the scheduler that runs the tasks.

    Returns:
        The record of each cell. Those whose pyramids could not be predicted are one cell, of `NOBODY`.
    """
    records = {cell: known(cell, store) for cell in cells}
    due = cells_due(cells, store, limits, overwrite)
    with logging_redirect_tqdm():
        for affinities, ending in _predict(without_pyramids(due, store), store, schedule).items():
            for cell in [cell for cell in due if cell.affinities == affinities]:
                due.remove(cell)
                del records[cell]
            records[Cell(affinities, NOBODY)] = Record(ending.status, f"no pyramids: {ending.note}")
        runs = schedule([Run(cell, _in_all(limits, cell)) for cell in due], store)
        with tqdm(runs, "running", len(due), unit="cell", disable=not due) as progress:
            for task, record in progress:
                records[task.cell] = record
                progress.set_postfix_str(f"{task.label}: {record.status}")
    return records


def _predict(missing: Sequence[Affinities], store: Path, schedule: Scheduler) -> dict[Affinities, Ending]:
    """Make missing pyramids; return why there are none for some affinities."""
    failed: dict[Affinities, Ending] = {}
    tasks = [task for affinities in missing for task in predictions(affinities, store)]
    with tqdm(desc="predicting", total=sum(len(task.names) for task in tasks), unit="image", disable=not tasks) as bar:
        for task, ending in schedule(tasks, store):
            bar.update(len(task.names))
            if ending.status != OK:
                failed[task.affinities] = ending
            elif n_lost := len(set(task.names).difference(task.affinities.predicted(store))):
                logger.warning("%s: %d images left out, see %s", task.label, n_lost, task.log(store))
    nothing = Ending(FAILED, "none could be made")
    return {affinities: nothing for affinities in missing if not affinities.predicted(store)} | failed


def _in_all(limits: Limits, cell: Cell) -> Limits:
    """Return the limits of a cell from those per image."""
    seconds = limits.seconds and limits.seconds * len(cell.affinities.images)
    return replace(limits, seconds=seconds)
