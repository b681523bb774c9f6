"""From choices to cells, each with the key of all that decides its answers."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from affinity_models import AFFINITY_MODELS
from affinity_models.daffnet import shipped
from affinity_models.data import DATASETS, Dataset
from bench.engine.cells import NOBODY, Affinities, Cell, key, known
from bench.engine.isolation import message
from bench.engine.plugins import plugin_key
from bench.engine.provenance import own_code_key, versions
from partitioners import PARTITIONERS, InputError
from partitioners.expressions import USUAL, Expression, choose

logger = logging.getLogger(__name__)

RECORDED = "recorded"
"""In place of a partitioner: the one that a model was measured with, or the usual one where none is known."""


def plan(
    datasets: Sequence[str], models: Sequence[str] | None, partitioners: Sequence[str], limit: int, seed: int
) -> list[Cell]:
    """Return the cells of all partitioners, on all models, on the first `limit` images of all data sets.

    Args:
        datasets, models, partitioners: the choices, as `partitioners.expressions.choose` takes them; without models,
            `default_models`; a partitioner may be `RECORDED`.
        limit: the largest number of images of a data set, at least 1.
        seed: the seed of models and partitioners that take one.

    Raises:
        InputError: nothing has a chosen name, or a data set cannot be opened or has no readable image.
    """
    code = current_code()
    choose(PARTITIONERS, [text for text in partitioners if text != RECORDED], seed=seed)  # names mistakes early
    cells = []
    for dataset in choose(DATASETS, datasets):
        for affinities in affinities_of(dataset, models or default_models(dataset.name), limit, seed, code):
            if affinities.problem:
                cells.append(cell_of(affinities, NOBODY, code))
                continue
            texts = [resolved(text, affinities.partitioner) for text in partitioners]
            cells += [cell_of(affinities, partitioner, code) for partitioner in choose(PARTITIONERS, texts, seed=seed)]
    return cells


def resolved(text: str, recorded: str) -> str:
    """Return the expression that a choice of a partitioner stands for.

    Args:
        text: an expression, or `RECORDED`.
        recorded: the partitioner that the model was measured with, or an empty string.
    """
    return (recorded or USUAL) if text == RECORDED else text


def current_code() -> str:
    """Return a key of all code that decides answers."""
    return key(own_code_key(), np.__version__)


def affinities_of(expression: Expression, models: Sequence[str], limit: int, seed: int, code: str) -> list[Affinities]:
    """Return each model's affinities on the first `limit` images of a data set; `code` is `current_code()`.

    Raises:
        InputError: the data set cannot be opened or has no readable image, or no model has a chosen name.
    """
    dataset = expression.create(DATASETS)
    chosen_models = choose(AFFINITY_MODELS, models, **known(expression, dataset, seed))
    images = _images(expression, dataset, limit)
    return [_affinities(Affinities(expression, model, seed, images), dataset, code) for model in chosen_models]


def default_models(dataset: str) -> list[str]:
    """Return the network that is shipped for a data set, if one is, and the oracle."""
    return ["daffnet"] * (dataset in shipped.names()) + ["oracle(noise=0.75)"]


def _images(expression: Expression, dataset: Dataset, limit: int) -> tuple[tuple[str, str], ...]:
    """Return names and revisions of the first images; one that cannot be read is reported and left out."""
    images = []
    for name in dataset.names()[:limit]:
        try:
            images.append((name, dataset.revision(name)))
        except InputError as error:
            logger.warning("left out: %s", error)
    if not images:
        raise InputError(f"data set {expression}: no image can be read")
    return tuple(images)


def _affinities(affinities: Affinities, dataset: Dataset, code: str) -> Affinities:
    """Return `affinities` with key and version, or why its model cannot be made."""
    try:
        model = affinities.make_model(dataset)
        version = model.version
    except Exception as error:  # of a plug-in, it can be anything
        return replace(affinities, problem=message(error))
    data = [affinities.dataset.name, dataset.stride, dataset.classes.names, dataset.classes.is_thing]
    packages = affinities.packages | affinities.dataset.packages(DATASETS)
    identity = affinities.model.canonical(AFFINITY_MODELS, **known(affinities.dataset, dataset, affinities.seed))
    code_of_others = plugin_key([dataset, model], packages)
    parts = [code_of_others, identity, affinities.seed, version, versions(affinities.packages)]
    return replace(affinities, key=key(code, data, parts), model_version=version, partitioner=model.partitioner)


def cell_of(affinities: Affinities, partitioner: Expression, code: str, thresholds: tuple[float, ...] = ()) -> Cell:
    """Return the cell of a partitioner on affinities, with its key, or why it cannot be run."""
    cell = Cell(affinities, partitioner, problem=affinities.problem, thresholds=thresholds)
    if cell.problem:
        return cell
    problem, identity = identify(partitioner, affinities.seed, truth=np.ones(1, int))
    parts = [*identity, thresholds]
    return replace(cell, problem=problem, key="" if problem else key(code, affinities.key, affinities.images, parts))


def identify(partitioner: Expression, seed: int = 0, **known: Any) -> tuple[str, tuple[Any, ...]]:
    """Return why a partitioner cannot be made, or an empty string; and what tells it from others: code, parameters, packages.

    Args:
        partitioner: the partitioner, as written.
        seed: its seed, if it takes one.
        known: further parameters, for those that take them.
    """
    if reason := PARTITIONERS.unavailable(partitioner.name):
        return reason, ()
    try:
        implementation = partitioner.create(PARTITIONERS, seed=seed, **known)
    except Exception as error:  # of a plug-in, it can be anything
        return message(error), ()
    packages = partitioner.packages(PARTITIONERS)
    code = plugin_key([implementation], packages)
    return "", (code, partitioner.canonical(PARTITIONERS, seed=seed), versions(packages))
