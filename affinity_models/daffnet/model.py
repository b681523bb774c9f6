"""DaffNet as an affinity model; torch is imported when it first predicts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from affinity_models.base import AFFINITY_MODELS, AffinityModel
from affinity_models.daffnet.shipped import digest, weights_file
from affinity_models.sample import Sample
from partitioners import AffinityPyramid, checks, needs
from partitioners.errors import InputError

if TYPE_CHECKING:
    from affinity_models.daffnet.checkpoint import Checkpoint
    from affinity_models.daffnet.network import DaffNet


@AFFINITY_MODELS.register("daffnet", unavailable=needs("torch", "safetensors", extra="models"))
@dataclass(frozen=True)
class DaffNetModel(AffinityModel):
    """Deep Affinity Net, with weights that are shipped or that `python -m affinity_models.train` wrote.

    Args:
        weights: a .safetensors file, or the name of a shipped network: "street" or "nuclei".
        views: positions in which images are predicted, as `NetworkOptions` has them; None for the network's own.

    Raises:
        InputError: it is missing, damaged, or holds something else.
    """

    weights: str | Path
    views: int | None = None

    @property
    def version(self) -> str:
        """The first 12 hexadecimal digits of the SHA-256 of the weights."""
        return digest(weights_file(self.weights))

    @property
    def partitioner(self) -> str:
        """The one with which the network was measured for its card."""
        expression: str = self._checkpoint.suited.get("partitioner", "")
        return expression

    def predict(self, sample: Sample | NDArray[np.uint8], stride: int | None = None) -> AffinityPyramid:
        """Return the pyramid of an image, at the stride and with the classes that the network was trained for.

        Args:
            sample: the image (H, W, 3), RGB, or a sample that holds it.
            stride: a number without effect.

        Raises:
            InputError: `sample` is not as above, or of other classes.
        """
        from affinity_models.daffnet.prediction import predict

        classes = self._checkpoint.classes
        if isinstance(sample, Sample) and sample.classes != classes:
            raise InputError(f"classes: expected those of {self.weights}, {classes.names}, got {sample.classes.names}")
        picture = sample.image if isinstance(sample, Sample) else sample
        image: NDArray[Any] = checks.array("image", picture, (None, None, 3), "integer")
        return replace(predict(self._network, image, classes), **self._checkpoint.suited)

    @cached_property
    def _checkpoint(self) -> Checkpoint:
        from affinity_models.daffnet.checkpoint import load

        return load(weights_file(self.weights)).predicting(views=self.views)

    @cached_property
    def _network(self) -> DaffNet:
        from affinity_models.daffnet.processes import device

        return self._checkpoint.network().to(device()).eval()
