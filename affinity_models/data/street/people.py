"""Pedestrians, riders, bicycles and motorcycles, made of limbs and thin solids."""

import numpy as np

from affinity_models.data.street.parts import Hull, Part, Surface, bar, disc
from affinity_models.data.street.vehicles import PAINTS, paint
from partitioners.arrays import FloatArray

SKINS = np.array([[0.85, 0.66, 0.55], [0.76, 0.56, 0.44], [0.55, 0.38, 0.28], [0.36, 0.25, 0.19]])
HAIR = np.array([[0.12, 0.09, 0.08], [0.3, 0.2, 0.12], [0.62, 0.5, 0.3], [0.55, 0.54, 0.53]])
TOPS = np.array(
    [[0.08, 0.08, 0.1], [0.15, 0.17, 0.25], [0.4, 0.4, 0.42], [0.8, 0.79, 0.76], [0.55, 0.14, 0.14], [0.2, 0.32, 0.5],
     [0.28, 0.34, 0.22], [0.5, 0.42, 0.3], [0.7, 0.5, 0.2]]
)  # fmt: skip
TROUSERS = np.array([[0.09, 0.09, 0.11], [0.16, 0.2, 0.32], [0.25, 0.25, 0.27], [0.5, 0.45, 0.36], [0.3, 0.38, 0.5]])
METAL = np.array([0.3, 0.31, 0.33])
RUBBER = np.array([0.08, 0.08, 0.09])


def _head(height: float, forward: float, rng: np.random.Generator, helmet: bool = False) -> list[Part]:
    skin, hair = SKINS[rng.integers(len(SKINS))], HAIR[rng.integers(len(HAIR))]
    if helmet:
        hair = paint(rng, PAINTS)
    neck = bar((0, height - 0.26, forward - 0.03), (0, height - 0.15, forward), 0.06, 0.9 * skin)
    face = bar((0, height - 0.17, forward + 0.01), (0, height - 0.11, forward + 0.01), 0.085, skin)
    crown = bar(
        (0, height - 0.08, forward - 0.04), (0, height - 0.07, forward + 0.01), 0.095 + 0.03 * helmet, hair, 0.95
    )
    return [neck, face, crown]


def _leg(side: float, hip: float, stride: float, colour: FloatArray, rng: np.random.Generator) -> list[Part]:
    knee = (side * 0.1, 0.52 * hip, 0.5 * stride + 0.06)
    foot = (side * 0.11, 0.07, stride)
    return [
        bar((side * 0.09, hip, 0), knee, 0.115, colour, 0.75),
        bar(knee, foot, 0.088, colour, 0.75),
        bar(foot, (side * 0.12, 0.05, stride + 0.13), 0.055, RUBBER + rng.uniform(0, 0.15)),
    ]


def pedestrian(rng: np.random.Generator) -> list[Part]:
    """Return a standing or walking person, one in eight a child."""
    height = rng.uniform(1.05, 1.4) if rng.random() < 0.12 else rng.normal(1.72, 0.09)
    top, trousers = paint(rng, TOPS), paint(rng, TROUSERS)
    skin = SKINS[rng.integers(len(SKINS))]
    stride = rng.uniform(0, 0.34)
    girth = rng.uniform(0.95, 1.35)
    hip, shoulder = 0.5 * height, height - 0.33
    parts = _leg(-1, hip, stride, 0.9 * trousers, rng) + _leg(1, hip, -stride, trousers, rng)
    if rng.random() < 0.3:
        hem = rng.uniform(0.25, 0.5) * height
        skirt = [(side * 0.2, hem, end) for side in (-1, 1) for end in (-0.16, 0.16)]
        waist = [(side * 0.14, hip + 0.2, end) for side in (-1, 1) for end in (-0.1, 0.1)]
        parts.append(Hull(np.array(skirt + waist), top))
    parts.append(bar((0, hip + 0.06, 0), (0, shoulder - 0.12, 0), 0.16 * girth, top, 1.1))
    parts.append(bar((-0.13, shoulder - 0.05, 0), (0.13, shoulder - 0.05, 0), 0.085 * girth, top))
    for side in (-1, 1):
        swing = -side * stride * rng.uniform(0.5, 1)
        elbow = (side * 0.25 * girth, hip + 0.16, 0.5 * swing - 0.05)
        hand = (side * 0.24 * girth, hip + rng.uniform(-0.08, 0.15), swing + 0.1)
        parts.append(bar((side * 0.2, shoulder - 0.05, 0), elbow, 0.07, 0.93 * top, 0.85))
        parts.append(bar(elbow, hand, 0.06, 0.93 * top, 0.8))
        parts.append(bar(hand, hand, 0.05, skin))
    parts += _luggage(rng, hip, shoulder)
    return parts + _head(height, 0.03, rng)


def _luggage(rng: np.random.Generator, hip: float, shoulder: float) -> list[Part]:
    chance = rng.random()
    if chance < 0.2:
        return [bar((0, hip + 0.15, -0.2), (0, shoulder - 0.1, -0.18), 0.14, paint(rng, TOPS))]
    if chance < 0.35:
        return [bar((0.3, hip - 0.25, 0), (0.3, hip - 0.12, 0), 0.11, paint(rng, TOPS), 0.8)]
    return []


def rider(rng: np.random.Generator, motor: bool) -> list[Part]:
    """Return a person seated on a bicycle or, if `motor`, on a motorcycle of the same pose."""
    top, trousers = paint(rng, TOPS), paint(rng, TROUSERS)
    skin = SKINS[rng.integers(len(SKINS))]
    lean = rng.uniform(0.05, 0.35)
    hip, chest = (0.0, 0.98, -0.22), (0.0, 1.36, -0.2 + lean)
    parts: list[Part] = []
    for side, pedal in ((-1, 0.36), (1, 0.34 if motor else 0.2)):
        knee = (side * 0.14, 0.55 + 0.55 * pedal, 0.22)
        foot = (side * 0.13, pedal, 0.02)
        parts += [bar((side * 0.08, 0.95, -0.2), knee, 0.1, trousers, 0.75), bar(knee, foot, 0.07, trousers, 0.75)]
        parts.append(bar(foot, (side * 0.13, pedal - 0.03, 0.16), 0.055, RUBBER))
    parts.append(bar(hip, chest, 0.16, top, 1.05))
    for side in (-1, 1):
        shoulder, elbow = (side * 0.18, 1.4, chest[2]), (side * 0.27, 1.15, chest[2] + 0.12)
        hand = (side * 0.25, 1.04, 0.4)
        parts += [bar(shoulder, elbow, 0.065, 0.93 * top, 0.85), bar(elbow, hand, 0.055, 0.93 * top, 0.8)]
        parts.append(bar(hand, hand, 0.05, skin))
    return parts + _head(1.75, chest[2] + 0.08, rng, helmet=motor or rng.random() < 0.4)


def _spoked_wheel(forward: float, radius: float) -> list[Part]:
    filled = np.concatenate([disc(forward, radius, side * 0.025) for side in (-1, 1)])
    rims = [disc(forward, size, 0.0, up=radius) for size in (radius, 0.86 * radius)]
    tyre = np.concatenate([rims[0], rims[0][:1], rims[1], rims[1][:1]])
    return [Hull(filled, METAL, alpha=0.22), Surface(tyre, RUBBER, two_sided=True)]


def bicycle(rng: np.random.Generator) -> list[Part]:
    """Return a bicycle whose label covers the see-through inside of its wheels and frame, as in Cityscapes."""
    colour = paint(rng, PAINTS)
    radius = rng.uniform(0.3, 0.36)
    rear, front = (0, radius, -0.52), (0, radius, 0.55)
    crank, saddle, head = (0, 0.3, -0.05), (0, 0.92, -0.22), (0, 0.86, 0.38)
    outline = [
        (side * 0.03, up, end)
        for side in (-1, 1)
        for up, end in ((0.12, -0.6), (0.95, -0.3), (0.95, 0.4), (0.12, 0.62))
    ]
    parts: list[Part] = [
        Hull(np.array(outline), METAL, alpha=0.1),
        *_spoked_wheel(-0.52, radius),
        *_spoked_wheel(0.55, radius),
    ]
    tubes = [(rear, crank), (rear, saddle), (crank, saddle), (crank, head), (saddle, head), (head, front)]
    parts += [bar(start, end, 0.024, colour) for start, end in tubes]
    parts.append(bar(head, (0, 1.04, 0.36), 0.02, METAL))
    parts.append(bar((-0.28, 1.05, 0.33), (0.28, 1.05, 0.33), 0.022, RUBBER))
    parts.append(bar((0, 0.95, -0.32), (0, 0.96, -0.1), 0.05, RUBBER, 0.6))
    if rng.random() < 0.4:
        basket = [(side * 0.16, up, end) for side in (-1, 1) for up in (0.8, 1.02) for end in (0.45, 0.75)]
        parts.append(Hull(np.array(basket, float), METAL))
    return parts


def motorcycle(rng: np.random.Generator) -> list[Part]:
    """Return a motorcycle or scooter."""
    colour = paint(rng, PAINTS)
    radius = rng.uniform(0.25, 0.32)
    parts: list[Part] = []
    for forward in (-0.65, 0.7):
        sides = [disc(forward, radius, side * 0.07) for side in (-1, 1)]
        parts.append(Hull(np.concatenate(sides), RUBBER))
        parts += [Surface(0.55 * (sides[0] - (0, radius, forward)) + (0, radius, forward), METAL, two_sided=True)]
    engine = [
        (side * 0.17, up, end) for side in (-1, 1) for up, end in ((0.12, -0.6), (0.12, 0.6), (0.6, -0.5), (0.65, 0.45))
    ]
    tank = [
        (side * 0.16, up, end) for side in (-1, 1) for up, end in ((0.6, -0.1), (0.62, 0.45), (0.95, 0.05), (0.92, 0.4))
    ]
    seat = [
        (side * 0.14, up, end)
        for side in (-1, 1)
        for up, end in ((0.68, -0.85), (0.8, -0.85), (0.62, 0.1), (0.84, 0.1))
    ]
    parts += [Hull(np.array(engine), METAL), Hull(np.array(seat), RUBBER), Hull(np.array(tank), colour)]
    parts += [bar((side * 0.1, radius, 0.7), (side * 0.1, 0.95, 0.42), 0.04, METAL) for side in (-1, 1)]
    parts.append(bar((0, radius + 0.1, -0.9), (0, radius + 0.2, -0.5), 0.07, colour))
    parts.append(bar((-0.36, 1.03, 0.36), (0.36, 1.03, 0.36), 0.03, RUBBER))
    parts.append(bar((0, 0.9, 0.48), (0, 0.9, 0.55), 0.12, np.array([0.85, 0.85, 0.8])))
    parts.append(bar((0.16, 0.3, 0.1), (0.18, 0.36, -0.7), 0.05, np.array([0.6, 0.6, 0.62])))
    return parts
