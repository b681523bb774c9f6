"""The work itself, each call in a process of its own: predicting pyramids, and running a partitioner on them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from affinity_models.data.targets import block_majority
from bench.engine import answers
from bench.engine.cells import Affinities, Cell
from partitioners import AffinityPyramid, InputError, Partitioner
from partitioners.arrays import IntegerArray
from partitioners.tuning import Hierarchical, at_thresholds


def find_data(affinities: Affinities, names: Sequence[str]) -> None:
    """Open the data set, and the model, on this machine.

    Raises:
        InputError: they are not there, or not those that the affinities are of.
    """
    dataset = affinities.open()
    revisions = dict(affinities.images)
    for name in names:
        if dataset.revision(name) != revisions[name]:
            raise InputError(f"{affinities.dataset}: the image {name} is another one here")
    if affinities.make_model(dataset).version != affinities.model_version:
        raise InputError(f"{affinities.model}: the model is another one here")


def predict(affinities: Affinities, names: Sequence[str], store: Path) -> None:
    """Make the pyramids of some images.

    One that cannot be made is left out, with a line that says why on the standard output.

    Raises:
        InputError: the names are those of all images, and none could be made.
    """
    dataset = affinities.open()
    model = affinities.make_model(dataset)
    paths = affinities.pyramids(store)
    problems = []
    for name in names:
        try:
            sample = dataset.read(name)
            pyramid = model.predict(sample, dataset.stride)
            if (pyramid.image_size, pyramid.classes) != (sample.size, sample.classes):
                raise InputError(f"{affinities.model}: expected a pyramid of the image's size and classes")
            pyramid.save(paths[name])
        except InputError as error:
            print(f"left out: {name}: {error}")
            problems.append(error)
    if len(problems) == len(affinities.images):
        raise problems[0]


def partition(cell: Cell, store: Path) -> None:
    """Run a partitioner on those pyramids that it has no answers to, and keep its answers."""
    missing = {
        name: path
        for name, path in cell.affinities.predicted(store).items()
        if answers.load(cell.answer(store, name)) is None
    }
    for number, (name, path) in enumerate(missing.items()):
        pyramid = AffinityPyramid.load(path)
        partitioner = cell.make_partitioner(_truth(cell, name, pyramid.stride) if cell.takes_truth else None)
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


def _truth(cell: Cell, name: str, stride: int) -> IntegerArray:
    """Return the true instances (h, w) on level 1."""
    return block_majority(cell.affinities.open().read(name).instances, stride)
