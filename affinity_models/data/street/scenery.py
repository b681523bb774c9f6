"""The backdrop of a scene: sky, ground and the walls along the street, painted with labels of stuff classes."""

from dataclasses import dataclass

import numpy as np
from cityscapesscripts.helpers.labels import name2label

from affinity_models.data.street.camera import HEIGHT, WIDTH, Camera
from affinity_models.data.street.raster import Canvas, polygon_mask
from affinity_models.data.street.texture import TILE, crossing, facade, lane_marks, noise, sample
from partitioners.arrays import FloatArray


@dataclass(frozen=True)
class Street:
    """The plan of a street, in metres from the camera.

    kerbs: x of the left and right edges of the road; walls: x of the house fronts; lanes: x of the lines between lanes;
    crossing: z where a pedestrian crossing begins; end: z of the house across the far end.
    """

    kerbs: tuple[float, float]
    walls: tuple[float, float]
    lanes: FloatArray
    crossing: float
    end: float

    def kerb(self, side: int) -> float:
        """Return the x of the kerb on side -1 (left) or 1 (right)."""
        return self.kerbs[0] if side < 0 else self.kerbs[1]

    def wall(self, side: int) -> float:
        """Return the x of the house fronts on side -1 (left) or 1 (right)."""
        return self.walls[0] if side < 0 else self.walls[1]


def paint_sky(canvas: Canvas, rng: np.random.Generator) -> None:
    """Fill the image with a cloudy sky that brightens towards the horizon."""
    height = np.linspace(0, 1, HEIGHT)[:, None, None]
    zenith, horizon = np.array([0.5, 0.66, 0.88]), np.array([0.85, 0.88, 0.92])
    overcast = rng.uniform(0, 1)
    zenith = overcast * 0.95 * horizon + (1 - overcast) * zenith
    clouds = np.clip(noise(rng, (HEIGHT, WIDTH), (300, 120, 50, 20)), 0, 2)[..., None]
    colour = zenith + (horizon - zenith) * np.minimum(2 * height, 1) + 0.06 * clouds
    canvas.colour[:] = np.clip(colour, 0, 1)
    canvas.ids[:] = name2label["sky"].id


def paint_ground(canvas: Canvas, camera: Camera, street: Street, rng: np.random.Generator) -> None:
    """Paint road, kerbs, sidewalks and the verge beyond the house fronts."""
    first_row, x, z, depth = camera.ground()
    tile = noise(rng, (TILE, TILE), (64, 16, 4, 1))
    grain = sample(tile, x * 20, z * 20) * np.minimum(1, 12 / z) + sample(tile, x * 6, z * 6)
    left, right = street.kerbs
    road = (x > left) & (x < right)
    verge = (x < street.walls[0]) | (x > street.walls[1])
    asphalt = rng.uniform(0.28, 0.42) * np.array([1.0, 1.0, 1.02])
    paving = rng.uniform(0.38, 0.55) * np.array([1.02, 1.0, 0.96])
    colour = np.where(road[..., None], asphalt, paving) * (1 + 0.06 * grain[..., None])
    slab = ((x % 0.6 < 0.03) | (z % 0.6 < 0.03)) & ~road & (z < 25)
    colour[slab] *= 0.85
    colour[verge] = np.array([0.24, 0.32, 0.14]) * (1 + 0.15 * grain[verge, None])
    kerb = (np.minimum(abs(x - left), abs(x - right)) < 0.09) & ~road
    colour[kerb] = 0.62
    marks = road & (lane_marks(x, z, street.lanes, (left + 2.3, right - 2.3)) | crossing(x, z, street.crossing))
    colour[marks] = 0.45 * colour[marks] + 0.42
    canvas.colour[first_row:] = colour
    off_road = np.where(verge, name2label["terrain"].id, name2label["sidewalk"].id)
    canvas.ids[first_row:] = np.where(road, name2label["road"].id, off_road)
    canvas.depth[first_row:] = depth


def paint_walls(canvas: Canvas, camera: Camera, street: Street, rng: np.random.Generator) -> None:
    """Paint woods, often a house across the street's end, and then the houses along both sides, from far to near."""
    tile = noise(rng, (TILE, TILE), (32, 8, 2))
    _paint_woods(canvas, camera, rng)
    if rng.random() < 0.7:
        _paint_front(canvas, camera, street, rng, tile)
    fronts: list[tuple[float, float, int]] = []
    for side in (-1, 1):
        start = rng.uniform(2, 8)
        while start < street.end:
            length = rng.uniform(9, 24)
            if rng.random() < 0.85:
                fronts.append((start, min(start + length, street.end), side))
            start += length
    for near, far, side in sorted(fronts, reverse=True):
        _paint_house(canvas, camera, rng, (street.wall(side), near, far), tile)


def _paint_woods(canvas: Canvas, camera: Camera, rng: np.random.Generator) -> None:
    """Paint a wooded skyline, seen through gaps between the houses."""
    columns = np.linspace(0, WIDTH, 200)
    heights = 22 + 9 * noise(rng, (1, 200), (40, 12, 3))[0]
    skyline = np.stack([columns, camera.horizon - heights], axis=1)
    outline = np.concatenate([skyline, [[WIDTH, camera.horizon + 5], [0, camera.horizon + 5]]])
    colour = np.array([0.27, 0.33, 0.2]) * rng.uniform(0.8, 1.3)
    canvas.fill(outline, colour, name2label["vegetation"].id, 300.0, roughness=0.2)


def _paint_front(canvas: Canvas, camera: Camera, street: Street, rng: np.random.Generator, tile: FloatArray) -> None:
    """Paint the house across the street's end, on the plane z = street.end."""
    height = rng.uniform(8, 22)
    left, right = street.walls
    corners = np.array(
        [[left, 0, street.end], [left, height, street.end], [right, height, street.end], [right, 0, street.end]]
    )
    region = polygon_mask(camera.project(corners)[0])
    if region is None:
        return
    window, mask = region
    rows, columns = _centres(window)
    across, ahead = camera.rays(columns)
    depth = np.broadcast_to(street.end / ahead, mask.shape)
    colour = facade(rng, across * depth, camera.up(rows, depth), height, tile)
    canvas.paint(window, mask, colour, name2label["building"].id, depth)


def _paint_house(
    canvas: Canvas, camera: Camera, rng: np.random.Generator, place: tuple[float, float, float], tile: FloatArray
) -> None:
    """Paint a house, a wall or a fence; place: x of its plane, and z where it begins and ends, metres."""
    x, near, far = place
    kind = rng.choice(["building", "wall", "fence"], p=[0.86, 0.08, 0.06])
    height = rng.uniform(6, 18) if kind == "building" else rng.uniform(1.5, 2.4)
    corners = np.array([[x, 0, near], [x, height, near], [x, height, far], [x, 0, far]])
    region = polygon_mask(camera.project(corners)[0])
    if region is None:
        return
    window, mask = region
    rows, columns = _centres(window)
    across, ahead = camera.rays(columns)
    depth = np.broadcast_to(np.clip(x / np.where(across == 0, 1e-9, across), near, far), mask.shape)
    z, up = ahead * depth, camera.up(rows, depth)
    if kind == "building":
        colour = facade(rng, z, up, height, tile)
    else:
        colour = rng.uniform(0.25, 0.6) * (1 + 0.1 * sample(tile, z * 15, up * 15)[..., None]) * np.ones(3)
        colour[(z % 0.4 < 0.12) if kind == "fence" else (up % 0.3 < 0.04)] *= 0.7
    light = 1.0 if x < 0 else 0.8
    canvas.paint(window, mask, light * colour, name2label[kind].id, depth)


def _centres(window: tuple[slice, slice]) -> tuple[FloatArray, FloatArray]:
    rows = np.arange(window[0].start, window[0].stop)[:, None] + 0.5
    columns = np.arange(window[1].start, window[1].stop)[None] + 0.5
    return rows, columns
