"""The embedded data set: synthetic street scenes, made on this machine when they are first read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affinity_models.data import files
from affinity_models.data.cityscapes import Scene, StreetScenes, evaluated_classes
from affinity_models.data.dataset import DATASETS
from affinity_models.sample import Sample
from partitioners import ClassTable, checks, needs
from partitioners.errors import InputError

CACHE_VARIABLE = "AFFINITY_BENCH_CACHE"


def cache_folder() -> Path:
    """Return the folder for generated data: $AFFINITY_BENCH_CACHE, or ~/.cache/affinity-bench."""
    return Path(os.environ.get(CACHE_VARIABLE) or "~/.cache/affinity-bench").expanduser()


@DATASETS.register("street", unavailable=needs("cityscapesscripts", "PIL", "tqdm", extra="bench"))
@dataclass(frozen=True)
class Street(StreetScenes):
    """Synthetic street scenes of 512 × 1024 pixels, generated when first read: the embedded default.

    Made by `bench.street` in the layout of Cityscapes and read like it, with the same classes. Only images that
    are asked for are generated: by `samples`, all that are missing at once; by `read`, those up to its name.

    Args:
        root: the folder to generate into; default: one per version and seed in `cache_folder()`.
        split: "train" or "val".
        count: the number of images.
        seed: of the whole data set.

    Raises:
        InputError: a parameter is not as above.
    """

    root: Path | None = None
    split: str = "val"
    count: int = 100
    seed: int = 0
    stride: int = field(default=2, init=False)
    classes: ClassTable = field(init=False)
    _scenes: dict[str, Scene] = field(init=False, repr=False, compare=False)
    _made: set[str] = field(default_factory=set, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        from affinity_models.data.street.writer import SPLITS, VERSION

        checks.choice("split", self.split, SPLITS)
        count = checks.integer("count", self.count, 1)
        seed = checks.integer("seed", self.seed)
        root = files.folder(cache_folder() / f"street-{VERSION}-{seed}" if self.root is None else self.root)
        scenes = [Scene(root, self.split, "street", f"street_{index:06d}_000019") for index in range(count)]
        checks.keep(self, root=root, classes=evaluated_classes()[0], _scenes={scene.name: scene for scene in scenes})

    def names(self) -> list[str]:
        """Return the names of the images, generated or not, sorted."""
        return list(self._scenes)

    def read(self, name: str) -> Sample:
        """Return one image with its ground truth; generate it and those before it where they are missing.

        Raises:
            InputError: there is no such image, the folder holds other data, or a file cannot be read.
        """
        return self._scene(name).read()

    def samples(self, limit: int | None = None) -> Iterator[Sample]:
        """Yield the images one by one, after the missing ones of the first `limit` have been generated."""
        if names := self.names()[:limit]:
            self._scene(names[-1])
        yield from super().samples(limit)

    def revision(self, name: str) -> str:
        """Return what decides a generated image: version, seed and split."""
        from affinity_models.data.street.writer import VERSION

        return f"{VERSION}-{self.seed}-{self.split}"

    def distance(self, name: str) -> NDArray[np.float32] | None:
        """Return (H, W) float32 metres from the camera, NaN where unknown; generate like `read`."""
        return self._scene(name).distance()

    def _scene(self, name: str) -> Scene:
        """Return a scene, after it and those before it have been generated."""
        from affinity_models.data.street.writer import generate

        scene = files.find(self._scenes, name, "the street scenes")
        if name in self._made:  # hundreds of files need not be looked for at each read
            return scene
        number = self.names().index(name) + 1
        wanted = list(self._scenes.values())[:number]
        missing = not all(scene.path("camera", "camera.json").exists() for scene in wanted)
        try:
            generate(scene.root, self.split, number, self.seed, progress=missing)
        except (ValueError, OSError) as error:
            raise InputError(f"street: {error}") from error
        self._made.update(self.names()[:number])
        return scene
