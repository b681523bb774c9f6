"""Bodies of vehicles: a side profile swept across the width, with wheels, and patches for windows and lights."""

from dataclasses import dataclass

import numpy as np

from affinity_models.data.street.parts import Hull, Part, Surface, disc
from partitioners.arrays import FloatArray

TYRE = np.array([0.09, 0.09, 0.1])
RIM = np.array([0.5, 0.51, 0.53])
SHADE = np.array([0.07, 0.07, 0.08])

Profile = list[tuple[float, float, float]]


@dataclass(frozen=True)
class Body:
    """A vehicle's body: a side profile with a half width at each corner, and the wheels.

    profile: corners (forward, up, half width), metres, from the rear over the roof to the front; axles: forward
    positions of the wheels, metres; radius: radius of the wheels, metres.
    """

    profile: Profile
    colour: FloatArray
    axles: tuple[float, ...]
    radius: float

    def point(self, strip: int, across: float, along: float) -> FloatArray:
        """Return a point on strip i, from corner i to i + 1: across from -1 (left) to 1 (right), along from 0 to 1."""
        first, second = np.array(self.profile[strip]), np.array(self.profile[strip + 1])
        forward, up, half = first + along * (second - first)
        return np.array([across * half, up, forward])

    def patch(self, strip: int, across: tuple[float, float], along: tuple[float, float], colour: FloatArray) -> Surface:
        """Return a quadrilateral on a strip, its limits across and along as in `point`."""
        (left, right), (low, high) = across, along
        corners = [(left, low), (left, high), (right, high), (right, low)]
        return Surface(np.stack([self.point(strip, *corner) for corner in corners]), colour)

    def on_side(self, right: bool, corners: list[tuple[float, float]], colour: FloatArray) -> Surface:
        """Return a polygon on one side; corners: (forward, up), metres, clockwise as seen from the right."""
        ups, halves = zip(*sorted((up, half) for _, up, half in self.profile), strict=True)
        forward, up = np.array(corners).T
        half = np.interp(up, ups, halves)
        points = np.stack([half if right else -half, up, forward], axis=1)
        return Surface(points if right else points[::-1], colour)

    def underside(self) -> list[Part]:
        """Return the dark gap between body and road, and the tyres as seen from the rear or the front."""
        rear, front = self.profile[0], self.profile[-1]
        half = rear[2] - 0.03
        gap = [(side * half, up, end) for side in (-1, 1) for up in (0.12, rear[1]) for end in (rear[0], front[0])]
        parts: list[Part] = [Hull(np.array(gap), SHADE)]
        for axle in self.axles:
            for side in (-1, 1):
                rims = [disc(axle, self.radius, side * (half - inset)) for inset in (0.0, 0.2)]
                parts.append(Hull(np.concatenate(rims), TYRE))
        return parts

    def strips(self) -> list[Part]:
        """Return all strips over the whole width, the lowest first and the roof last."""
        order = sorted(range(len(self.profile) - 1), key=lambda i: self.profile[i][1] + self.profile[i + 1][1])
        return [self.patch(i, (-1, 1), (0, 1), self.colour) for i in order]

    def side(self, right: bool) -> list[Part]:
        """Return one side with its wheels and a darker sill."""
        low = self.profile[0][1]
        rear, front = self.profile[0][0], self.profile[-1][0]
        sill = [(rear, low), (rear, low + 0.12), (front, low + 0.12), (front, low)]
        outline = np.array([(half if right else -half, up, forward) for forward, up, half in self.profile])
        parts: list[Part] = [Surface(outline if right else outline[::-1], self.colour)]
        parts.append(self.on_side(right, sill, 0.55 * self.colour))
        half = self.profile[0][2] + 0.02
        for axle in self.axles:
            for size, colour in ((1.15 * self.radius, SHADE), (self.radius, TYRE), (0.6 * self.radius, RIM)):
                rim = disc(axle, size, half if right else -half, up=self.radius)
                parts.append(Surface(rim[::-1] if right else rim, colour))
        return parts

    def side_windows(self, right: bool, low: float, high: float, edges: FloatArray, colour: FloatArray) -> list[Part]:
        """Return a row of windows on one side, from low to high, between consecutive forward positions (edges)."""
        return [
            self.on_side(right, [(rear, low), (rear, high), (front, high), (front, low)], colour)
            for rear, front in zip(edges[:-1], edges[1:] - 0.12, strict=True)
        ]


def box(rear: float, front: float, bottom: float, height: float, half: float, rake: float = 0.0) -> Profile:
    """Return a box-shaped profile with a slightly rounded roof; rake: metres by which the windscreen leans back.

    Its strips are 0 rear, 1 rear edge, 2 roof, 3 windscreen, 4 front.
    """
    belt = bottom + 0.4 * (height - bottom)
    return [(rear, bottom, half), (rear, height - 0.2, half), (rear + 0.15, height, half - 0.1),
            (front - rake, height, half - 0.1), (front, belt, half), (front, bottom, half)]  # fmt: skip
