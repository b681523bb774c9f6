"""The promises of every data set: one function per promise.

Each takes `make`, which returns the data set, and the number of images to read.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable

import numpy as np

from affinity_models import Sample
from affinity_models.data import Dataset
from bench.check.promises import Broken, checks_of, expect
from partitioners import ClassTable, InputError, Segmentation

Make = Callable[[], Dataset]
LAYERS = ("image", "semantic", "instances")


def perfect(sample: Sample) -> Segmentation:
    """Return the true instances as if they had been found."""
    classes = sample.instance_classes[1:]
    return Segmentation(sample.instances, classes, np.ones(len(classes)))


def check_names(make: Make, limit: int) -> None:
    """`names()` is a list of unique strings, at least one, and the same at each call."""
    dataset = make()
    names = dataset.names()
    expect(isinstance(names, list) and len(names) > 0, f"expected a list of names, got {names!r}")
    others = [name for name in names if not isinstance(name, str)]
    expect(not others, f"expected strings, got {others[:3]}")
    expect(
        len(set(names)) == len(names), f"expected unique names, got {len(set(names))} different ones of {len(names)}"
    )
    expect(names == dataset.names(), "the second call differs")
    expect(names == make().names(), "the second object differs")


def check_classes_and_stride(make: Make, limit: int) -> None:
    """`classes` is a `ClassTable`, `stride` a whole number of at least 1."""
    dataset = make()
    classes, stride = getattr(dataset, "classes", None), getattr(dataset, "stride", None)
    expect(isinstance(classes, ClassTable), f"classes: expected a ClassTable, got {type(classes).__name__}")
    whole = isinstance(stride, int) and not isinstance(stride, bool) and stride >= 1
    expect(whole, f"stride: expected a whole number of at least 1, got {stride!r}")


def check_samples(make: Make, limit: int) -> None:
    """`read` returns a `Sample` of that name: 8 bits per channel, the data set's classes, instances 1…n of things."""
    dataset = make()
    for name in dataset.names()[:limit]:
        sample = dataset.read(name)
        expect(isinstance(sample, Sample), f"{name}: expected a Sample, got {type(sample).__name__}")
        expect(sample.name == name, f"{name}: expected a sample of that name, got {sample.name!r}")
        expect(sample.image.dtype == np.uint8, f"{name}: expected an image of uint8, got {sample.image.dtype}")
        expect(
            sample.classes == dataset.classes, f"{name}: expected the data set's classes, got {sample.classes.names}"
        )
        numbers = np.unique(sample.instances[sample.instances > 0])
        n_missing = int(numbers.max(initial=0)) - len(numbers)
        expect(n_missing == 0, f"{name}: expected instances 1…n, but {n_missing} numbers are missing")
        kinds = np.unique(sample.semantic[sample.instances > 0])
        no_things = np.setdiff1d(kinds, sample.classes.things).tolist()
        expect(not no_things, f"{name}: expected instances of things, got some of the classes {no_things}")


def check_deterministic(make: Make, limit: int) -> None:
    """Reading an image again, by a second object made alike too, gives the same."""
    dataset = make()
    name = dataset.names()[0]
    first = dataset.read(name)
    for which, again in {"call": dataset, "object": make()}.items():
        second = again.read(name)
        for layer in LAYERS:
            same = np.array_equal(getattr(first, layer), getattr(second, layer))
            expect(same, f"{name}: {layer} differs in the second {which}")


def check_iteration(make: Make, limit: int) -> None:
    """`samples(n)` yields the first n images in order."""
    dataset = make()
    for number in (0, 1, limit):
        found, expected = [sample.name for sample in dataset.samples(number)], dataset.names()[:number]
        expect(found == expected, f"samples({number}): expected {expected}, got {found}")


def check_unknown_image(make: Make, limit: int) -> None:
    """An unknown name is an `InputError`."""
    try:
        make().read("no such image")
    except InputError:
        return
    raise Broken("read('no such image') returned something")


def check_pickle(make: Make, limit: int) -> None:
    """It can be pickled, which brings it to other processes."""
    dataset = make()
    copy = pickle.loads(pickle.dumps(dataset))
    expect(copy.names() == dataset.names(), "the copy has other names")


def check_distance(make: Make, limit: int) -> None:
    """`distance` returns None, or positive float32 metres for each pixel, NaN where unknown."""
    dataset = make()
    name = dataset.names()[0]
    distance = dataset.distance(name)
    if distance is not None:
        expected: tuple[object, object] = (dataset.read(name).size, np.float32)
        got = (distance.shape, distance.dtype)
        expect(got == expected, f"{name}: expected {expected[0]} float32, got {got[0]} {got[1]}")
        expect(not (distance <= 0).any(), f"{name}: expected positive distances, got {np.nanmin(distance)}")


def check_figures_of_merit(make: Make, limit: int) -> None:
    """`figures_of_merit` gives the true instances the best figures that there are, 1."""
    dataset = make()
    samples = [sample for sample in dataset.samples(limit) if sample.instances.any()]
    figures = dataset.figures_of_merit([(sample, perfect(sample)) for sample in samples]) if samples else {}
    for name, value in figures.items():
        expect(abs(value - 1) < 1e-6, f"{name}: expected 1 for the true instances, got {value}")


CHECKS = checks_of(globals())
