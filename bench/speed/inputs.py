"""Affinity maps of known partitions, from a seed, to time flat partitioners on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter

from affinity_models.data.targets import same_region
from partitioners import NEIGHBOURS
from partitioners.errors import InputError

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
    """An affinity map and the partition it was made from.

    Args:
        name: one of `INPUTS`.
        affinity: (2, h, w) float32 in [0, 1], to the right and down (`NEIGHBOURS`).
        truth: (h, w) int32 labels from 0.
    """

    name: str
    affinity: NDArray[np.float32]
    truth: NDArray[np.int32]


def make(name: str, shape: tuple[int, int], seed: int = 0) -> Input:
    """Return an input; it depends on nothing but the arguments.

    Args:
        name: one of `INPUTS`. "noisy" affinities are the sigmoid of ±3 with Gaussian noise of deviation 1.5 on each edge;
            "smooth" ones are blurred, saturated and rounded to half precision, as networks emit them.
        shape: (h, w).
        seed: of the partition and of the noise.

    Raises:
        InputError: there is no such input.
    """
    if name not in INPUTS:
        raise InputError(f"input: expected one of {', '.join(INPUTS)}, got {name!r}")
    kind, across = name.split("-")
    rng = np.random.default_rng([seed, KINDS.index(kind), int(across), *shape])
    truth = voronoi(shape, int(across), rng)
    return Input(name, {"noisy": _noisy, "smooth": _smooth}[kind](truth, rng), truth)


def voronoi(shape: tuple[int, int], across: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """Return (h, w) int32 labels 0…n-1, at least 2: to which of n random pixels each is nearest; mean area `across`²."""
    n_pixels = shape[0] * shape[1]
    seeds = rng.choice(n_pixels, max(2, round(n_pixels / across**2)), replace=False)
    number = np.full(shape, -1, np.int32)
    number.flat[seeds] = np.arange(len(seeds))
    rows, columns = distance_transform_edt(number < 0, return_distances=False, return_indices=True)
    nearest: NDArray[np.int32] = number[rows, columns]
    return nearest


def _noisy(truth: NDArray[np.int32], rng: np.random.Generator) -> NDArray[np.float32]:
    inside = same_region(truth, NEIGHBOURS)
    logit = rng.standard_normal(inside.shape, np.float32)
    logit *= DEVIATION
    logit += np.where(inside, np.float32(SURE), np.float32(-SURE))
    return _sigmoid(logit)


def _smooth(truth: NDArray[np.int32], rng: np.random.Generator) -> NDArray[np.float32]:
    inside = same_region(truth, NEIGHBOURS)
    inside[0, :, -1] = inside[1, -1] = True  # the border of the image is no boundary
    boundary = gaussian_filter((~inside).any(axis=0).astype(np.float32), BLUR) * (np.sqrt(2 * np.pi) * BLUR)
    noise = gaussian_filter(rng.standard_normal(inside.shape, np.float32), (0, BLUR, BLUR)) * (
        2 * np.sqrt(np.pi) * BLUR
    )
    logit = (INSIDE - DROP * boundary + ERROR * noise).astype(np.float32)
    return _sigmoid(logit).astype(np.float16).astype(np.float32)


def _sigmoid(logit: NDArray[np.float32]) -> NDArray[np.float32]:
    sigmoid: NDArray[Any] = 1 / (1 + np.exp(-logit))
    return sigmoid
