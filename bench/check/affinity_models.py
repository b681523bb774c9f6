"""The promises of every affinity model: one function per promise.

Each takes `make`, which returns the model, an image that it can predict, and the stride that it is made for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from affinity_models import VOID, AffinityModel, Sample
from bench.check.promises import checks_of, expect
from bench.check.pyramids import arrays
from partitioners import PARTITIONERS, AffinityPyramid

Make = Callable[[], AffinityModel]
SIZES = ((50, 33), (7, 64), (1, 1))
"""Of crops: not a multiple of anything, smaller than a tile, a single pixel."""

EXEMPT = {
    "corrected": {"image alone": "it is a control, which looks at the ground truth"},
    "oracle": {"image alone": "it is a control, which looks at the ground truth"},
    "saved": {"any size": "it has pyramids of whole images only"},
}
"""Promises that are broken on purpose, and why, by the names of models."""


def expect_pyramid(pyramid: AffinityPyramid, sample: Sample) -> None:
    """Refuse what is no pyramid for the image."""
    expect(isinstance(pyramid, AffinityPyramid), f"expected an AffinityPyramid, got {type(pyramid).__name__}")
    expected = {"image_size": sample.size, "classes": sample.classes}
    for field, value in expected.items():
        got = getattr(pyramid, field)
        expect(got == value, f"expected {field} {value} of an image of {sample.size} pixels, got {got}")


def expect_alike(first: AffinityPyramid, second: AffinityPyramid, otherwise: str) -> None:
    """Refuse pyramids whose levels differ."""
    same_depth = len(first.levels) == len(second.levels)
    expect(same_depth and all(map(np.array_equal, arrays(first), arrays(second))), otherwise)


def check_predict(make: Make, sample: Sample, stride: int) -> None:
    """`predict` returns an `AffinityPyramid` of the image's size and classes."""
    expect_pyramid(make().predict(sample, stride), sample)


def check_any_size(make: Make, sample: Sample, stride: int) -> None:
    """Images of any size are predicted."""
    for height, width in SIZES:
        layers = {name: getattr(sample, name)[:height, :width] for name in ("image", "semantic", "instances")}
        crop = replace(sample, **layers, source=None)
        expect_pyramid(make().predict(crop, stride), crop)


def check_deterministic(make: Make, sample: Sample, stride: int) -> None:
    """A second call, and a second object made alike, give the same pyramid."""
    model = make()
    first = model.predict(sample, stride)
    expect_alike(first, model.predict(sample, stride), "the second call differs")
    expect_alike(first, make().predict(sample, stride), "the second object differs")


def check_image_alone(make: Make, sample: Sample, stride: int) -> None:
    """The image decides, not the ground truth beside it."""
    void, none = np.full(sample.size, VOID), np.zeros(sample.size, int)
    blind = replace(sample, semantic=void, instances=none, source=None)
    otherwise = "without its ground truth the same image gives another pyramid"
    expect_alike(make().predict(sample, stride), make().predict(blind, stride), otherwise)


def check_input_unchanged(make: Make, sample: Sample, stride: int) -> None:
    """Read-only arrays are accepted, and no array is changed."""
    layers = {name: getattr(sample, name).copy() for name in ("image", "semantic", "instances")}
    before = {name: layer.copy() for name, layer in layers.items()}
    make().predict(replace(sample, **layers), stride)
    for name, layer in layers.items():
        expect(np.array_equal(layer, before[name]), f"{name} was changed")


def check_version(make: Make, sample: Sample, stride: int) -> None:
    """`version` is a string, the same for two objects made alike."""
    first, second = make().version, make().version
    expect(isinstance(first, str), f"expected a string, got {type(first).__name__}")
    expect(first == second, f"got {first!r} and {second!r}")


def check_partition(make: Make, sample: Sample, stride: int) -> None:
    """The cascade takes its pyramids of images, `gaec` those of volumes."""
    found = PARTITIONERS.create("gaec" if sample.is_volume else "cascade-gaec").segment(make().predict(sample, stride))
    expect(found.labels.shape == sample.size, f"expected labels of {sample.size} pixels, got {found.labels.shape}")


CHECKS = checks_of(globals())
