"""Running cells: pyramids first, then what has no answers yet; each cell is on disk when it is done."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from affinity_models import AFFINITY_MODELS
from bench import isolation
from bench.isolation import OK, Ending, Limits
from bench.leaderboard import work
from bench.leaderboard.cells import NOBODY, Affinities, Cell, Record
from bench.leaderboard.scheduling import Scheduler
from bench.provenance import provenance, versions
from partitioners import PARTITIONERS

logger = logging.getLogger(__name__)

OVERWRITE = ("always", "missing", "never")


def known(cell: Cell, store: Path) -> Record:
    """Return what became of a cell, as far as it is known."""
    if cell.problem:
        return Record("unavailable", cell.problem)
    return Record.read(cell.folder(store)) or Record("not run")


def cells_due(cells: Iterable[Cell], store: Path, limits: Limits, overwrite: str) -> list[Cell]:
    """Return the cells that are to be run; the arguments are those of `run`."""
    if overwrite == "never":
        return []
    able = [cell for cell in cells if not cell.problem]
    if overwrite == "always":
        return able
    records = {cell: Record.read(cell.folder(store)) for cell in able}
    return [cell for cell, record in records.items() if record is None or not record.holds(_in_all(limits, cell))]


def without_pyramids(cells: Iterable[Cell], store: Path) -> list[Affinities]:
    """Return the affinities of cells that lack a pyramid, each once."""
    needed = dict.fromkeys(cell.affinities for cell in cells)
    return [one for one in needed if len(one.predicted(store)) < len(one.images)]


def run(cells: Sequence[Cell], store: Path, limits: Limits, overwrite: str, schedule: Scheduler) -> dict[Cell, Record]:
    """Run the cells that are due, after the pyramids that they lack have been predicted.

    Args:
        cells: what `bench.leaderboard.plan.plan` returned.
        store: where pyramids and answers are kept.
        limits: per image of a cell; predictions have none.
        overwrite: "always": run all cells; "missing": those without a record, or whose limits are wider than those that
            they failed by; "never": none.
        schedule: runs the tasks.

    Returns:
        What became of each cell. Those whose pyramids could not be predicted are one cell, of `NOBODY`.
    """
    records = {cell: known(cell, store) for cell in cells}
    due = cells_due(cells, store, limits, overwrite)
    missing = without_pyramids(due, store)
    with logging_redirect_tqdm():
        predictions = schedule(partial(_predict, store=store), missing)
        for affinities, ending in tqdm(predictions, "predicting", len(missing), unit="model", disable=not missing):
            if ending.status != OK:
                for cell in [cell for cell in due if cell.affinities == affinities]:
                    due.remove(cell)
                    del records[cell]
                records[Cell(affinities, NOBODY)] = Record(ending.status, f"no pyramids: {ending.note}")
        runs = schedule(partial(_partition, store=store, limits=limits), due)
        with tqdm(runs, "running", len(due), unit="cell", disable=not due) as progress:
            for cell, record in progress:
                records[cell] = record
                progress.set_postfix_str(f"{cell.label}: {record.status}")
    return records


def _predict(affinities: Affinities, store: Path) -> Ending:
    log = affinities.folder(store) / "log.txt"
    ending = isolation.call(work.predict, affinities, store, limits=Limits(), log=log)
    if ending.status == OK and (n_lost := len(affinities.images) - len(affinities.predicted(store))):
        logger.warning("%s: %d images left out, see %s", affinities.label, n_lost, log)
    return ending


def _partition(cell: Cell, store: Path, limits: Limits) -> Record:
    folder, limits = cell.folder(store), _in_all(limits, cell)
    Record.path(folder).unlink(missing_ok=True)
    ending = isolation.call(work.partition, cell, store, limits=limits, log=folder / "log.txt")
    images = tuple(cell.affinities.predicted(store)) if ending.status == OK else ()
    record = Record(*ending, images, limits, origin(cell, limits))
    record.write(folder)
    return record


def _in_all(limits: Limits, cell: Cell) -> Limits:
    """Return the limits of a cell, given those per image."""
    seconds = limits.seconds and limits.seconds * len(cell.affinities.images)
    return replace(limits, seconds=seconds)


def origin(cell: Cell, limits: Limits) -> dict[str, Any]:
    """Return what is run with a cell, on what, where and when."""
    packages = cell.affinities.model.packages(AFFINITY_MODELS)
    if cell.partitioner != NOBODY:
        packages |= cell.partitioner.packages(PARTITIONERS)
    return {
        "packages": ", ".join(f"{name} {version}" for name, version in versions(packages).items()),
        "model_version": cell.affinities.model_version,
        "data_revision": cell.affinities.data_revision,
        "key": cell.key,
        "threads": limits.threads,
        **provenance(),
    }
