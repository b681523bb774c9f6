"""Outlines of segments along the edges of their pixels, exact, as polygons of GeoJSON."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ring = list[list[int]]


def polygons(mask: NDArray[np.bool_], left: int = 0, top: int = 0) -> list[list[Ring]]:
    """Return the polygons of a mask: for each of its pieces the outer ring and those of its holes.

    Pixels that touch at a corner only are different pieces, so that no ring touches itself. Rings are closed, in pixels
    with (0, 0) at the corner of the first one; outer rings go clockwise on a screen, where y points down.

    Args:
        mask: (h, w) bool.
        left, top: the position of the mask's first pixel.
    """
    from scipy.ndimage import find_objects, label

    pieces, _ = label(mask)
    found = []
    for number, box in enumerate(find_objects(pieces), 1):
        rings = _rings(pieces[box] == number, left + box[1].start, top + box[0].start)
        found.append(sorted(rings, key=_area, reverse=True))  # holes go the other way, so that their area is below 0
    return found


def _rings(piece: NDArray[np.bool_], left: int, top: int) -> list[Ring]:
    """Return the closed rings around a piece and its holes, with a point at each turn."""
    padded = np.pad(piece, 1)
    inside = padded[1:-1, 1:-1]
    after: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for (
        missing,
        start,
        end,
    ) in (  # each side of a pixel without a neighbour, from corner to corner, the pixel on the right
        (~padded[:-2, 1:-1], (0, 0), (1, 0)),
        (~padded[1:-1, 2:], (1, 0), (1, 1)),
        (~padded[2:, 1:-1], (1, 1), (0, 1)),
        (~padded[1:-1, :-2], (0, 1), (0, 0)),
    ):
        for y, x in np.argwhere(inside & missing).tolist():
            after.setdefault((x + start[0], y + start[1]), []).append((x + end[0], y + end[1]))
    rings = []
    while after:
        corner = first = next(iter(after))
        step, points = (0, 0), []
        while True:
            ends = after[corner]
            # where two pixels meet at a corner only, turning left goes on along the same hole, or the outside
            left_turn = (corner[0] + step[1], corner[1] - step[0])
            end = ends.pop(ends.index(left_turn) if left_turn in ends else -1)
            if not ends:
                del after[corner]
            new = (end[0] - corner[0], end[1] - corner[1])
            if new != step:
                points.append([corner[0] + left, corner[1] + top])
            corner, step = end, new
            if corner == first:
                break
        rings.append([*points, points[0]])
    return rings


def _area(ring: Ring) -> int:
    """Return twice the signed area of a ring."""
    return sum(x * b - a * y for (x, y), (a, b) in pairwise(ring))


def geometry(mask: NDArray[np.bool_], left: int, top: int) -> dict[str, Any]:
    """Return the GeoJSON geometry of a mask whose first pixel is at (left, top)."""
    found = polygons(mask, left, top)
    if len(found) == 1:
        return {"type": "Polygon", "coordinates": found[0]}
    return {"type": "MultiPolygon", "coordinates": found}
