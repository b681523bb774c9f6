"""Ground truth as the instance evaluators see it: instances, groups of instances, and void."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from affinity_models.images import read_labels
from affinity_models.sample import VOID, Sample
from partitioners import ClassTable
from partitioners.arrays import IntegerArray
from partitioners.errors import InputError


class Truth(NamedTuple):
    """An image of codes, and the meaning of each code 0…K-1.

    Fields:
        codes: (H, W) or (D, H, W) non-negative integers.
        classes: (K,) int32: the thing class of an instance or a group, -1 for all else.
        is_group: (K,) bool: several objects that the truth does not tell apart (a crowd).
        is_void: (K,) bool: pixels that are not scored.
    """

    codes: IntegerArray
    classes: NDArray[np.int32]
    is_group: NDArray[np.bool_]
    is_void: NDArray[np.bool_]


def truth(sample: Sample) -> Truth:
    """Return the ground truth of a sample: from its source if that is a Cityscapes file, else from its arrays.

    A Cityscapes file (`*_instanceIds.png`) is read as its official evaluator does, which differs in one point:
    single instances of a class that is not evaluated (caravan, trailer) are not void there.

    Raises:
        InputError: the source cannot be read, or a thing class has a name that Cityscapes does not evaluate.
    """
    if sample.source is not None and sample.source.name.endswith("_instanceIds.png"):
        return _from_cityscapes(sample.source, sample.size, sample.classes)
    return _from_arrays(sample)


def cityscapes_ids() -> dict[str, int]:
    """Return the Cityscapes label id of each class whose instances the benchmark evaluates."""
    from cityscapesscripts.helpers.labels import labels

    return {label.name: label.id for label in labels if label.hasInstances and not label.ignoreInEval}


def _from_arrays(sample: Sample) -> Truth:
    """Codes: 0 is stuff, 1…n the instances, then one group per class, then void."""
    instance_classes = sample.instance_classes
    n_codes = len(instance_classes) + len(sample.classes) + 1
    codes = np.where(sample.crowd, len(instance_classes) + sample.semantic, sample.instances)
    codes[sample.semantic == VOID] = n_codes - 1
    classes = np.concatenate([instance_classes, np.arange(len(sample.classes)), [VOID]]).astype(np.int32)
    is_thing = np.array([*sample.classes.is_thing, False])  # the last one answers for -1
    classes[~is_thing[classes]] = VOID
    number = np.arange(n_codes)
    return Truth(codes, classes, number >= len(instance_classes), number == n_codes - 1)


def _from_cityscapes(path: Path, size: tuple[int, ...], classes: ClassTable) -> Truth:
    """Codes: label · 1000 + k is an instance; a label alone is stuff, void or a group of things."""
    from cityscapesscripts.helpers.labels import labels

    ids = cityscapes_ids()
    codes = read_labels(path, size).astype(np.int32)
    number = np.arange(int(codes.max()) + 1)
    label_ids = np.where(number < 1000, number, number // 1000)
    code_classes = np.full(len(number), VOID, np.int32)
    for thing in classes.things:
        name = classes.names[thing]
        if name not in ids:
            raise InputError(f"classes: expected things that Cityscapes evaluates ({', '.join(ids)}), got {name!r}")
        code_classes[label_ids == ids[name]] = thing
    is_void = np.isin(number, [label.id for label in labels if label.ignoreInEval])
    return Truth(codes, code_classes, number < 1000, is_void)
