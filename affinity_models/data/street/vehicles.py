"""Cars, trucks, buses and trams."""

import numpy as np

from affinity_models.data.street.body import SHADE, Body, Profile, box
from affinity_models.data.street.parts import Part
from partitioners.arrays import FloatArray

GLASS = np.array([0.17, 0.2, 0.23])
RED_LIGHT = np.array([0.75, 0.1, 0.08])
WHITE_LIGHT = np.array([0.93, 0.92, 0.82])
PLATE = np.array([0.85, 0.86, 0.82])

PAINTS = np.array(
    [
        [0.1, 0.1, 0.12], [0.2, 0.21, 0.23], [0.45, 0.46, 0.48], [0.66, 0.67, 0.68], [0.86, 0.86, 0.85],
        [0.12, 0.18, 0.36], [0.5, 0.1, 0.1], [0.16, 0.27, 0.2], [0.42, 0.36, 0.28], [0.3, 0.38, 0.46],
    ]
)  # fmt: skip
LIVERIES = np.array([[0.8, 0.7, 0.2], [0.7, 0.15, 0.12], [0.85, 0.85, 0.86], [0.2, 0.35, 0.6], [0.25, 0.5, 0.35]])

# Side profiles of cars: (forward, up, half width), metres. Corners 2 to 5 are the lower edge of the rear window, both
# ends of the roof and the lower edge of the windscreen.
SEDAN = [(-2.2, 0.3, 0.84), (-2.3, 0.75, 0.88), (-1.65, 1.02, 0.84), (-0.95, 1.42, 0.64), (0.2, 1.45, 0.64),
         (1.1, 0.98, 0.84), (2.15, 0.8, 0.86), (2.3, 0.6, 0.86), (2.2, 0.28, 0.82)]  # fmt: skip
HATCHBACK = [(-1.9, 0.3, 0.82), (-2.0, 0.8, 0.85), (-1.9, 0.98, 0.83), (-1.45, 1.42, 0.66), (0.2, 1.5, 0.66),
             (1.15, 1.0, 0.82), (1.9, 0.82, 0.83), (2.05, 0.6, 0.83), (1.95, 0.28, 0.8)]  # fmt: skip
OFFROADER = [(-2.1, 0.38, 0.88), (-2.25, 0.85, 0.93), (-2.2, 1.1, 0.92), (-1.95, 1.68, 0.74), (0.3, 1.72, 0.74),
             (1.05, 1.14, 0.9), (2.1, 1.02, 0.92), (2.28, 0.75, 0.92), (2.15, 0.36, 0.86)]  # fmt: skip
VAN = [(-2.5, 0.33, 0.9), (-2.58, 0.9, 0.95), (-2.57, 1.15, 0.94), (-2.45, 1.95, 0.84), (1.3, 1.98, 0.84),
       (2.05, 1.15, 0.93), (2.5, 0.98, 0.93), (2.62, 0.65, 0.92), (2.5, 0.32, 0.88)]  # fmt: skip
CAR_PROFILES = [SEDAN, HATCHBACK, HATCHBACK, OFFROADER, VAN]


def paint(rng: np.random.Generator, palette: FloatArray) -> FloatArray:
    """Return a variation of a random colour of a palette (N, 3)."""
    colour = palette[rng.integers(len(palette))]
    varied: FloatArray = np.clip(colour * rng.uniform(0.85, 1.15) + rng.normal(0, 0.02, 3), 0.03, 0.95)
    return varied


def car(rng: np.random.Generator) -> list[Part]:
    """Return a car of a random profile, size and paint."""
    profile: Profile = [
        (forward, up, half)
        for forward, up, half in np.array(CAR_PROFILES[rng.integers(len(CAR_PROFILES))]) * rng.uniform(0.94, 1.06, 3)
    ]
    body = Body(profile, paint(rng, PAINTS), (0.6 * profile[0][0], 0.62 * profile[-1][0]), 0.33)
    glass = GLASS * rng.uniform(0.7, 1.7)
    parts = body.underside() + body.strips()
    parts += [body.patch(strip, (-0.9, 0.9), (0.08, 0.9), glass) for strip in (2, 4)]
    for across in ((-0.97, -0.62), (0.62, 0.97)):
        parts.append(body.patch(0, across, (0.6, 0.98), RED_LIGHT))
        parts.append(body.patch(6, across, (0.1, 0.9), WHITE_LIGHT))
    parts.append(body.patch(0, (-0.3, 0.3), (0.25, 0.5), PLATE))
    parts.append(body.patch(7, (-0.6, 0.6), (0.05, 0.6), SHADE))
    for right in (False, True):
        parts += body.side(right) + _car_windows(body, right, glass)
    return parts


def _car_windows(body: Body, right: bool, glass: FloatArray) -> list[Part]:
    (rear, rear_sill, _), (roof_rear, roof, _), (roof_front, _, _), (front, front_sill, _) = body.profile[2:6]
    sill, top = max(rear_sill, front_sill) + 0.03, roof - 0.07
    pillar = 0.5 * (roof_rear + roof_front) - 0.1
    behind = [(rear + 0.25, sill), (roof_rear + 0.08, top), (pillar, top), (pillar, sill)]
    ahead = [(pillar + 0.1, sill), (pillar + 0.1, top), (roof_front - 0.03, top), (front - 0.22, sill)]
    return [body.on_side(right, window, glass) for window in (behind, ahead)]


def truck(rng: np.random.Generator) -> list[list[Part]]:
    """Return a lorry in two sections: its cab and its cargo box."""
    length, height, half = rng.uniform(4.5, 7), rng.uniform(2.9, 3.7), rng.uniform(1.1, 1.25)
    cargo = Body(
        box(-length, 0.2, 0.75, height, half), paint(rng, np.vstack([PAINTS[3:5], LIVERIES])), (-0.7 * length,), 0.48
    )
    cab = Body(box(0.4, 2.3, 0.45, 0.8 * height, half - 0.03, 0.25), paint(rng, LIVERIES), (1.3,), 0.48)
    cab_parts = cab.underside() + cab.strips() + [cab.patch(3, (-0.9, 0.9), (0.15, 0.95), GLASS)]
    for across in ((-0.95, -0.6), (0.6, 0.95)):
        cab_parts.append(cab.patch(4, across, (0.55, 0.8), WHITE_LIGHT))
    for right in (False, True):
        cab_parts += cab.side(right)
        cab_parts += cab.side_windows(right, 0.42 * height, 0.72 * height, np.array([0.9, 2.0]), GLASS)
    cargo_parts = cargo.underside() + cargo.strips()
    cargo_parts += [cargo.patch(0, (-0.97, -0.03), (0.05, 0.97), 0.85 * cargo.colour)]
    cargo_parts += [cargo.patch(0, (side * 0.8 - 0.12, side * 0.8 + 0.12), (0, 0.05), RED_LIGHT) for side in (-1, 1)]
    for right in (False, True):
        cargo_parts += cargo.side(right)
    return [cab_parts, cargo_parts]


def bus(rng: np.random.Generator) -> list[list[Part]]:
    """Return a city bus in one section."""
    length, height = rng.uniform(9, 12), rng.uniform(2.9, 3.3)
    body = Body(
        box(-length / 2, length / 2, 0.35, height, 1.25, 0.2),
        paint(rng, LIVERIES),
        (-0.28 * length, 0.3 * length),
        0.48,
    )
    parts = body.underside() + body.strips()
    parts.append(body.patch(3, (-0.93, 0.93), (0.08, 0.98), GLASS))
    parts.append(body.patch(0, (-0.85, 0.85), (0.55, 0.9), GLASS))
    for across in ((-0.97, -0.75), (0.75, 0.97)):
        parts += [body.patch(0, across, (0.15, 0.35), RED_LIGHT), body.patch(4, across, (0.5, 0.75), WHITE_LIGHT)]
    edges = np.linspace(-length / 2 + 0.4, length / 2 - 0.3, int(length / 1.5) + 1)
    for right in (False, True):
        parts += body.side(right) + body.side_windows(right, 0.42 * height, 0.85 * height, edges, GLASS)
    return [parts]


def tram(rng: np.random.Generator) -> list[list[Part]]:
    """Return a tram, of class train, in two sections."""
    colour, length, height = paint(rng, LIVERIES), rng.uniform(8, 11), rng.uniform(3.2, 3.6)
    sections: list[list[Part]] = []
    for rear in (0.3, -length - 0.3):
        body = Body(box(rear, rear + length, 0.3, height, 1.2, 0.35), colour, (), 0.4)
        parts = body.underside() + body.strips()
        parts += [body.patch(strip, (-0.9, 0.9), along, GLASS) for strip, along in ((3, (0.08, 0.9)), (0, (0.5, 0.92)))]
        parts += [body.patch(0, (side * 0.8 - 0.1, side * 0.8 + 0.1), (0.2, 0.28), RED_LIGHT) for side in (-1, 1)]
        parts += [body.patch(4, (side * 0.7 - 0.15, side * 0.7 + 0.15), (0.5, 0.7), WHITE_LIGHT) for side in (-1, 1)]
        edges = np.linspace(rear + 0.5, rear + length - 0.4, 6)
        for right in (False, True):
            band = [(rear, 0.5), (rear, 1.1), (rear + length, 1.1), (rear + length, 0.5)]
            parts += [*body.side(right), body.on_side(right, band, 0.75 * np.roll(colour, 1))]
            parts += body.side_windows(right, 0.42 * height, 0.86 * height, edges, GLASS)
        sections.append(parts)
    return sections
