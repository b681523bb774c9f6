"""Segmentation of boundary maps by scikit-image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partitioners import checks
from partitioners.arrays import IntegerArray
from partitioners.base import PARTITIONERS
from partitioners.clock import solving
from partitioners.errors import NotApplicable
from partitioners.graph import GridGraph
from partitioners.peers.grid import GridPartitioner
from partitioners.registry import needs

_UNAVAILABLE = needs("skimage", extra="peers")


@PARTITIONERS.register("skimage-felzenszwalb", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class SkimageFelzenszwalb(GridPartitioner):
    """Felzenszwalb and Huttenlocher's segmentation of the boundary map, an image made of affinities (scikit-image).

    The package takes images and no graphs, so what it contracts are differences of the boundary map (1 less the mean
    affinity of a pixel's edges) between 8-neighbours; parts that hang together by corners alone are taken apart. Source:
    Felzenszwalb and Huttenlocher, "Efficient graph-based image segmentation", IJCV 2004.

    Args:
        scale: a number of at least 0; the higher, the larger the parts.
        sigma: the pixels, at least 0, by which the boundary map is blurred.
        min_size: parts of fewer pixels are joined to a neighbour.

    Raises:
        InputError: a parameter is out of range.
        NotApplicable: the grid is no image.
    """

    scale: float = 300.0
    sigma: float = 0.5
    min_size: int = 20

    def __post_init__(self) -> None:
        checks.number("scale", self.scale, 0)
        checks.number("sigma", self.sigma, 0)
        checks.integer("min_size", self.min_size)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {"scale": (10, 30, 100, 300, 1000, 3000), "sigma": (0, 0.5, 1, 2), "min_size": (5, 20, 80)}

    def _cut_grid(self, grid: GridGraph, start: NDArray[np.int64]) -> IntegerArray:
        from skimage.segmentation import felzenszwalb

        if len(grid.shape) != 2:
            raise NotApplicable(f"problem: expected a grid of two axes, got the shape {grid.shape}")
        image = boundary_map(grid)
        with solving():
            labels = felzenszwalb(image, self.scale, self.sigma, self.min_size, channel_axis=None)
        return _connected(labels, grid)


@PARTITIONERS.register("skimage-watershed", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class SkimageWatershed(GridPartitioner):
    """Watershed of the boundary map, an image made of affinities, from all its minima (scikit-image).

    The boundary map is 1 less the mean affinity of a pixel's edges. There is no threshold: every basin is a part.
    Source: Beucher and Lantuéjoul, "Use of watersheds in contour detection", 1979, by flooding from a queue of pixels.

    Args:
        sigma: the pixels, at least 0, by which the boundary map is blurred: the more, the fewer minima.

    Raises:
        InputError: `sigma` is out of range.
    """

    sigma: float = 3.0

    def __post_init__(self) -> None:
        checks.number("sigma", self.sigma, 0)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {"sigma": (0, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 12)}

    def _cut_grid(self, grid: GridGraph, start: NDArray[np.int64]) -> IntegerArray:
        from skimage.filters import gaussian
        from skimage.segmentation import watershed

        image = gaussian(boundary_map(grid), self.sigma)
        with solving():
            labels = watershed(image, mask=grid.mask)
        return _connected(labels, grid)


def boundary_map(grid: GridGraph) -> NDArray[np.float64]:
    """Return (*shape) float64, 1 less the mean affinity of each pixel's edges; 1 for pixels without any."""
    ends = grid.edges.ravel()
    total = np.bincount(ends, np.repeat(grid.weights, 2), grid.n_nodes)
    mean: NDArray[np.float64] = total / np.maximum(np.bincount(ends, minlength=grid.n_nodes), 1)
    return 1 - mean.reshape(grid.shape)


def _connected(labels: IntegerArray, grid: GridGraph) -> IntegerArray:
    """Return `labels` (*shape) with parts that hang together by corners, or across pixels outside the mask, taken apart."""
    from skimage.measure import label

    inside = 1 if grid.mask is None else grid.mask
    separated: IntegerArray = label((labels + 1) * inside, connectivity=1)
    return separated
