"""Saved affinity pyramids with ground truth, for predictions that were made elsewhere."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affinity_models.data import files
from affinity_models.data.dataset import DATASETS, Dataset
from affinity_models.images import read_image, read_labels
from affinity_models.manifest import Manifest
from affinity_models.sample import VOID, Sample
from partitioners import AffinityPyramid, ClassTable, checks, needs
from partitioners.errors import InputError
from partitioners.files import write_whole
from partitioners.labels import consecutive
from partitioners.pyramid import as_planes

LAYOUT = "pyramids/NAME.npz, instances/NAME.png, semantic/NAME.png and, if there are any, images/NAME.*"
_GREY = 128


@DATASETS.register("pyramids", unavailable=needs("PIL", extra="bench"))
@dataclass(frozen=True)
class Pyramids(Dataset):
    """Affinity pyramids predicted elsewhere, with ground truth: pyramids/, instances/, semantic/.

    Classes and stride are those of the pyramids. `write_entry` adds to such a folder, and the affinity model
    `saved` takes its pyramids. A frozen set of `bench.export` is such a folder with a manifest, whose hashes are checked.

    Args:
        root: a folder with pyramids/NAME.npz (`AffinityPyramid.save`), instances/NAME.png (grey of 8 or 16 bits,
            0 where there is no instance), semantic/NAME.png (class index, grey of 8 bits with 255 for void, or of
            16 bits with 65535 for void) and, optionally, images/NAME.* (8 bits per channel; else all grey). Of volumes,
            these are images of all slices, one below another.

    Raises:
        InputError: the folder is not as above, no pyramid can be read, or a file of a frozen set has changed.
    """

    root: Path
    classes: ClassTable = field(init=False)
    stride: int = field(init=False)
    _pyramids: dict[str, Path] = field(init=False, repr=False, compare=False)
    _images: dict[str, Path] = field(init=False, repr=False, compare=False)
    _of_volumes: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        root = files.existing_folder(self.root, LAYOUT)
        pyramids, images = _found(root)
        if not pyramids:
            raise InputError(f"root: expected {LAYOUT}, found no pyramids in {root / 'pyramids'}")
        first = _first_readable(list(pyramids.values()))
        checks.keep(self, root=root, classes=first.classes, stride=first.stride, _of_volumes=first.is_volume)
        checks.keep(self, _pyramids=pyramids, _images=images)

    def names(self) -> list[str]:
        """Return the names of the pyramids without extension, sorted."""
        return list(self._pyramids)

    def read(self, name: str) -> Sample:
        """Return the ground truth beside a pyramid, whose predictions are not read, and the image or a grey one.

        Raises:
            InputError: there is no such pyramid, a file is missing, damaged or of another size, a class index is
                unknown, or an instance is not of one thing class.
        """
        files.find(self._pyramids, name, self.root)
        instances_path, semantic_path = (self.root / kind / f"{name}.png" for kind in ("instances", "semantic"))
        image = read_image(self._images[name]) if name in self._images else None
        instances = consecutive(read_labels(instances_path, None if image is None else image.shape))
        semantic = _read_classes(semantic_path, len(self.classes), instances.shape)
        if image is None:
            image = np.full((*instances.shape, 3), _GREY, np.uint8)
        if self._of_volumes:
            size = AffinityPyramid.load_size(self._pyramids[name])
            if instances.shape != (slices := (math.prod(size[:-1]), size[-1])):
                raise InputError(f"{instances_path}: expected slices of {slices} pixels in all, got {instances.shape}")
            image, semantic, instances = image.reshape(*size, 3), semantic.reshape(size), instances.reshape(size)
        is_thing = np.array([*self.classes.is_thing, False])  # the last one answers for void, -1
        if (instances[~is_thing[semantic]] > 0).any():
            raise InputError(f"{instances_path}: expected instances of things only, but {semantic_path} says otherwise")
        try:
            return Sample(name, image, semantic, instances, self.classes)
        except InputError as error:
            raise InputError(f"{instances_path}: {error}") from None

    def pyramid(self, name: str) -> AffinityPyramid:
        """Return the pyramid of an image.

        Raises:
            InputError: there is none, it is damaged, or its classes or stride are not those of the data set.
        """
        path = files.find(self._pyramids, name, self.root)
        pyramid = AffinityPyramid.load(path)
        if (pyramid.stride, pyramid.classes) != (self.stride, self.classes):
            raise InputError(f"{path}: expected stride {self.stride} and {self.classes} like the first pyramid")
        return pyramid


def write_entry(
    root: Path, sample: Sample, pyramid: AffinityPyramid, *, with_image: bool = True, half: bool = False
) -> list[Path]:
    """Add an image with its ground truth and its pyramid to a folder that `Pyramids` reads.

    The pyramid comes last, so an entry is there only when it is complete. One of the same name is replaced.

    Args:
        root: the folder, made if missing.
        sample: the image and its ground truth, with at most 65,535 instances and 65,535 classes; its name
            becomes a file name.
        pyramid: a pyramid for the same size and classes.
        with_image: True to write the image as well.
        half: True to store the pyramid in half precision.

    Returns:
        The files that were written.

    Raises:
        InputError: an argument is not as above.
    """
    from PIL import Image

    instances = consecutive(sample.instances)
    if Path(sample.name).name != sample.name:
        raise InputError(f"sample: expected a name that can be a file's, got {sample.name!r}")
    if pyramid.image_size != sample.size:
        raise InputError(f"pyramid: expected one for {sample.size} pixels, got one for {pyramid.image_size}")
    if pyramid.classes != sample.classes:
        raise InputError(f"pyramid: expected the classes {sample.classes.names}, got {pyramid.classes.names}")
    if instances.max(initial=0) > np.iinfo(np.uint16).max:
        raise InputError(f"sample: expected at most 65535 instances, got {instances.max()}")
    dtype = np.uint8 if len(sample.classes) <= np.iinfo(np.uint8).max else np.uint16
    semantic = np.where(sample.semantic == VOID, np.iinfo(dtype).max, sample.semantic)
    layers = {"instances": as_planes(instances.astype(np.uint16)), "semantic": as_planes(semantic.astype(dtype))}
    layers |= {"images": sample.image.reshape(-1, *sample.image.shape[-2:])} if with_image else {}
    written = []
    for kind, layer in layers.items():
        buffer = io.BytesIO()
        Image.fromarray(layer).save(buffer, format="PNG")
        written.append(Path(root) / kind / f"{sample.name}.png")
        write_whole(written[-1], buffer.getvalue())
    written.append(Path(root) / "pyramids" / f"{sample.name}.npz")
    pyramid.save(written[-1], half)
    return written


def _found(root: Path) -> tuple[dict[str, Path], dict[str, Path]]:
    """Return the files of pyramids and images by name; of a frozen set, whose files are checked, those it lists."""
    if (manifest := Manifest.read(root)) is None:
        pyramids = files.by_name((path.stem, path) for path in root.glob("pyramids/*.npz"))
        return pyramids, files.images_by_name(root / "images")
    manifest.check_all()
    pyramids, images = (
        files.by_name((path.stem, path) for path in manifest.listed(kind)) for kind in ("pyramids", "images")
    )
    return pyramids, images


def _first_readable(paths: list[Path]) -> AffinityPyramid:
    """Return the first pyramid that can be read; where none can, say why of the first."""
    problems = []
    for path in paths:
        try:
            return AffinityPyramid.load(path)
        except InputError as error:
            problems.append(error)
    raise problems[0]


def _read_classes(path: Path, n_classes: int, size: tuple[int, ...]) -> NDArray[np.int32]:
    """Return (H, W) int32 class indices, with void as -1."""
    labels = read_labels(path, size)
    void = 255 if labels.dtype == np.uint8 else 65535
    semantic = np.where(labels == void, VOID, labels.astype(np.int32))
    if (largest := int(semantic.max(initial=0))) >= n_classes:
        raise InputError(f"{path}: expected class indices up to {n_classes - 1}, or {void} for void, got {largest}")
    return semantic
