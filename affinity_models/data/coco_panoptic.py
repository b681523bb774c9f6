"""Images with panoptic ground truth in the format of COCO."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from affinity_models.data import files
from affinity_models.data.dataset import DATASETS, Dataset
from affinity_models.images import read_image, read_pixels
from affinity_models.sample import VOID, Sample
from partitioners import ClassTable, checks, needs
from partitioners.errors import InputError
from partitioners.labels import consecutive

T = TypeVar("T")

LAYOUT = "SPLIT/*.jpg, annotations/panoptic_SPLIT.json and panoptic_SPLIT/*.png (unpacked, here or in annotations/)"
_FORMAT = "COCO's panoptic format (images, annotations with segments_info, categories with isthing)"
_MALFORMED = (KeyError, TypeError, AttributeError)  # what reading JSON of another structure raises


@dataclass(frozen=True)
class Segments:
    """The part of the JSON about one image.

    Fields:
        image, mask: its two files.
        class_of: the class index of each segment's number.
        instances: the numbers of the segments that are single instances of things.
    """

    image: Path
    mask: Path
    class_of: dict[int, int]
    instances: set[int]


@DATASETS.register("coco-panoptic", unavailable=needs("PIL", extra="bench"))
@dataclass(frozen=True)
class CocoPanoptic(Dataset):
    """Images of COCO with its panoptic ground truth, or others in its format.

    Kirillov et al., "Panoptic Segmentation", CVPR 2019; https://cocodataset.org/#format-data. The classes are
    the JSON's categories in its order. The number of a segment is R + 256 · G + 256² · B of the PNG, 0 is void.
    Crowds have their class in `semantic` and 0 in `instances`.

    Args:
        root: the folder into which COCO's archives were unpacked, the inner one of the PNGs too.
        split: the split as in the files' names, "val2017" for instance.
        stride: image pixels per pixel of pyramid level 1.

    Raises:
        InputError: the folder is not as above, or the JSON is not in COCO's format.
    """

    train = {"split": "train2017"}  # noqa: RUF012

    root: Path
    split: str
    stride: int = 4
    classes: ClassTable = field(init=False)
    _annotations: dict[str, Any] = field(init=False, repr=False, compare=False)
    _files: dict[int, str] = field(init=False, repr=False, compare=False)
    _categories: dict[int, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        checks.keep(
            self, root=files.existing_folder(self.root, LAYOUT), stride=checks.integer("stride", self.stride, 1)
        )
        splits = [path.stem.removeprefix("panoptic_") for path in self.root.glob("annotations/panoptic_*.json")]
        if not splits:
            raise InputError(f"root: expected {LAYOUT}, found no annotations/panoptic_*.json in {self.root}")
        checks.choice("split", self.split, splits)
        for folder in (self.root / self.split, self._masks):
            if not folder.is_dir():
                raise InputError(f"root: expected {LAYOUT}, found no folder {folder}")
        content = files.read_json(self._json)
        try:
            self._index(content)
        except InputError as error:
            raise InputError(f"{self._json}: {error}") from None
        except _MALFORMED as error:
            raise InputError(f"{self._json}: expected {_FORMAT}, got {error!r}") from error

    def names(self) -> list[str]:
        """Return the names of the annotated images without extension, sorted."""
        return list(self._annotations)

    def read(self, name: str) -> Sample:
        """Return one image with its ground truth.

        Raises:
            InputError: there is no such image, its PNG is missing or of another size, a file cannot be read, or
                the segments of JSON and PNG are not the same.
        """
        segments = self._segments(name)
        image = read_image(segments.image)
        numbers = read_numbers(segments.mask, image.shape)
        present, inverse = np.unique(numbers, return_inverse=True)
        self._check_numbers(segments, set(present.tolist()) - {0})
        semantic = np.array([segments.class_of.get(number, VOID) for number in present.tolist()])
        instances = np.where(np.isin(present, list(segments.instances)), present, 0)
        inverse = inverse.reshape(numbers.shape)
        return Sample(name, image, semantic[inverse], consecutive(instances[inverse]), self.classes)

    @property
    def _json(self) -> Path:
        return self.root / "annotations" / f"panoptic_{self.split}.json"

    @property
    def _masks(self) -> Path:
        """The folder of the PNGs: in `root`, or where the archive that holds them is unpacked to."""
        beside = self.root / f"panoptic_{self.split}"
        return beside if beside.is_dir() else self.root / "annotations" / beside.name

    def _index(self, content: Any) -> None:
        """Keep the annotations by name, the images' file names by id, and the classes' indices by category."""
        categories, images, listed = content["categories"], content["images"], content["annotations"]
        if not listed:
            raise InputError("annotations: expected at least one, got none")
        _unique("annotations", "image ids", (annotation["image_id"] for annotation in listed))
        names = _unique("annotations", "file names", (Path(annotation["file_name"]).stem for annotation in listed))
        annotations = dict(zip(names, listed, strict=True))
        category_ids = _unique("categories", "ids", (entry["id"] for entry in categories))
        image_ids = _unique("images", "ids", (image["id"] for image in images))
        image_files = _unique("images", "file names", (image["file_name"] for image in images))
        checks.keep(
            self,
            classes=ClassTable(*zip(*((entry["name"], entry["isthing"]) for entry in categories), strict=True)),
            _categories={category: number for number, category in enumerate(category_ids)},
            _files=dict(zip(image_ids, image_files, strict=True)),
            _annotations={name: annotations[name] for name in sorted(names)},
        )

    def _segments(self, name: str) -> Segments:
        """Return what the JSON says about one image."""
        annotation = files.find(self._annotations, name, self._json)
        try:
            listed = annotation["segments_info"]
            _unique("segments_info", "ids", (segment["id"] for segment in listed))
            class_of = {segment["id"]: self._categories[segment["category_id"]] for segment in listed}
            crowds = {segment["id"] for segment in listed if segment.get("iscrowd", 0)}
            things = {number for number, index in class_of.items() if self.classes.is_thing[index]}
            image = self.root / self.split / self._files[annotation["image_id"]]
            return Segments(image, self._masks / annotation["file_name"], class_of, things - crowds)
        except InputError as error:
            raise InputError(f"{self._json}: annotation of {name}: {error}") from None
        except _MALFORMED as error:
            raise InputError(f"{self._json}: annotation of {name}: expected {_FORMAT}, got {error!r}") from error

    def _check_numbers(self, segments: Segments, found: set[int]) -> None:
        """Refuse a PNG whose segments are not those that the JSON lists."""
        listed = set(segments.class_of)
        if found != listed:
            raise InputError(
                f"{segments.mask}: expected the segments of {self._json.name}, but {sorted(found - listed) or 'none'} "
                f"are only in the PNG and {sorted(listed - found, key=str) or 'none'} only in the JSON"
            )


def read_numbers(path: Path, size: Sequence[int]) -> NDArray[np.int32]:
    """Return a panoptic PNG as (H, W) int32 segment numbers R + 256 · G + 256² · B.

    Args:
        path: the file.
        size: the shape of the image that the segments are of.

    Raises:
        InputError: the file is missing, damaged, of another size or not RGB; the message names it.
    """
    return read_pixels(path, ("RGB",), "RGB segment numbers", size=size) @ np.array([1, 256, 256**2], np.int32)


def _unique(entries: str, field: str, values: Iterable[T]) -> list[T]:
    """Return values by which entries are told apart, refused where two are alike: one of both would be lost."""
    found = list(values)
    repeated = [value for value, count in Counter(found).items() if count > 1]
    if repeated:
        raise InputError(f"{entries}: expected unique {field}, got {repeated[0]!r} more than once")
    return found
