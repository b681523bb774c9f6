"""Synthetic volumes: tissue of cells that touch, and neurites that run through packed, each with an image.

Both are Voronoi diagrams in a space that is bent by smooth noise, so that borders are curved: of cells, the regions around
jittered points of a lattice; of neurites, around branching random walks. Slices are further apart than pixels.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from affinity_models.data.targets import connected_pieces
from partitioners.arrays import FloatArray, IntegerArray
from partitioners.labels import consecutive

ANISOTROPY = 2.5  # of the distance of slices to that of pixels, in which lengths below are
DIAMETER = 16.0  # of cells
CALIBRE = 12.0  # mean diameter of neurites
BEND = 3.0  # standard deviation of the displacement of space
WAVE = 8.0  # length over which displacements are alike
TURN = 0.2  # by which a neurite changes its direction at each step
BRANCHES = 2  # of each neurite
SMALLEST = 30  # voxels of an instance; smaller ones, and loose pieces of any, are background

KINDS = {"cells": "cell", "neurites": "neurite"}
"""Kinds of volumes, and the class of their instances."""


def generate(
    kind: str, shape: tuple[int, int, int], seed: int, name: str
) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Return the image (d, h, w) and the instances (d, h, w), 0 for background, of a volume.

    Args:
        kind: one of `KINDS`.
        shape: (d, h, w).
        seed, name: the seed and the name that decide the volume.
    """
    rng = np.random.default_rng([seed, crc32(name.encode())])
    scale = np.array([ANISOTROPY, 1, 1])
    extent = np.array(shape) * scale
    grid = np.indices(shape, np.float32).reshape(3, -1).T * scale
    grid = grid + np.stack([BEND * smooth(rng, shape, WAVE).ravel() for _ in range(3)], axis=1)
    labels = _whole((_cells if kind == "cells" else _neurites)(grid, extent, rng).reshape(shape))
    return _image(labels, kind, rng), labels


def smooth(rng: np.random.Generator, shape: tuple[int, ...], length: float) -> FloatArray:
    """Return noise (d, h, w) of mean 0 and deviation 1, smooth over `length`."""
    from scipy.ndimage import gaussian_filter

    noise = gaussian_filter(rng.standard_normal(shape), (length / ANISOTROPY, length, length), mode="nearest")
    result: FloatArray = (noise - noise.mean()) / max(noise.std(), 1e-9)
    return result


def _cells(grid: FloatArray, extent: FloatArray, rng: np.random.Generator) -> IntegerArray:
    """Return the label of each point of a `grid` (n, 3): of the nearest of the cells, or 0 outside of the tissue."""
    axes = [np.arange(rng.uniform(-DIAMETER, 0), length + DIAMETER, DIAMETER) for length in extent]
    centres = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    centres += rng.uniform(-0.4, 0.4, centres.shape) * DIAMETER
    from_middle = 2 * grid / extent - 1
    outside = (from_middle**4).sum(axis=1) > 1
    return np.where(outside, 0, _nearest(centres, grid) + 1)


def _neurites(grid: FloatArray, extent: FloatArray, rng: np.random.Generator) -> IntegerArray:
    """Return the label of each point of a `grid` (n, 3): of the nearest of the neurites."""
    count = max(2, round(float(np.prod(extent) ** (2 / 3)) / CALIBRE**2))
    paths = [_neurite(extent, rng) for _ in range(count)]
    owner = np.repeat(np.arange(count), [len(path) for path in paths])
    return owner[_nearest(np.concatenate(paths), grid)] + 1


def _neurite(extent: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return the points (n, 3) of a random walk that enters and leaves the volume, and of its branches."""
    start, direction = rng.uniform(0, extent), rng.standard_normal(3)
    path = np.concatenate([_walk(start, direction, extent, rng), _walk(start, -direction, extent, rng)])
    branches = [_walk(path[rng.integers(len(path))], rng.standard_normal(3), extent, rng) for _ in range(BRANCHES)]
    return np.concatenate([path, *branches])


def _walk(start: FloatArray, direction: FloatArray, extent: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return points (n, 3) a unit apart, from `start` to beyond the border, or as many as the volume is long."""
    steps = np.cumsum(TURN * rng.standard_normal((int(extent.sum()), 3)), axis=0) + direction / np.linalg.norm(
        direction
    )
    points = start + np.cumsum(steps / np.linalg.norm(steps, axis=1, keepdims=True), axis=0)
    outside = ((points < -CALIBRE) | (points > extent + CALIBRE)).any(axis=1)
    end = int(outside.argmax()) if outside.any() else len(points)
    return np.concatenate([start[None], points[:end]])


def _nearest(points: FloatArray, grid: FloatArray) -> IntegerArray:
    from scipy.spatial import KDTree

    nearest: IntegerArray = KDTree(points).query(grid)[1]
    return nearest


def _whole(labels: IntegerArray) -> NDArray[np.int32]:
    """Return labels 1…n, each in one piece, its largest, of at least SMALLEST voxels; the rest is background."""
    pieces = connected_pieces(labels).ravel()
    _, first, sizes = np.unique(pieces, return_index=True, return_counts=True)
    owner = labels.ravel()[first]
    order = np.lexsort([-sizes, owner])
    _, leading = np.unique(owner[order], return_index=True)
    is_kept = np.zeros(len(sizes), bool)
    is_kept[order[leading]] = True
    is_kept &= sizes >= SMALLEST
    return consecutive(np.where(is_kept[pieces].reshape(labels.shape), labels, 0))


def _image(labels: IntegerArray, kind: str, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the image (d, h, w): of cells, bright membranes as under a light microscope, of neurites dark ones."""
    from scipy.ndimage import gaussian_filter, maximum_filter, minimum_filter

    border = maximum_filter(labels, 2) != minimum_filter(labels, 2)
    membrane = gaussian_filter(border.astype(np.float32), (0.3, 0.8, 0.8))
    texture = 10 * smooth(rng, labels.shape, 2.0) + 8 * rng.standard_normal(labels.shape)
    inside, wall, outside = (50, 200, 15) if kind == "cells" else (180, 40, 150)
    image = np.where(labels > 0, inside, outside) * (1 - membrane) + wall * membrane + texture
    pixels: NDArray[np.uint8] = image.clip(0, 255).astype(np.uint8)
    return pixels
