"""The two kinds of tasks: predicting the pyramids that a model lacks, and running a cell.

Tasks can be pickled. They work in a store: a folder with the files that they need and for those that they make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any, TypeAlias

from affinity_models.data import DATASETS
from bench.engine import isolation, work
from bench.engine.cells import Affinities, Cell, Record
from bench.engine.isolation import CRASHED, Ending, Limits
from bench.engine.provenance import provenance, versions

LOG = "log.txt"
IMAGES = 16  # of a prediction: few enough to be shared out and soon on disk, many enough to load a network for


@dataclass(frozen=True)
class Prediction:
    """Predicts pyramids; there are no limits.

    Args:
        affinities: the affinities of all images.
        names: the images whose pyramids are to be made, at least one.
    """

    affinities: Affinities
    names: tuple[str, ...]

    @property
    def label(self) -> str:
        """Model and data set."""
        return self.affinities.label

    @property
    def packages(self) -> set[str]:
        """Those of model and data set."""
        return self.affinities.packages | self.affinities.dataset.packages(DATASETS)

    def needs(self, store: Path) -> list[Path]:
        """Return the files of the store that it reads: none."""
        return []

    def makes(self, store: Path) -> list[Path]:
        """Return the files of the store that it has written: the pyramids that could be made, and the log."""
        made = self.affinities.predicted(store)
        return [*(made[name] for name in self.names if name in made), self.log(store)]

    def log(self, store: Path) -> Path:
        """Return the file of what was printed."""
        return self.affinities.folder(store) / f"{self.names[0]}.{LOG}"

    def obstacle(self, store: Path) -> str:
        """Return why images or weights are not here, or an empty string."""
        return _find_data(self.affinities, self.names, self.log(store))

    def run(self, store: Path) -> Ending:
        """Make the pyramids."""
        return isolation.call(work.predict, self.affinities, self.names, store, limits=Limits(), log=self.log(store))

    def lost(self, note: str) -> Ending:
        """Return how a task ended that was given up."""
        return Ending(CRASHED, note)


def predictions(affinities: Affinities, store: Path) -> Iterator[Prediction]:
    """Yield the tasks that make those pyramids that are not in the store."""
    there = affinities.predicted(store)
    names = tuple(name for name, _ in affinities.images if name not in there)
    for start in range(0, len(names), IMAGES):
        yield Prediction(affinities, names[start : start + IMAGES])


@dataclass(frozen=True)
class Run:
    """Runs a cell.

    Args:
        cell: the cell, whose pyramids are there.
        limits: the limits of all images together.
    """

    cell: Cell
    limits: Limits

    @property
    def label(self) -> str:
        """Partitioner, model and data set."""
        return self.cell.label

    @property
    def packages(self) -> set[str]:
        """Those of partitioner, model and data set."""
        return self.cell.packages | self.cell.affinities.dataset.packages(DATASETS)

    def needs(self, store: Path) -> list[Path]:
        """Return the pyramids."""
        return list(self.cell.affinities.predicted(store).values())

    def makes(self, store: Path) -> list[Path]:
        """Return answers, log and, last, the record, which says that all others are there."""
        folder = self.cell.folder(store)
        record = Record.read(folder)
        answers = [self.cell.answer(store, name) for name in record.images] if record else []
        return [*answers, folder / LOG, Record.path(folder)]

    def obstacle(self, store: Path) -> str:
        """Return why the truth is not here, for the control that is given it, or an empty string."""
        if not self.cell.takes_truth:
            return ""
        affinities = self.cell.affinities
        return _find_data(affinities, tuple(name for name, _ in affinities.images), self.cell.folder(store) / LOG)

    def run(self, store: Path) -> Record:
        """Run the partitioner on all pyramids; answers and record are in the store."""
        images = tuple(self.cell.affinities.predicted(store))
        traces = origin(self.cell, self.limits)
        return carry_out(self.cell.folder(store), self.limits, traces, work.partition, self.cell, store, images=images)

    def lost(self, note: str) -> Record:
        """Return a record that is in no store, so that another run tries again."""
        return Record(CRASHED, note, (), self.limits)


Task: TypeAlias = Prediction | Run


def carry_out(
    folder: Path,
    limits: Limits,
    origin: Mapping[str, Any],
    function: Callable[..., object],
    *arguments: object,
    images: tuple[str, ...] = (),
) -> Record:
    """Do the work of a cell in a process of its own, and keep how it ended.

    Args:
        folder: the cell's folder; what an interrupted run has finished there stays, what an ended one has is removed.
        limits: the limits of the process.
        origin: the code that is run, where and when.
        function: the work, as `bench.engine.isolation.call` takes it.
        arguments: the arguments of the function.
        images: the names of those that it answers, if all goes well.
    """
    if Record.read(folder) is not None:
        rmtree(folder)
    ending = isolation.call(function, *arguments, limits=limits, log=folder / LOG)
    record = Record(*ending, images if ending.status == isolation.OK else (), limits, origin)
    record.write(folder)
    return record


def _find_data(affinities: Affinities, names: tuple[str, ...], log: Path) -> str:
    return isolation.call(work.find_data, affinities, names, limits=Limits(), log=log).note


def origin(cell: Cell, limits: Limits) -> dict[str, Any]:
    """Return what is run with a cell, on what, where and when."""
    return {
        "packages": ", ".join(f"{name} {version}" for name, version in versions(cell.packages).items()),
        "model_version": cell.affinities.model_version,
        "data_revision": cell.affinities.data_revision,
        "key": cell.key,
        "threads": limits.threads,
        **provenance(),
    }
