"""Tuning: the parameters of every partitioner are chosen on training images, within one budget for all."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from affinity_models import Sample
from affinity_models.data import DATASETS
from affinity_models.metrics.cityscapes import average_precision
from affinity_models.metrics.matching import Match, match
from bench.engine.answers import Answer
from bench.engine.cells import Affinities, Cell, Record, Tuning
from bench.engine.isolation import Limits, message
from bench.engine.plan import affinities_of, cell_of, current_code
from bench.engine.run import run
from bench.engine.scheduling import Scheduler
from bench.engine.scoring import classes, comparisons
from bench.leaderboard.space import Trial, trials
from partitioners import InputError
from partitioners.expressions import Expression, choose


@dataclass(frozen=True)
class Result:
    """The result of a trial: the AP of each of its variants (None where no image has instances), and processor seconds of all."""

    aps: tuple[float | None, ...]
    seconds: float


@dataclass
class Search:
    """The search for the parameters of one partitioner.

    Args:
        cell: the one to tune.
        train: the affinities to tune it on.
        trials, cells: the trials in order, and the cell of each.
        budget: processor seconds of all trials; the default values are tried whatever they take.
        results: the results of the trials so far, within the budget; None for one that failed.
        ended: True once a trial went over the budget.
        problem: the reason why there is nothing to try, or an empty string.
    """

    cell: Cell
    train: Affinities
    trials: list[Trial]
    cells: list[Cell]
    budget: float
    results: list[Result | None] = field(default_factory=list)
    ended: bool = False
    problem: str = ""

    def due(self) -> list[Cell]:
        """Return the next trials: the default values alone, then half of those that the rest of the budget allows.

        A trial is expected to cost the mean of those before.
        """
        if not self.results:
            return self.cells[:1]
        if self.results[0] is None or self.ended:
            return []
        fits = max(0, int((self.budget - self.seconds) / self.mean))
        return self.cells[len(self.results) :][: math.ceil(fits / 2)]

    def take(self, results: Sequence[Result | None]) -> None:
        """Take the results of the trials that were due; one that goes over the budget, and those after it, do not count."""
        for result in results:
            self.results.append(result)
            if len(self.results) > 1 and self.seconds > self.budget:
                self.results.pop()
                self.ended = True
                return

    @property
    def mean(self) -> float:
        """Processor seconds of a trial."""
        return float(np.mean([result.seconds for result in self.results if result]))

    @property
    def seconds(self) -> float:
        """Processor seconds of all trials; one that failed counts as the mean."""
        return self.mean * len(self.results) if any(self.results) else 0.0

    def chosen(self) -> Tuning:
        """Return the values of highest AP; of equals the first, so the defaults before others."""
        tuning = Tuning(self.cell.partitioner, (), self.train.dataset, len(self.train.images), self.budget)
        if not self.trials:
            return replace(tuning, note=self.problem or "nothing to tune")
        if not any(self.results):
            return replace(tuning, note="the default values failed")
        candidates = [
            (ap, values)
            for trial, result in zip(self.trials, self.results, strict=False)
            if result
            for ap, values in zip(result.aps, trial.variants, strict=True)
        ]
        best = max(range(len(candidates)), key=lambda number: (candidates[number][0] or 0.0, -number))
        return replace(
            tuning,
            values=tuple(candidates[best][1].items()),
            seconds=self.seconds,
            trials=len(candidates),
            ap=candidates[best][0],
            default_ap=candidates[0][0],
        )


def training(dataset: Expression, training_sets: Sequence[str]) -> Expression:
    """Return the data set with the images to tune on.

    Args:
        dataset: the one that partitioners are compared on.
        training_sets: data sets to tune on; one of the same name goes before the data set's own.

    Raises:
        InputError: there is none.
    """
    for candidate in choose(DATASETS, training_sets):
        if candidate.name == dataset.name:
            return candidate
    split = dataset.create(DATASETS).train
    if not split:
        raise InputError(
            f"--tune: {dataset} does not say which images are for training: name them, as in --train '{dataset.name}(root=DIR)'"
        )
    return replace(dataset, parameters={**dataset.parameters, **split})


def tune(
    cells: Sequence[Cell],
    training_sets: Sequence[str],
    budget: float,
    limit: int,
    store: Path,
    limits: Limits,
    overwrite: str,
    schedule: Scheduler,
) -> list[Cell]:
    """Return the cells with the parameters that do best on training images, and how they were found.

    Every trial is a cell as well, kept and reused like others.

    Args:
        cells: results of `bench.engine.plan.plan`.
        training_sets: data sets to tune on, as `partitioners.expressions.choose` takes them, for those without their own.
        budget: processor seconds of each partitioner, all its trials and images together.
        limit: the number of images to tune on.
        store, limits, overwrite, schedule: the arguments of `bench.engine.run.run`.

    Raises:
        InputError: there are no images to tune on, or they are those that partitioners are compared on.
    """
    code = current_code()
    runnable = [cell for cell in cells if not cell.problem]
    train = {
        affinities: _train(affinities, training_sets, limit, code)
        for affinities in dict.fromkeys(cell.affinities for cell in runnable)
    }
    searches = {cell: _search(cell, train[cell.affinities], budget, code) for cell in runnable}
    while due := {cell: trial_cells for cell, search in searches.items() if (trial_cells := search.due())}:
        batch = list(dict.fromkeys(trial for trial_cells in due.values() for trial in trial_cells))
        results = _results(run(batch, store, limits, overwrite, schedule), store)
        for cell, trial_cells in due.items():
            searches[cell].take([results.get(trial) for trial in trial_cells])
    return [_tuned(searches[cell], code) if cell in searches else cell for cell in cells]


def _train(affinities: Affinities, training_sets: Sequence[str], limit: int, code: str) -> Affinities:
    """Return the same model's affinities on training images, none of which partitioners are compared on."""
    expression = training(affinities.dataset, training_sets)
    (train,) = affinities_of(expression, [str(affinities.model)], limit, affinities.seed, code)
    compared_on = dict(affinities.images)
    if shared := [name for name, revision in train.images if revision in compared_on.values()]:
        raise InputError(f"--tune: {expression} has images that partitioners are compared on: {', '.join(shared[:3])}")
    return train


def _search(cell: Cell, train: Affinities, budget: float, code: str) -> Search:
    try:
        planned = trials(cell.partitioner, cell.make_partitioner(truth=np.ones(1, int)), cell.affinities.seed)
        cells = [cell_of(train, cell.with_values(trial.values), code, trial.thresholds) for trial in planned]
    except Exception as error:  # of a plug-in, it can be anything
        return Search(cell, train, [], [], budget, problem=f"not to be tuned: {message(error)}")
    return Search(cell, train, planned, cells, budget)


def _tuned(search: Search, code: str) -> Cell:
    tuning = search.chosen()
    cell = cell_of(search.cell.affinities, search.cell.with_values(dict(tuning.values)), code)
    return replace(cell, tuning=tuning)


def _results(records: Mapping[Cell, Record], store: Path) -> dict[Cell, Result]:
    """Return the result of each trial that went well."""

    def compare(sample: Sample, distance: object, cell: Cell, answer: Answer) -> tuple[Match, float]:
        return match(sample, answer.segmentation), answer.processor_seconds

    results, tables = {}, classes(records)
    for cell, images in comparisons(records, store, compare).items():
        variants = [[image[number][0] for image in images] for number in range(len(cell.answerers))]
        aps = [average_precision(matches, tables[cell.affinities.dataset]).ap for matches in variants]
        seconds = sum(spent for image in images for _, spent in image)
        results[cell] = Result(tuple(None if math.isnan(ap) else ap for ap in aps), seconds)
    return results
