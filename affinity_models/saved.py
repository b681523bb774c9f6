"""Pyramids that were predicted elsewhere, from files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from affinity_models.base import AFFINITY_MODELS, AffinityModel
from affinity_models.manifest import Manifest, describe, version
from affinity_models.sample import Sample
from partitioners import AffinityPyramid
from partitioners.errors import InputError


@AFFINITY_MODELS.register("saved")
@dataclass(frozen=True)
class Saved(AffinityModel):
    """Pyramids that were predicted elsewhere, read from `ROOT/pyramids/NAME.npz`.

    Args:
        root: the folder; its files are those of `AffinityPyramid.save`. In a frozen set, which has a manifest, they must
            be as they were when it was frozen.
    """

    root: Path

    @property
    def version(self) -> str:
        """Hexadecimal digits that change when a file is replaced: those of the frozen set, else a hash of all files."""
        if (manifest := Manifest.read(Path(self.root))) is not None:
            return manifest.version
        return version({path.name: describe(path) for path in (Path(self.root) / "pyramids").glob("*.npz")})

    def predict(self, sample: Sample, stride: int) -> AffinityPyramid:
        """Return the pyramid saved under the sample's name, whatever its stride.

        Raises:
            InputError: there is none, it is damaged, or it was made for another image size or other classes.
        """
        path = Path(self.root) / "pyramids" / f"{sample.name}.npz"
        if (manifest := Manifest.read(Path(self.root))) is not None:
            manifest.check(path)
        pyramid = AffinityPyramid.load(path)
        if pyramid.image_size != sample.size:
            raise InputError(f"{path}: expected a pyramid for {sample.size} pixels, got one for {pyramid.image_size}")
        if pyramid.classes != sample.classes:
            raise InputError(f"{path}: expected the classes {sample.classes.names}, got {pyramid.classes.names}")
        return pyramid
