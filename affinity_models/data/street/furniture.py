"""Furniture and plants of a street: poles, signs, traffic lights, bins, guard rails, trees and bushes."""

import numpy as np

from affinity_models.data.street.parts import CIRCLE, Blob, Hull, Part, Surface, bar
from partitioners.arrays import FloatArray

STEEL = np.array([0.42, 0.43, 0.45])
BARK = np.array([0.27, 0.22, 0.18])
LEAVES = np.array([[0.2, 0.3, 0.12], [0.26, 0.34, 0.14], [0.16, 0.25, 0.13], [0.35, 0.33, 0.14]])
LAMPS = np.array([[0.8, 0.12, 0.1], [0.25, 0.2, 0.08], [0.1, 0.24, 0.14]])


def pole(rng: np.random.Generator) -> list[Part]:
    """Return a lamp post or a plain pole."""
    height, radius = rng.uniform(3, 8), rng.uniform(0.06, 0.13)
    colour = STEEL * rng.uniform(0.4, 1.3)
    parts: list[Part] = [bar((0, 0, 0), (0, height, 0), radius, colour, 0.7)]
    if rng.random() < 0.5:
        reach = rng.choice([-1, 1]) * rng.uniform(0.8, 2)
        parts.append(bar((0, height, 0), (reach, height + 0.2, 0), 0.05, colour))
        parts.append(bar((reach - 0.25, height + 0.18, 0), (reach + 0.25, height + 0.18, 0), 0.09, 0.8 * colour))
    return parts


def tree(rng: np.random.Generator) -> list[Part]:
    """Return a tree: trunk and boughs, then ragged clumps of leaves with gaps between them."""
    clearance, size = rng.uniform(1.5, 3.2), rng.uniform(1.2, 2.6)
    colour = LEAVES[rng.integers(len(LEAVES))] * rng.uniform(0.7, 1.3)
    radius = rng.uniform(0.09, 0.22)
    parts: list[Part] = [bar((0, 0, 0), (0, clearance + size, 0), radius, BARK, 0.6)]
    for _ in range(5):
        tip = rng.normal(0, 0.5, 3) * size + (0, clearance + size, 0)
        parts.append(bar((0, clearance + 0.2, 0), tip, 0.06, BARK, 0.3))
    crown = np.array([0, clearance + 1.15 * size, 0])
    for _ in range(rng.integers(40, 80)):
        offset = np.clip(rng.normal(0, 0.5, 3), -1.1, 1.1) * size
        shade = 1 + 0.3 * offset[1] / size - 0.15 * offset[0] / size
        parts.append(leaf(rng, crown + offset, rng.uniform(0.12, 0.3) * size, colour * shade))
    return parts


def leaf(rng: np.random.Generator, centre: FloatArray, radius: float, colour: FloatArray) -> Blob:
    """Return a ragged clump of leaves around a centre (3,), metres."""
    radii = radius * rng.uniform(0.45, 1.35, 17)
    return Blob(centre, radii, colour * rng.uniform(0.8, 1.2))


def bush(rng: np.random.Generator) -> list[Part]:
    """Return a low bush."""
    colour = LEAVES[rng.integers(len(LEAVES))] * rng.uniform(0.6, 1.2)
    centres = rng.uniform((-0.8, 0.1, -0.8), (0.8, 0.9, 0.8), (12, 3))
    return [leaf(rng, centre, 0.35, colour * (0.7 + 0.5 * centre[1])) for centre in centres]


def bin_or_box(rng: np.random.Generator) -> list[Part]:
    """Return a litter bin, a box or the like, which Cityscapes labels static or dynamic."""
    half, height = rng.uniform(0.2, 0.6, 2), rng.uniform(0.5, 1.2)
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (0, height) for z in (-1, 1)], float)
    corners[:, [0, 2]] *= half
    colour = rng.uniform(0.1, 0.5) * rng.uniform(0.75, 1.25, 3)
    lid = corners[corners[:, 1] > 0] + (0, 0.04, 0)
    return [Hull(corners, colour), Hull(np.concatenate([lid, lid - (0, 0.12, 0)]) * (1.08, 1, 1.08), 0.7 * colour)]


def rail(length: float, height: float, spacing: float, colour: FloatArray) -> list[Part]:
    """Return a guard rail along the forward axis: two bars, and a post every `spacing` metres."""
    heights = [height, 0.55 * height] if spacing > 1 else [height, 0.12]
    parts: list[Part] = [bar((0, up, 0), (0, up, length), 0.035, colour) for up in heights]
    posts = np.arange(0, length + 0.01, spacing).tolist()
    return parts + [bar((0, 0, post), (0, height, post), 0.03, colour) for post in posts]


def sign(rng: np.random.Generator) -> tuple[list[Part], list[Part]]:
    """Return a pole and the traffic sign on it: round, triangular or square."""
    up, radius = rng.uniform(2.1, 2.8), rng.uniform(0.28, 0.4)
    angles = {0: CIRCLE, 1: CIRCLE[[5, 11, 18]], 2: np.pi / 4 + np.pi / 2 * np.arange(4)}[int(rng.integers(3))]
    rim = np.stack([np.cos(angles), np.sin(angles), np.zeros(len(angles))], axis=1)
    ring = np.array([[0.75, 0.1, 0.1], [0.12, 0.25, 0.6], [0.85, 0.7, 0.1]])[rng.integers(3)]
    face = np.array([0.9, 0.9, 0.88]) if ring[0] > 0.7 else ring
    plates: list[Part] = [
        Surface(size * radius * rim + (0, up, -0.06), colour, two_sided=True)
        for size, colour in ((1, ring), (0.72, face))
    ]
    return [bar((0, 0, 0), (0, up, 0), 0.04, STEEL)], plates


def traffic_light(rng: np.random.Generator) -> tuple[list[Part], list[Part]]:
    """Return a pole and the traffic light on it, a box with three lamps."""
    up = rng.uniform(2.2, 2.9)
    box = [(x, y, z) for x in (-0.16, 0.16) for y in (up, up + 0.9) for z in (-0.22, -0.05)]
    lamps: list[Part] = [
        bar((0, up + 0.75 - 0.3 * i, -0.24), (0, up + 0.75 - 0.3 * i, -0.23), 0.1, lamp * rng.uniform(0.5, 1.2))
        for i, lamp in enumerate(LAMPS)
    ]
    return [bar((0, 0, 0), (0, up + 0.9, 0), 0.07, STEEL)], [Hull(np.array(box), np.array([0.08, 0.08, 0.08])), *lamps]
