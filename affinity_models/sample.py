"""Images and volumes with their ground truth, as data sets yield them and affinity models take them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from partitioners import ClassTable, checks
from partitioners.arrays import IntegerArray
from partitioners.errors import InputError, NotApplicable
from partitioners.labels import consecutive

VOID = -1
"""The semantic label of pixels that are of no class and are not scored."""


@dataclass(frozen=True, eq=False)
class Sample:
    """One image or volume of a data set. Its arrays are read-only; those of a volume begin with an axis of depth, D.

    Args:
        name: unique in the data set.
        image: (H, W, 3) uint8, RGB.
        semantic: (H, W) integers, kept as int32: class index, or -1 (void: not scored).
        instances: (H, W) integers, kept as int32: 0 where there is no instance, other numbers of at least 1 elsewhere;
            those above the number of pixels are replaced by 1…n, in their order. A pixel of a thing class without an
            instance belongs to a crowd, whose parts the ground truth does not tell apart.
        classes: the data set's classes.
        source: the file of the ground truth, where the data set's official evaluator reads it itself.

    Raises:
        InputError: a shape, dtype or value is not as above, or an instance spans two classes.
    """

    name: str
    image: NDArray[np.uint8]
    semantic: NDArray[np.int32]
    instances: NDArray[np.int32]
    classes: ClassTable
    source: Path | None = None

    if TYPE_CHECKING:  # any width is taken

        def __init__(
            self,
            name: str,
            image: NDArray[np.uint8],
            semantic: IntegerArray,
            instances: IntegerArray,
            classes: ClassTable,
            source: Path | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        is_volume = getattr(self.image, "ndim", 3) == 4
        image = checks.array("image", self.image, (None,) * (2 + is_volume) + (3,), "integer")
        shape = image.shape[:-1]
        semantic = checks.array("semantic", self.semantic, shape, "integer")
        instances = checks.array("instances", self.instances, shape, "integer")
        checks.within("semantic", semantic, VOID, len(self.classes) - 1)
        checks.within("instances", instances, 0, np.inf)
        if instances.size and instances.max() > instances.size:
            instances = consecutive(instances)
        semantic, instances = (labels.astype(np.int32, copy=False) for labels in (semantic, instances))
        checks.keep(self, image=image, semantic=semantic, instances=instances)
        inside = instances > 0
        if (self.instance_classes[instances[inside]] != semantic[inside]).any():
            raise InputError(f"{self.name}: expected one class per instance, got an instance of two classes")

    @property
    def size(self) -> tuple[int, ...]:
        """(H, W), of a volume (D, H, W)."""
        return self.image.shape[:-1]

    @property
    def is_volume(self) -> bool:
        """True for a volume, False for an image."""
        return len(self.size) == 3

    def expect_image(self) -> None:
        """Refuse a volume.

        Raises:
            NotApplicable: it is one.
        """
        if self.is_volume:
            raise NotApplicable(f"{self.name}: expected an image, got a volume of {self.size} voxels")

    @cached_property
    def instance_classes(self) -> NDArray[np.int32]:
        """(n + 1,) int32: the class of each instance; -1 for 0 and for numbers that do not occur."""
        classes = np.full(int(self.instances.max(initial=0)) + 1, VOID, np.int32)
        classes[self.instances.ravel()] = self.semantic.ravel()
        classes[0] = VOID
        return checks.read_only(classes)

    @property
    def crowd(self) -> NDArray[np.bool_]:
        """(H, W) or (D, H, W) bool: pixels of a thing class that belong to no single instance."""
        is_thing = np.array([*self.classes.is_thing, False])  # the last one answers for void, -1
        crowd: NDArray[np.bool_] = (self.instances == 0) & is_thing[self.semantic]
        return crowd
