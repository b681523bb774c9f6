"""The parts that objects are made of; each is drawn as its outline in the image.

Coordinates are right, up and forward of the object in metres. Colours are (3,) float64 RGB, 0 to 1.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.spatial import ConvexHull

from affinity_models.data.street.camera import FOCAL_LENGTH, Camera, Pose
from affinity_models.data.street.raster import Canvas
from partitioners.arrays import FloatArray

SUN = np.array([-0.45, 0.8, -0.4])  # direction towards the sun
ARC = np.linspace(-np.pi / 2, np.pi / 2, 7)
CIRCLE = np.linspace(0, 2 * np.pi, 20, endpoint=False)


def normal(points: FloatArray) -> FloatArray:
    """Return the unit normal (3,) of a roughly flat polygon (N, 3)."""
    total = np.cross(points, np.roll(points, -1, axis=0)).sum(axis=0)
    unit: FloatArray = total / max(float(np.linalg.norm(total)), 1e-9)
    return unit


@dataclass(frozen=True)
class Surface:
    """A flat polygon (N, 3), visible only from where its corners run clockwise, unless two_sided."""

    points: FloatArray
    colour: FloatArray
    two_sided: bool = False
    alpha: float = 1.0

    def draw(self, canvas: Canvas, camera: Camera, pose: Pose, identity: int) -> None:
        world = pose.place(self.points)
        outline, depth = camera.project(world)
        x, y = outline.T
        area = np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)
        if area <= 0 and not self.two_sided:
            return
        light = 0.68 + 0.4 * abs(float(normal(world) @ SUN))
        canvas.fill(outline, self.colour * light, identity, float(depth.mean()), self.alpha)


@dataclass(frozen=True)
class Limb:
    """A round bar from start to end, (3,) each, with a radius at either end, metres."""

    start: FloatArray
    end: FloatArray
    radii: tuple[float, float]
    colour: FloatArray

    def draw(self, canvas: Canvas, camera: Camera, pose: Pose, identity: int) -> None:
        ends, depth = camera.project(pose.place(np.stack([self.start, self.end])))
        radii = np.array(self.radii) * FOCAL_LENGTH / depth
        angle = np.arctan2(*(ends[1] - ends[0])[::-1])
        around = np.stack([np.cos(angle + ARC), np.sin(angle + ARC)], axis=1)
        outline = np.concatenate([ends[1] + radii[1] * around, ends[0] - radii[0] * around])
        canvas.fill(outline, self.colour, identity, float(depth.mean()))


@dataclass(frozen=True)
class Hull:
    """A solid, drawn as the convex hull of its points (N, 3) in the image."""

    points: FloatArray
    colour: FloatArray
    alpha: float = 1.0

    def draw(self, canvas: Canvas, camera: Camera, pose: Pose, identity: int) -> None:
        outline, depth = camera.project(pose.place(self.points))
        corners = outline[ConvexHull(outline).vertices]
        canvas.fill(corners, self.colour, identity, float(depth.mean()), self.alpha)


@dataclass(frozen=True)
class Blob:
    """A ragged ball, whose radii (N,), metres, vary around its outline."""

    centre: FloatArray
    radii: FloatArray
    colour: FloatArray

    def draw(self, canvas: Canvas, camera: Camera, pose: Pose, identity: int) -> None:
        centre, depth = camera.project(pose.place(self.centre[None]))
        angle = np.linspace(0, 2 * np.pi, len(self.radii), endpoint=False)
        radii = self.radii * FOCAL_LENGTH / depth
        outline = centre + np.stack([radii * np.cos(angle), radii * np.sin(angle)], axis=1)
        canvas.fill(outline, self.colour, identity, float(depth[0]), roughness=0.25)


Part = Surface | Limb | Hull | Blob


def bar(start: Iterable[float], end: Iterable[float], radius: float, colour: FloatArray, taper: float = 1.0) -> Limb:
    """Return a limb between plain coordinates, of `radius` at its start and `radius * taper` at its end."""
    return Limb(np.array(start, float), np.array(end, float), (radius, radius * taper), colour)


def disc(forward: float, radius: float, right: float, up: float | None = None) -> FloatArray:
    """Return the rim (20, 3) of an upright wheel that stands on the ground, unless `up` gives the height of its hub."""
    hub = radius if up is None else up
    return np.stack([np.full(20, right), hub + radius * np.sin(CIRCLE), forward + radius * np.cos(CIRCLE)], axis=1)


def footprint(parts: list[Part]) -> FloatArray:
    """Return the four corners (4, 3) of the rectangle on the ground below a list of parts."""
    points = np.concatenate([_extent(part) for part in parts])
    left, _, rear = points.min(axis=0)
    right, _, front = points.max(axis=0)
    return np.array([[left, 0, rear], [left, 0, front], [right, 0, front], [right, 0, rear]])


def _extent(part: Part) -> FloatArray:
    if isinstance(part, Limb):
        return np.stack([part.start - part.radii[0], part.start + part.radii[0], part.end])
    if isinstance(part, Blob):
        return np.stack([part.centre - 0.3, part.centre + 0.3])
    return part.points
