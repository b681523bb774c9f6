"""The promises of every pyramid partitioner: one function per promise.

Each takes `make`, which returns the partitioner.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from affinity_models import AFFINITY_MODELS, Sample
from affinity_models.metrics.matching import match
from bench.check.promises import Broken, checks_of, expect, expect_threads_agree
from bench.check.pyramids import arrays, example_pyramids, random_pyramid, without_outside
from partitioners import ClassTable, InputError, PyramidPartitioner, Segmentation

Make = Callable[[], PyramidPartitioner]


def check_segmentation(make: Make) -> None:
    """The answer is a `Segmentation` of the image's size, in which each instance is a thing and has a pixel."""
    for name, pyramid in example_pyramids().items():
        found = make().segment(pyramid)
        expect(isinstance(found, Segmentation), f"{name}: expected a Segmentation, got {type(found).__name__}")
        expected, got = pyramid.image_size, found.labels.shape
        expect(got == expected, f"{name}: expected labels of {expected} pixels, got {got}")
        things = np.isin(found.classes, pyramid.classes.things)
        expect(bool(things.all()), f"{name}: the classes {found.classes[~things].tolist()} of instances are no things")
        missing = np.setdiff1d(np.arange(1, len(found) + 1), found.labels)
        expect(len(missing) == 0, f"{name}: the instances {missing.tolist()} have no pixel")


def check_deterministic(make: Make) -> None:
    """A second call, and a second object made alike, give the same instances."""
    for name, pyramid in example_pyramids().items():
        partitioner = make()
        first = partitioner.segment(pyramid)
        for which, again in {"call": partitioner, "object": make()}.items():
            found = again.segment(pyramid)
            same = all(np.array_equal(getattr(first, part), getattr(found, part)) for part in vars(first))
            expect(same, f"{name}: the second {which} differs")


def check_threads(make: Make) -> None:
    """Calls of one object from several threads at once give the instances that one thread gets."""
    pyramid, partitioner = example_pyramids()["ties"], make()
    expect_threads_agree(lambda: partitioner.segment(pyramid).labels)


def check_input_unchanged(make: Make) -> None:
    """Read-only arrays are accepted, and no array is changed."""
    for name, pyramid in example_pyramids().items():
        before = [array.copy() for array in arrays(pyramid)]
        make().segment(pyramid)
        unchanged = all(map(np.array_equal, arrays(pyramid), before))
        expect(unchanged, f"{name}: the pyramid was changed")


def check_outside(make: Make) -> None:
    """Affinities whose second pixel is outside the image are not read."""
    pyramid = random_pyramid((13, 21), depth=3)
    expected, found = make().segment(pyramid), make().segment(without_outside(pyramid))
    same = all(np.array_equal(getattr(expected, part), getattr(found, part)) for part in vars(expected))
    expect(same, "the instances depend on them")


def check_bad_input(make: Make) -> None:
    """Anything but a pyramid is an `InputError`."""
    for problem in (None, "pyramid", np.zeros((2, 3, 3)), random_pyramid((4, 4)).levels):
        try:
            make().segment(problem)  # type: ignore[arg-type]
        except InputError as error:
            named = str(error).startswith("pyramid:")
            expect(named, f"the message {str(error)!r} does not begin with the name of the argument")
        else:
            raise Broken(f"accepted {type(problem).__name__}")


def check_two_objects(make: Make) -> None:
    """Two objects far apart in perfect affinities are both found, and nothing else."""
    instances = np.zeros((48, 64), int)
    instances[8:24, 8:25], instances[28:44, 40:57] = 1, 2  # 272 pixels each: `gmis` takes no fewer than 257
    image = np.zeros((48, 64, 3), np.uint8)
    sample = Sample(
        "two objects", image, (instances > 0).astype(int), instances, ClassTable(("road", "car"), (False, True))
    )
    found = make().segment(AFFINITY_MODELS.create("oracle").predict(sample, 1))
    expect(len(found) == 2, f"expected 2 instances, got {len(found)}")
    n_met = int((match(sample, found).iou > 0.5).sum())
    expect(n_met == 2, f"the instances cover {n_met} of the 2 objects with an overlap above one half")


CHECKS = checks_of(globals())
