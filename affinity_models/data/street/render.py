"""The arrays of a Cityscapes frame, rendered from a random scene."""

from dataclasses import dataclass

import numpy as np
from cityscapesscripts.helpers.labels import name2label
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull

from affinity_models.data.street.camera import BASELINE, FOCAL_LENGTH, HEIGHT, WIDTH, Camera
from affinity_models.data.street.layout import Item, Scene, lay_out
from affinity_models.data.street.parts import SUN, footprint
from affinity_models.data.street.raster import Canvas, polygon_mask
from affinity_models.data.street.scenery import paint_ground, paint_sky, paint_walls
from affinity_models.data.street.texture import noise
from partitioners.arrays import FloatArray

SMALLEST = 14  # visible pixels; smaller instances join the group region of their class
SHADOW = 0.5  # share of the light that reaches the ground in a shadow


@dataclass(frozen=True)
class Frame:
    """One frame: image uint8 (H, W, 3), instance_ids uint16 (H, W), disparity uint16 (H, W), and its camera."""

    image: NDArray[np.uint8]
    instance_ids: NDArray[np.uint16]
    disparity: NDArray[np.uint16]
    camera: Camera

    @property
    def label_ids(self) -> NDArray[np.uint8]:
        """Cityscapes label ids, uint8 (H, W)."""
        return np.where(self.instance_ids >= 1000, self.instance_ids // 1000, self.instance_ids).astype(np.uint8)


def render(rng: np.random.Generator) -> Frame:
    """Return a random frame; the same generator state gives the same frame."""
    scene = lay_out(rng)
    canvas = Canvas(noise(rng, (HEIGHT, WIDTH), (48, 12, 3, 1)))
    paint_sky(canvas, rng)
    paint_ground(canvas, scene.camera, scene.street, rng)
    items = sorted(scene.items, key=lambda item: (-item.pose.z, item.label))
    _cast_shadows(canvas, scene, items)
    paint_walls(canvas, scene.camera, scene.street, rng)
    _draw(canvas, scene.camera, items)
    _paint_hood(canvas, rng)
    if rng.random() < 0.55:
        _shade(canvas, scene, rng)
    return Frame(_photograph(canvas, rng), _annotate(canvas.ids), _disparity(canvas.depth), scene.camera)


def _cast_shadows(canvas: Canvas, scene: Scene, items: list[Item]) -> None:
    """Darken the ground under and beside the objects, on the side away from the sun."""
    light = np.ones((HEIGHT, WIDTH))
    reach = -0.5 * SUN / SUN[1] * (1, 0, 1)
    for item in items:
        for section in item.sections:
            base = item.pose.place(footprint(section))
            outline, _ = scene.camera.project(np.concatenate([base, base + reach]))
            region = polygon_mask(outline[ConvexHull(outline).vertices])
            if region is not None:
                light[region[0]][region[1]] = SHADOW
    canvas.colour *= ndimage.gaussian_filter(light, 1.5)[..., None]


def _draw(canvas: Canvas, camera: Camera, items: list[Item]) -> None:
    """Draw the objects from far to near and number the instances of every thing class."""
    counts: dict[str, int] = {}
    for item in items:
        label = name2label[item.label]
        identity = label.id
        if label.hasInstances and not item.group:
            identity = 1000 * label.id + counts.get(item.label, 0)
            counts[item.label] = counts.get(item.label, 0) + 1
        for section in sorted(item.sections, key=lambda section: -item.pose.place(footprint(section))[:, 2].mean()):
            for part in section:
                part.draw(canvas, camera, item.pose, identity)


def _paint_hood(canvas: Canvas, rng: np.random.Generator) -> None:
    """Paint the hood of the camera's car, which reflects the sky and has no disparity, along the lower edge."""
    columns = np.linspace(0, WIDTH, 40)
    edge = HEIGHT - rng.uniform(32, 50) + 16 * (2 * columns / WIDTH - 1) ** 4
    outline = np.concatenate([np.stack([columns, edge], axis=1), [[WIDTH, HEIGHT], [0, HEIGHT]]])
    region = polygon_mask(outline)
    assert region is not None, "the hood is always in view"
    window, mask = region
    gloss = np.linspace(0.32, 0.12, mask.shape[0])[:, None, None] * np.array([0.95, 1.0, 1.08])
    colour = gloss * (1 + 0.1 * canvas.grain[window][..., None])
    canvas.paint(window, mask, colour, name2label["ego vehicle"].id, np.inf)


def _shade(canvas: Canvas, scene: Scene, rng: np.random.Generator) -> None:
    """Dim the scene in the shadows of the houses on the left, which differ in height."""
    depth = np.where(np.isfinite(canvas.depth), canvas.depth, 0)
    across, along = scene.camera.rays(np.arange(WIDTH) + 0.5)
    widths = rng.uniform(1, 11, 64)
    house = np.floor(along * depth / 14).astype(int) % len(widths)
    inside = scene.street.walls[0] + widths[house] - across * depth  # metres
    dimmed = rng.uniform(0.3, 0.5) * np.clip(0.5 + 3 * inside, 0, 1)
    canvas.colour *= (1 - np.where(depth > 0, dimmed, 0))[..., None]


def _annotate(ids: NDArray[np.int32]) -> NDArray[np.uint16]:
    """Return instance ids, those of slivers replaced by the group region of their class."""
    values, counts = np.unique(ids, return_counts=True)
    slivers = values[(values >= 1000) & (counts < SMALLEST)]
    return np.where(np.isin(ids, slivers), ids // 1000, ids).astype(np.uint16)


def _disparity(depth: FloatArray) -> NDArray[np.uint16]:
    """Return disparity as Cityscapes codes it: pixels * 256 + 1, or 0 where there is none."""
    coded = np.round(BASELINE * FOCAL_LENGTH / depth * 256) + 1
    return np.where(np.isfinite(depth), np.minimum(coded, 65535), 0).astype(np.uint16)


def _photograph(canvas: Canvas, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the image with haze, uneven light, lens blur, vignetting, exposure, white balance and sensor noise."""
    haze = 1 - np.exp(-canvas.depth / rng.uniform(250, 900))[..., None]
    haze = np.where(np.isfinite(canvas.depth)[..., None], haze, 0)
    uneven = 1 + 0.08 * noise(rng, (HEIGHT, WIDTH), (200, 60))[..., None]
    colour = canvas.colour * uneven * (1 - haze) + 0.75 * haze
    blur = rng.uniform(0.5, 0.9)
    colour = np.stack([ndimage.gaussian_filter(colour[..., channel], blur) for channel in range(3)], axis=2)
    rows, columns = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    vignette = 1 - 0.22 * (rows**2 + columns**2) / 2
    colour = colour * vignette[..., None] * rng.uniform(0.85, 1.3) * rng.normal(1, 0.02, 3)
    noisy = colour + rng.standard_normal(colour.shape) * (0.008 + 0.02 * np.sqrt(np.clip(colour, 0, 1)))
    photograph: NDArray[np.uint8] = np.round(255 * np.clip(noisy, 0, 1)).astype(np.uint8)
    return photograph
