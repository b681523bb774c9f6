"""From what is chosen to cells, each with the key of all that decides its answers."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np

from affinity_models import AFFINITY_MODELS
from bench.datasets import DATASETS, Dataset
from bench.leaderboard.cells import NOBODY, Affinities, Cell, key
from bench.leaderboard.choices import Choice, choose
from bench.provenance import code_key
from partitioners import PARTITIONERS, InputError

logger = logging.getLogger(__name__)

NOISE = 0.75
"""Of the affinity model `oracle`, unless another is chosen."""


def plan(
    datasets: Sequence[str], models: Sequence[str], partitioners: Sequence[str], limit: int, seed: int
) -> list[Cell]:
    """Return the cells of all partitioners, on all models, on the first `limit` images of all data sets.

    Args:
        datasets, models, partitioners: what is chosen, as `bench.leaderboard.choices.choose` takes it.
        limit: at least 1.
        seed: of models and partitioners that take one.

    Raises:
        InputError: nothing has a chosen name, or a data set cannot be opened or has no readable image.
    """
    code = key(code_key(), np.__version__)
    runners = choose(PARTITIONERS, partitioners, seed=seed)
    cells = []
    for choice in choose(DATASETS, datasets):
        dataset = choice.make(DATASETS)
        images = _images(choice, dataset, limit)
        # A shipped network has the name of the data set it was trained on.
        known = {"seed": seed, "noise": NOISE, "weights": choice.name, "root": getattr(dataset, "root", None)}
        for model in choose(AFFINITY_MODELS, models, **known):
            cells += _of_affinities(_affinities(choice, dataset, model, images, code), runners, code)
    return cells


def _images(choice: Choice, dataset: Dataset, limit: int) -> tuple[tuple[str, str], ...]:
    """Return names and revisions of the first images; one that cannot be read is reported and left out."""
    images = []
    for name in dataset.names()[:limit]:
        try:
            images.append((name, dataset.revision(name)))
        except InputError as error:
            logger.warning("left out: %s", error)
    if not images:
        raise InputError(f"data set {choice.label}: no image can be read")
    return tuple(images)


def _affinities(
    choice: Choice, dataset: Dataset, model: Choice, images: tuple[tuple[str, str], ...], code: str
) -> Affinities:
    try:
        version = model.make(AFFINITY_MODELS).version
    except InputError as error:
        return Affinities(choice, model, images, problem=str(error))
    data = [choice.name, dataset.stride, dataset.classes.names, dataset.classes.is_thing]
    return Affinities(choice, model, images, key(code, data, model.identity(AFFINITY_MODELS), version), version)


def _of_affinities(affinities: Affinities, runners: Sequence[Choice], code: str) -> list[Cell]:
    """Return a cell per partitioner; where there are no affinities, a single one that says why."""
    if affinities.problem:
        return [Cell(affinities, NOBODY, problem=affinities.problem)]
    decisive = (code, affinities.key, affinities.images)
    return [
        Cell(affinities, one, key(*decisive, one.identity(PARTITIONERS)), PARTITIONERS.unavailable(one.name) or "")
        for one in runners
    ]
