"""Noise fields, and the patterns of house fronts, lane marks and pedestrian crossings."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from partitioners.arrays import FloatArray

TILE = 256  # side of a repeating noise tile, pixels


def noise(rng: np.random.Generator, shape: tuple[int, int], scales: tuple[float, ...]) -> FloatArray:
    """Return repeating noise (float64, mean 0, deviation 1), a sum of octaves with wavelengths `scales`, pixels."""
    total = np.zeros(shape)
    for scale in scales:
        size = [max(2, round(side / scale)) for side in shape]
        octave = rng.standard_normal(size)
        zoom = [side / coarse for side, coarse in zip(shape, size, strict=True)]
        total += ndimage.zoom(octave, zoom, order=1, mode="grid-wrap", grid_mode=True)[: shape[0], : shape[1]]
    normalised: FloatArray = (total - total.mean()) / total.std()
    return normalised


def sample(tile: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the values of a repeating tile in the pixels that contain (x, y), positions in tile pixels."""
    column = np.floor(x).astype(np.int64) % tile.shape[1]
    row = np.floor(y).astype(np.int64) % tile.shape[0]
    return tile[row, column]


def facade(rng: np.random.Generator, along: FloatArray, up: FloatArray, height: float, tile: FloatArray) -> FloatArray:
    """Return colours (..., 3) of a house front at positions along and up it (metres): plaster, windows and shops.

    height: height of the house, metres; tile: a repeating noise tile.
    """
    wall = rng.uniform(0.25, 0.75) * (1 + rng.normal(0, 0.08, 3)) * (1.08, 1.0, 0.9)
    pitch, storey = rng.uniform(1.6, 3.2), rng.uniform(2.9, 3.6)
    pane = rng.uniform(0.25, 0.4)
    column, row = np.floor(along / pitch), np.floor((up - 0.3) / storey)
    in_column, in_row = along / pitch - column, (up - 0.3) / storey - row
    colour = wall * (1 + 0.07 * sample(tile, along * 12, up * 12)[..., None])
    framed = (abs(in_column - 0.5) < pane + 0.05) & (abs(in_row - 0.52) < 0.36)
    window = (abs(in_column - 0.5) < pane) & (abs(in_row - 0.52) < 0.31)
    glow = sample(rng.uniform(0.08, 0.45, (32, 32)), column, row)
    top = up > height - 0.45
    colour[framed & ~top] = np.clip(wall * rng.uniform(0.7, 1.4), 0, 0.95)
    colour[window & ~top] = glow[window & ~top, None] * (0.85, 0.95, 1.05)
    shop = (up < 0.85 * storey) & (sample(rng.random((32, 32)), column // 3, np.zeros_like(row)) < 0.6)
    display = shop & (up < 0.6 * storey) & (abs(in_column - 0.5) < 0.42) & (up > 0.35)
    board = shop & (up > 0.64 * storey)
    colour[shop] = 0.8 * wall
    colour[display] = (0.15 + 0.9 * glow[display, None]) * (1 + 0.15 * sample(tile, along * 9, up * 9)[display, None])
    colour[board] = sample(rng.uniform(0.1, 0.75, (32, 96)), column // 3, row)[board, None] * rng.uniform(0.6, 1.2, 3)
    colour[top] = 0.7 * wall
    return colour


def lane_marks(x: FloatArray, z: FloatArray, lanes: FloatArray, edges: tuple[float, float]) -> NDArray[np.bool_]:
    """Return where the road is painted white: dashes at the x of `lanes`, and lines at those of `edges`, metres."""
    marks = np.zeros(x.shape, bool)
    for lane in lanes:
        marks |= (abs(x - lane) < 0.07) & (z % 9 < 4)
    for edge in edges:
        marks |= abs(x - edge) < 0.06
    return marks


def crossing(x: FloatArray, z: FloatArray, at: float) -> NDArray[np.bool_]:
    """Return the stripes of a pedestrian crossing 3 m deep that begins at depth `at`, metres."""
    return (z > at) & (z < at + 3) & (x % 1.1 < 0.5)
