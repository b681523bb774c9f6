"""The embedded data set: synthetic street scenes, generated on this machine when they are first read."""

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

    `bench.street` writes the same ones. They have the folder layout and the classes of Cityscapes. Only images that are
    asked for are generated: `samples` first generates all that it will yield, `read` those up to the one it returns.

    Args:
        root: the folder of the scenes; default: one per version and seed in `cache_folder()`.
        split: "train" or "val".
        count: the number of images.
        seed: the seed of the whole data set.

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
    _generated: set[str] = field(default_factory=set, init=False, repr=False, compare=False)

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
        """Generate those of the first `limit` images that are missing, then yield all of them one by one."""
        if names := self.names()[:limit]:
            self._scene(names[-1])
        yield from super().samples(limit)

    def revision(self, name: str) -> str:
        """Return version, seed and split, on which a generated image depends besides its name."""
        from affinity_models.data.street.writer import VERSION

        return f"{VERSION}-{self.seed}-{self.split}"

    def distance(self, name: str) -> NDArray[np.float32] | None:
        """Return (H, W) float32 metres from the camera, NaN where unknown; generate images as `read` does."""
        return self._scene(name).distance()

    def _scene(self, name: str) -> Scene:
        """Return a scene after generating it and those before it, where missing."""
        from affinity_models.data.street.writer import generate

        scene = files.find(self._scenes, name, "the street scenes")
        if name in self._generated:  # rather than look for hundreds of files at each read
            return scene
        count = self.names().index(name) + 1
        scenes = list(self._scenes.values())[:count]
        missing = not all(scene.path("camera", "camera.json").exists() for scene in scenes)
        try:
            generate(scene.root, self.split, count, self.seed, progress=missing)
        except (ValueError, OSError) as error:
            raise InputError(f"street: {error}") from error
        self._generated.update(self.names()[:count])
        return scene
