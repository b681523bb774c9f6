"""The canvas with the colour, id and depth layers of an image, and the pixels that a polygon covers."""

import numpy as np
from numpy.typing import NDArray

from affinity_models.data.street.camera import HEIGHT, WIDTH
from partitioners.arrays import FloatArray

Window = tuple[slice, slice]


def polygon_mask(polygon: FloatArray) -> tuple[Window, NDArray[np.bool_]] | None:
    """Return the pixels whose centre lies inside a polygon by the even-odd rule.

    polygon: (N, 2) column and row of the corners, pixels.
    The result is the image window around it and the mask (bool) in that window, or None if it lies outside the image.
    """
    low = np.clip(np.floor(polygon.min(axis=0)).astype(int), 0, (WIDTH, HEIGHT))
    high = np.clip(np.ceil(polygon.max(axis=0)).astype(int), 0, (WIDTH, HEIGHT))
    (left, top), (right, bottom) = low, high
    if left >= right or top >= bottom:
        return None
    centres = np.arange(top, bottom)[:, None] + 0.5
    x0, y0 = polygon.T
    x1, y1 = np.roll(polygon, -1, axis=0).T
    row, edge = np.nonzero((y0 <= centres) != (y1 <= centres))
    along = (centres[row, 0] - y0[edge]) / (y1[edge] - y0[edge])
    crossing = np.ceil(x0[edge] + along * (x1[edge] - x0[edge]) - 0.5).astype(int)
    toggles = np.zeros((bottom - top, right - left + 1), np.int32)
    np.add.at(toggles, (row, np.clip(crossing, left, right) - left), 1)
    inside = (np.cumsum(toggles[:, :-1], axis=1) & 1).astype(bool)
    return (slice(top, bottom), slice(left, right)), inside


class Canvas:
    """The layers of an image while it is painted from far to near.

    colour: float64 (HEIGHT, WIDTH, 3), 0 to 1; ids: int32, Cityscapes instance ids; depth: float64, metres (inf: sky).
    """

    def __init__(self, grain: FloatArray) -> None:
        """Make an empty canvas; grain: float64 (HEIGHT, WIDTH), noise around 0 that every filled polygon carries."""
        self.grain = grain
        self.colour = np.zeros((HEIGHT, WIDTH, 3))
        self.ids = np.zeros((HEIGHT, WIDTH), np.int32)
        self.depth = np.full((HEIGHT, WIDTH), np.inf)

    def paint(
        self,
        window: Window,
        mask: NDArray[np.bool_],
        colour: FloatArray,
        identity: int | None,
        depth: FloatArray | float,
    ) -> None:
        """Paint colour ((3,) or the window's shape + (3,)) where the mask is set; identity None keeps ids and depth."""
        self.colour[window][mask] = np.broadcast_to(colour, (*mask.shape, 3))[mask]
        if identity is not None:
            self.ids[window][mask] = identity
            self.depth[window][mask] = np.broadcast_to(depth, mask.shape)[mask]

    def fill(
        self,
        polygon: FloatArray,
        colour: FloatArray,
        identity: int | None,
        depth: float,
        alpha: float = 1.0,
        roughness: float = 0.08,
        sheen: float = 0.12,
    ) -> None:
        """Fill a polygon ((N, 2), pixels) with a grained colour ((3,)).

        alpha: opacity, 0 to 1; roughness: strength of the grain; sheen: share by which the polygon is lighter at its
        top and darker at its bottom.
        """
        region = polygon_mask(polygon)
        if region is None:
            return
        window, mask = region
        light = 1 + roughness * self.grain[window] + sheen * np.linspace(1, -1, mask.shape[0])[:, None]
        blended = alpha * colour * light[..., None] + (1 - alpha) * self.colour[window]
        self.paint(window, mask, blended, identity, depth)
