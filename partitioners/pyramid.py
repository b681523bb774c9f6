"""Affinity pyramids: what an affinity network predicts for one image, on levels of halving resolution, or for one volume."""

from __future__ import annotations

import io
import json
import math
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from partitioners import _native, checks
from partitioners.arrays import FloatArray
from partitioners.errors import InputError
from partitioners.files import write_whole
from partitioners.graph import Offsets, check_offsets, overlap

T = TypeVar("T")

NEIGHBOURS: Offsets = ((0, 1), (1, 0))
"""DaffNet's offsets, right and down: with symmetric affinities these are the paper's four directions."""


def neighbours(rank: int) -> Offsets:
    """Return the steps to the next pixel along each of `rank` axes, the last axis first: of an image, `NEIGHBOURS`."""
    return tuple(tuple(int(axis == moved) for axis in range(rank)) for moved in reversed(range(rank)))


_FORMAT = "affinity-pyramid-1"
_FIELDS = ("affinity", "semantic", "embedding")
_LONGEST = 1000
"""Characters of a partitioner's expression: files are not to be trusted, and deep nesting could exhaust the stack."""


@dataclass(frozen=True)
class ClassTable:
    """The classes of a data set: their names, and which of them are things (have instances).

    Raises:
        InputError: there is no class, two share a name, or the lengths differ.
    """

    names: tuple[str, ...]
    is_thing: tuple[bool, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", checks.items("names", self.names, str))
        object.__setattr__(self, "is_thing", tuple(map(bool, checks.items("is_thing", self.is_thing, object))))
        if not self.names or len(set(self.names)) != len(self.names):
            raise InputError(f"classes: expected unique names, at least one, got {self.names}")
        if len(self.is_thing) != len(self.names):
            raise InputError(f"is_thing: expected {len(self.names)} values, got {len(self.is_thing)}")

    def __len__(self) -> int:
        return len(self.names)

    @property
    def things(self) -> NDArray[np.intp]:
        """(number of things,) indices of the classes that are things."""
        return np.flatnonzero(self.is_thing)


@dataclass(frozen=True, eq=False)
class PyramidLevel:
    """The predictions on one level, of h × w pixels, in read-only arrays; of a volume, of d × h × w.

    Args:
        affinity: (A, h, w) floats in [0, 1], of a volume (A, d, h, w), kept as float32: channel i at pixel p is the
            affinity of p and p + offsets[i]; values whose partner lies outside are ignored.
        semantic: (C, h, w) floats, or (C, d, h, w), kept as float32: a distribution over the classes at each pixel.
        embedding: (k, h, w) finite floats, or (k, d, h, w), kept as float32; k may be 0, and is where left out.
        offsets: A pairs (dy, dx), of a volume triples (dz, dy, dx).

    Raises:
        InputError: a shape, dtype or value is not as above.
    """

    affinity: NDArray[np.float32]
    semantic: NDArray[np.float32]
    embedding: NDArray[np.float32] = None  # type: ignore[assignment]  # left out, it has no channels
    offsets: Offsets = NEIGHBOURS

    if TYPE_CHECKING:  # any width is taken

        def __init__(
            self,
            affinity: FloatArray,
            semantic: FloatArray,
            embedding: FloatArray | None = None,
            offsets: Offsets = NEIGHBOURS,
        ) -> None: ...

    def __post_init__(self) -> None:
        affinity = checks.grid("affinity", self.affinity, "float", before=1).astype(np.float32, "C", copy=False)
        shape = affinity.shape[1:]
        semantic = checks.array("semantic", self.semantic, (None, *shape), "float").astype(np.float32, "C", copy=False)
        none = np.empty((0, *shape), np.float32)
        given = none if self.embedding is None else self.embedding
        embedding = checks.array("embedding", given, (None, *shape), "float").astype(np.float32, "C", copy=False)
        if 0 in shape:
            raise InputError(f"affinity: expected at least one pixel, got shape {affinity.shape}")
        checks.within("semantic", semantic, 0, 1)
        checks.within("sum of semantic over the classes", semantic.sum(axis=0), 0.99, 1.01)
        largest = float(np.finfo(np.float32).max)
        checks.within("embedding", embedding, -largest, largest)
        offsets = check_offsets(self.offsets, len(affinity), len(shape))
        for channel, offset in zip(affinity, offsets, strict=True):
            checks.within("affinity", channel[overlap(*offset)[0]], 0, 1)
        checks.keep(self, affinity=affinity, semantic=semantic, embedding=embedding, offsets=offsets)

    @property
    def shape(self) -> tuple[int, ...]:
        """(h, w), or (d, h, w)."""
        return self.affinity.shape[1:]


@dataclass(frozen=True, eq=False)
class AffinityPyramid:
    """All that a partitioner is given for one image, or for one volume, which has one level at a stride of 1.

    Args:
        levels: finest first (level 1 of the paper); each is ceil(n / 2) of the one before in both directions.
        classes: the classes behind the channels of `semantic`.
        stride: image pixels per pixel of the finest level, in each direction.
        image_size: (H, W) of the image; the finest level has ceil(H / stride) × ceil(W / stride) pixels. Of a volume,
            (D, H, W).
        partitioner: the one that suits whatever predicted the pyramid, as `partitioners.expressions.parse` takes it;
            empty where none is recorded. `partitioners.partitioner_for` makes it.
        min_size: segments under this number of level-1 pixels are no instances, unless a partitioner is told otherwise.

    Raises:
        InputError: the levels' sizes or their numbers of classes do not fit, or another field is not as above.
    """

    levels: tuple[PyramidLevel, ...]
    classes: ClassTable
    stride: int
    image_size: tuple[int, ...]
    partitioner: str = ""
    min_size: int = 10

    def __post_init__(self) -> None:
        if not isinstance(self.partitioner, str) or len(self.partitioner) > _LONGEST:
            got = str(self.partitioner)[:_LONGEST]
            raise InputError(f"partitioner: expected a text of up to {_LONGEST} characters, got {got!r}")
        object.__setattr__(self, "min_size", checks.integer("min_size", self.min_size))
        object.__setattr__(self, "levels", checks.items("levels", self.levels, PyramidLevel))
        checks.instance("classes", self.classes, ClassTable)
        object.__setattr__(self, "stride", checks.integer("stride", self.stride, 1))
        if not self.levels:
            raise InputError("levels: expected at least one, got none")
        size = checks.array("image_size", self.image_size, (len(self.levels[0].shape),), "integer")
        checks.within("image_size", size, 1, 2**31 - 1)
        object.__setattr__(self, "image_size", tuple(size.tolist()))
        if self.is_volume and (len(self.levels), self.stride) != (1, 1):
            got = f"{len(self.levels)} at a stride of {self.stride}"
            raise InputError(f"levels: expected one at a stride of 1 for a volume, got {got}")
        factor = self.stride
        expected = tuple(-(-length // factor) for length in self.image_size)
        for number, level in enumerate(self.levels, 1):
            if level.shape != expected:
                raise InputError(f"level {number}: expected {expected} pixels (stride {factor}), got {level.shape}")
            if len(level.semantic) != len(self.classes):
                raise InputError(f"level {number}: expected {len(self.classes)} classes, got {len(level.semantic)}")
            expected = tuple(-(-length // 2) for length in expected)
            factor *= 2

    @property
    def is_volume(self) -> bool:
        """True for a volume, False for an image."""
        return len(self.image_size) == 3

    def is_thing(self, number: int) -> NDArray[np.bool_]:
        """Tell, (h, w) or (d, h, w), where the most likely class of level `number` (1 is finest) is a thing.

        Of equally likely classes the first one counts.
        """
        level = self.levels[number - 1]
        is_thing = _native.is_thing(as_planes(level.semantic, 1), np.array(self.classes.is_thing))
        return is_thing.reshape(level.shape)

    def halved(self) -> AffinityPyramid:
        """Return the pyramid with all values rounded to half precision.

        Raises:
            InputError: a value is too large for that.
        """
        with np.errstate(over="ignore"):
            levels = [
                replace(level, **{field: getattr(level, field).astype(np.float16) for field in _FIELDS})
                for level in self.levels
            ]
        return replace(self, levels=tuple(levels))

    def save(self, path: str | os.PathLike[str], half: bool = False) -> None:
        """Write one compressed .npz file, whole or not at all.

        Args:
            path: the file's path.
            half: True to store half precision, to which `halved` rounds.
        """
        meta = {
            "format": _FORMAT,
            "names": self.classes.names,
            "is_thing": self.classes.is_thing,
            "stride": self.stride,
            "image_size": self.image_size,
            "partitioner": self.partitioner,
            "min_size": self.min_size,
            "offsets": [level.offsets for level in self.levels],
        }
        arrays: dict[str, Any] = {"meta": np.frombuffer(json.dumps(meta).encode(), np.uint8)}
        for number, level in enumerate(self.levels, 1):
            for field in _FIELDS:
                arrays[f"level{number}_{field}"] = getattr(level, field).astype(np.float16 if half else np.float32)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        write_whole(Path(path), buffer.getvalue())

    @staticmethod
    def load(path: str | os.PathLike[str]) -> AffinityPyramid:
        """Read a file written by `save`, or by any program that writes the same arrays. No code is executed.

        Raises:
            InputError: the file is missing, damaged, or holds something else; the message names it.
        """
        return _read(path, _from_arrays)

    @staticmethod
    def load_size(path: str | os.PathLike[str]) -> tuple[int, ...]:
        """Return `image_size` of a file written by `save`, without reading what is predicted; errors are those of `load`."""
        return _read(path, lambda arrays: tuple(_meta(arrays)["image_size"]))


def as_planes(values: NDArray[Any], before: int = 0) -> NDArray[Any]:
    """Return values (h, w) or (d, h, w), after `before` other axes, as (h, w), slices one below another.

    So what looks at each pixel by itself takes volumes as it takes images.
    """
    *shape, width = values.shape
    return values.reshape(*shape[:before], math.prod(shape[before:]), width)


def _read(path: str | os.PathLike[str], take: Callable[[Any], T]) -> T:
    """Return what `take` makes of the arrays of a file."""
    path = checks.path("path", path)
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            return take(arrays)
    except Exception as error:  # damage shows as any of a dozen errors of zip, zlib, json and numpy
        raise InputError(f"{os.fspath(path)}: not a readable affinity pyramid: {error}") from error


def _meta(arrays: Any) -> dict[str, Any]:
    meta: dict[str, Any] = json.loads(bytes(arrays["meta"]))
    if meta["format"] != _FORMAT:
        raise InputError(f"format: expected {_FORMAT}, got {meta['format']}")
    return meta


def _from_arrays(arrays: Any) -> AffinityPyramid:
    meta = _meta(arrays)
    levels = []
    for number, offsets in enumerate(meta["offsets"], 1):
        names = {field: f"level{number}_{field}" for field in _FIELDS}
        if names["embedding"] not in arrays:
            del names["embedding"]
        levels.append(PyramidLevel(**{field: arrays[name] for field, name in names.items()}, offsets=offsets))
    classes = ClassTable(meta["names"], meta["is_thing"])
    suited = {name: meta[name] for name in ("partitioner", "min_size") if name in meta}  # older files have neither
    return AffinityPyramid(tuple(levels), classes, meta["stride"], tuple(meta["image_size"]), **suited)
