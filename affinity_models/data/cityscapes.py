"""Street scenes in the folder layout of Cityscapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affinity_models.data import files
from affinity_models.data.dataset import DATASETS, Dataset
from affinity_models.images import read_image, read_labels
from affinity_models.metrics.cityscapes import average_precision
from affinity_models.metrics.matching import match
from affinity_models.sample import VOID, Sample
from partitioners import ClassTable, Segmentation, checks, needs
from partitioners.arrays import IntegerArray
from partitioners.errors import InputError
from partitioners.labels import consecutive

LAYOUT = (
    "leftImg8bit/SPLIT/CITY/NAME_leftImg8bit.png, gtFine/SPLIT/CITY/NAME_gtFine_instanceIds.png "
    "and NAME_gtFine_labelIds.png"
)
_IMAGE = "_leftImg8bit.png"
_FIRST_INSTANCE = 1000  # instanceIds: label · 1000 + k is instance k of a thing, smaller ones are labels


@lru_cache(maxsize=1)
def evaluated_classes() -> tuple[ClassTable, NDArray[np.int32]]:
    """Return the 19 classes in the order of their train ids, and the class (or void) of each label id.

    The table of `cityscapesscripts` is the one source of both.

    Returns:
        The classes, 8 of them things, and (number of label ids,) int32: a class index or -1.
    """
    from cityscapesscripts.helpers.labels import labels

    evaluated = sorted((label for label in labels if not label.ignoreInEval), key=lambda label: label.trainId)
    table = ClassTable(tuple(label.name for label in evaluated), tuple(label.hasInstances for label in evaluated))
    class_of_label = np.full(max(label.id for label in labels) + 1, VOID, np.int32)
    class_of_label[[label.id for label in evaluated]] = np.arange(len(evaluated))
    return table, class_of_label


@dataclass(frozen=True)
class Scene:
    """One image of a folder in the layout of Cityscapes, and the files that belong to it."""

    root: Path
    split: str
    city: str
    name: str

    def path(self, kind: str, end: str) -> Path:
        """Return a file's path: {root}/{kind}/{split}/{city}/{name}_{end}."""
        return self.root / kind / self.split / self.city / f"{self.name}_{end}"

    def read(self) -> Sample:
        """Return the image with its ground truth; `Dataset.read` tells the rest."""
        classes, class_of_label = evaluated_classes()
        image = read_image(self.path("leftImg8bit", "leftImg8bit.png"))
        source = self.path("gtFine", "gtFine_instanceIds.png")
        ids = read_labels(source, image.shape)
        labels = np.where(ids < _FIRST_INSTANCE, ids, ids // _FIRST_INSTANCE)
        self._check_labels(source, labels, len(class_of_label))
        semantic = class_of_label[labels]
        is_thing = np.array([*classes.is_thing, False])  # the last one answers for void, -1
        instances = np.where((ids >= _FIRST_INSTANCE) & is_thing[semantic], ids, 0)
        return Sample(self.name, image, semantic, consecutive(instances), classes, source)

    def distance(self) -> NDArray[np.float32] | None:
        """Return the distance of each pixel from the camera; `Dataset.distance` tells the rest.

        The disparity is (v − 1) / 256 pixels for a value v, 0 is unknown; the distance is baseline · fx / disparity.
        """
        disparity, camera = self.path("disparity", "disparity.png"), self.path("camera", "camera.json")
        if not (disparity.exists() and camera.exists()):
            return None
        size = read_labels(self.path("gtFine", "gtFine_labelIds.png")).shape
        values = read_labels(disparity, size).astype(np.float32)
        parameters = files.read_json(camera)
        try:
            baseline = checks.number("extrinsic.baseline", parameters["extrinsic"]["baseline"], 0)
            focal = checks.number("intrinsic.fx", parameters["intrinsic"]["fx"], 0)
        except (KeyError, TypeError) as error:
            raise InputError(f"{camera}: expected extrinsic.baseline and intrinsic.fx: {error!r}") from None
        except InputError as error:
            raise InputError(f"{camera}: {error}") from None
        known = np.where(values > 0, values - 1, np.nan) / 256
        with np.errstate(divide="ignore"):
            return (baseline * focal / known).astype(np.float32)

    def _check_labels(self, source: Path, labels: IntegerArray, n_labels: int) -> None:
        """Refuse instance ids of an unknown label, or other than the label ids say."""
        if (largest := int(labels.max(initial=0))) >= n_labels:
            raise InputError(f"{source}: expected label ids up to {n_labels - 1}, got {largest}")
        path = self.path("gtFine", "gtFine_labelIds.png")
        expected = read_labels(path, labels.shape)
        if (differ := labels != expected).any():
            y, x = np.argwhere(differ)[0]
            raise InputError(
                f"{source}: expected the labels of {path.name}, but {np.count_nonzero(differ)} pixels differ, "
                f"the first at row {y}, column {x}: {labels[y, x]}, not {expected[y, x]}"
            )


class StreetScenes(Dataset):
    """Data sets that the Cityscapes benchmark's own evaluator judges."""

    train = {"split": "train"}  # noqa: RUF012

    def figures_of_merit(self, found: Sequence[tuple[Sample, Segmentation]]) -> dict[str, float]:
        """Return the benchmark's AP and AP50."""
        precision = average_precision([match(sample, segmentation) for sample, segmentation in found], self.classes)
        return {"AP": precision.ap, "AP50": precision.ap50}


@DATASETS.register("cityscapes", unavailable=needs("cityscapesscripts", "PIL", extra="bench"))
@dataclass(frozen=True)
class Cityscapes(StreetScenes):
    """Street scenes of Cityscapes, or others in its layout: leftImg8bit/, gtFine/.

    Cordts et al., "The Cityscapes Dataset for Semantic Urban Scene Understanding", CVPR 2016. The classes are
    the 19 that the benchmark evaluates, in the order of their train ids; the 8 with instances are things.
    Label ids that it ignores are void. A region of a thing class that is no single instance (a group) has its
    class in `semantic` and 0 in `instances`. `Sample.source` is the file of the instance ids.

    Args:
        root: the folder with leftImg8bit/ and gtFine/; with disparity/ and camera/ there are distances too.
        split: "train", "val", or another folder's name beside them.
        stride: image pixels per pixel of pyramid level 1.

    Raises:
        InputError: the folder is not as above.
    """

    root: Path
    split: str = "val"
    stride: int = 4
    classes: ClassTable = field(init=False)
    _scenes: dict[str, Path] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        root = files.existing_folder(self.root, LAYOUT)
        splits = [path.name for path in root.glob("leftImg8bit/*") if path.is_dir()]
        if splits:
            checks.choice("split", self.split, splits)
        images = (root / "leftImg8bit" / str(self.split)).glob(f"*/*{_IMAGE}")
        scenes = files.by_name((path.name.removesuffix(_IMAGE), path) for path in images)
        if not scenes:
            raise InputError(f"root: expected {LAYOUT}, found no images of {self.split!r} in {root}")
        stride = checks.integer("stride", self.stride, 1)
        classes, _ = evaluated_classes()
        checks.keep(self, root=root, stride=stride, classes=classes, _scenes=scenes)

    def names(self) -> list[str]:
        """Return the names of the images without `_leftImg8bit.png`, sorted."""
        return list(self._scenes)

    def read(self, name: str) -> Sample:
        """Return one image with its ground truth.

        Raises:
            InputError: there is no such image, a file of it is missing, damaged or of another size, a label is
                unknown, or labelIds and instanceIds disagree.
        """
        return self._scene(name).read()

    def distance(self, name: str) -> NDArray[np.float32] | None:
        """Return (H, W) float32 metres from the camera, or None where disparity/ or camera/ lacks the image.

        Unknown ones are NaN; without disparity they are infinite.

        Raises:
            InputError: there is no such image, or a file cannot be read.
        """
        return self._scene(name).distance()

    def _scene(self, name: str) -> Scene:
        city = files.find(self._scenes, name, self.root).parent.name
        return Scene(self.root, self.split, city, name)
