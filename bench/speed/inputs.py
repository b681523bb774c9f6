"""Affinities of known partitions of images and volumes, from a seed, to time flat partitioners on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter

from affinity_models import create
from affinity_models import data as datasets
from affinity_models.data.targets import same_region
from bench.speed.pyramids import NOISE
from partitioners import NEIGHBOURS
from partitioners.errors import InputError
from partitioners.graph import Offsets

KINDS = ("noisy", "smooth")
ACROSS = (16, 128, 512)
INPUTS = tuple(f"{kind}-{across}" for kind in KINDS for across in ACROSS)
"""Names of inputs: the kind of affinities, and how many pixels a segment is about across."""

# noisy: independent errors that turn 2.3 % of the signs; nearly no ties
SURE, DEVIATION = 3.0, 1.5
# smooth: logits of `INSIDE`, lower by `DROP` on a straight boundary, with errors of `ERROR`, all blurred by `BLUR` pixels;
# half precision then leaves a few thousand different affinities, and many that are exactly 1
INSIDE, DROP, ERROR, BLUR = 6.0, 12.0, 2.0, 1.0


@dataclass(frozen=True, eq=False)
class Input:
    """Affinities and the partition they were made from.

    Args:
        name: one of `INPUTS`, or the name of a volume.
        affinity: (A, *shape) float32 in [0, 1], those of direct neighbours first.
        truth: (*shape) int32 labels from 0.
    """

    name: str
    affinity: NDArray[np.float32]
    truth: NDArray[np.int32]


def make(name: str, shape: tuple[int, int], seed: int = 0, offsets: Offsets = NEIGHBOURS) -> Input:
    """Return an input; it depends on nothing but the arguments.

    Args:
        name: one of `INPUTS`. "noisy" affinities are the sigmoid of ±3 with Gaussian noise of deviation 1.5 on each edge;
            "smooth" ones are blurred, saturated and rounded to half precision, as networks emit them.
        shape: (h, w).
        seed: the seed of the partition and of the noise.
        offsets: the steps of the affinities, `NEIGHBOURS` and any longer ones, which change none of those of the neighbours.

    Raises:
        InputError: there is no such input.
    """
    if name not in INPUTS:
        raise InputError(f"input: expected one of {', '.join(INPUTS)}, got {name!r}")
    kind, across = name.split("-")
    rng = np.random.default_rng([seed, KINDS.index(kind), int(across), *shape])
    truth = voronoi(shape, int(across), rng)
    return Input(name, {"noisy": _noisy, "smooth": _smooth}[kind](truth, offsets, rng), truth)


def neurites(shape: tuple[int, int, int], seed: int = 0) -> Input:
    """Return a volume of the data set `volumes`, with the oracle's affinities, direct and long ones.

    Args:
        shape: (d, h, w).
        seed: the seed of the volume and of the errors.
    """
    dataset = datasets.create("volumes", kind="neurites", shape=shape, count=1, seed=seed)
    volume = dataset.read(dataset.names()[0])
    oracle = create("oracle", noise=NOISE, seed=seed, neighbourhood="long-range")
    affinity = oracle.predict(volume, 1).levels[0].affinity.astype(np.float32, copy=False)
    return Input(f"neurites-{'x'.join(map(str, shape))}", affinity, volume.instances)


def voronoi(shape: tuple[int, int], across: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """Return (h, w) int32 labels 0…n-1, at least 2: to which of n random pixels each is nearest; mean area `across`²."""
    n_pixels = shape[0] * shape[1]
    seeds = rng.choice(n_pixels, max(2, round(n_pixels / across**2)), replace=False)
    number = np.full(shape, -1, np.int32)
    number.flat[seeds] = np.arange(len(seeds))
    rows, columns = distance_transform_edt(number < 0, return_distances=False, return_indices=True)
    nearest: NDArray[np.int32] = number[rows, columns]
    return nearest


def _noisy(truth: NDArray[np.int32], offsets: Offsets, rng: np.random.Generator) -> NDArray[np.float32]:
    inside = same_region(truth, offsets)
    logit = rng.standard_normal(inside.shape, np.float32)
    logit *= DEVIATION
    logit += np.where(inside, np.float32(SURE), np.float32(-SURE))
    return _sigmoid(logit)


def _smooth(truth: NDArray[np.int32], offsets: Offsets, rng: np.random.Generator) -> NDArray[np.float32]:
    reach = max(map(max, offsets))
    beyond = np.pad(truth, ((0, reach), (0, reach)), "edge")  # the border of the image is no boundary
    apart = ~same_region(beyond, offsets)[:, : len(truth), : truth.shape[1]]
    apart[:2] = apart[:2].any(axis=0)
    height = np.ones((len(offsets), 1, 1))
    height[:2] = np.sqrt(2 * np.pi) * BLUR  # of neighbours, a line; of long offsets, an area
    boundary = gaussian_filter(apart.astype(np.float32), (0, BLUR, BLUR)) * height
    noise = gaussian_filter(rng.standard_normal(apart.shape, np.float32), (0, BLUR, BLUR)) * (2 * np.sqrt(np.pi) * BLUR)
    logit = (INSIDE - DROP * boundary + ERROR * noise).astype(np.float32)
    return _sigmoid(logit).astype(np.float16).astype(np.float32)


def _sigmoid(logit: NDArray[np.float32]) -> NDArray[np.float32]:
    sigmoid: NDArray[Any] = 1 / (1 + np.exp(-logit))
    return sigmoid
