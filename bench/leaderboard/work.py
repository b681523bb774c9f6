"""The work itself, each call in a process of its own: predicting pyramids, and running a partitioner on them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from affinity_models.targets import block_majority
from bench import answers
from bench.leaderboard.cells import Affinities, Cell
from partitioners import PARTITIONERS, AffinityPyramid, InputError, Partitioner
from partitioners.tuning import Hierarchical, at_thresholds


def predict(affinities: Affinities, store: Path) -> None:
    """Make the pyramids that are not there yet.

    One that cannot be made is left out, with a line that says why on the standard output.

    Raises:
        InputError: none could be made.
    """
    dataset = affinities.open()
    model = affinities.make_model(dataset)
    problem = None
    for name, path in affinities.pyramids(store).items():
        if path.exists():
            continue
        try:
            sample = dataset.read(name)
            pyramid = model.predict(sample, dataset.stride)
            if (pyramid.image_size, pyramid.classes) != (sample.size, sample.classes):
                raise InputError(f"{affinities.model}: expected a pyramid of the image's size and classes")
            pyramid.save(path)
        except InputError as error:
            print(f"left out: {name}: {error}")
            problem = problem or error
    if problem and not affinities.predicted(store):
        raise problem


def partition(cell: Cell, store: Path) -> None:
    """Run a partitioner on all pyramids and keep its answers."""
    for number, (name, path) in enumerate(cell.affinities.predicted(store).items()):
        pyramid = AffinityPyramid.load(path)
        partitioner = cell.make_partitioner(_truth(cell, name, pyramid.stride))
        if number == 0:
            answers.warm_up(pyramid, partitioner)
        variants = zip(cell.answerers, _variants(cell, partitioner), strict=True)
        answers.save(cell.answer(store, name), {who: answers.answer(pyramid, one) for who, one in variants})


def _variants(cell: Cell, partitioner: Partitioner) -> Sequence[Partitioner]:
    """Return the partitioner, or one for each threshold of the cell."""
    if not cell.thresholds:
        return [partitioner]
    assert isinstance(partitioner, Hierarchical)
    return at_thresholds(partitioner, cell.thresholds)


def _truth(cell: Cell, name: str, stride: int) -> np.ndarray | None:
    """Return the true instances (h, w) on level 1, for the control that is given them; None for all others."""
    if "truth" not in PARTITIONERS.entry(cell.partitioner.name).parameters:
        return None
    return block_majority(cell.affinities.open().read(name).instances, stride)
