"""DaffNet as an affinity model; torch is imported when it first predicts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

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
        return self._checkpoint.suited.get("partitioner", "")

    def predict(self, sample: Sample, stride: int) -> AffinityPyramid:
        """Return the pyramid of `sample`, at the stride that the network was trained for.

        Raises:
            InputError: the network was trained for other classes.
        """
        if sample.classes != self._checkpoint.classes:
            raise InputError(
                f"classes: expected those of {self.weights}, {self._checkpoint.classes.names}, got {sample.classes.names}"
            )
        return self.predict_image(sample.image)

    def predict_image(self, image: np.ndarray) -> AffinityPyramid:
        """Return the pyramid of an image (H, W, 3) uint8, RGB, at the stride that the network was trained for.

        Raises:
            InputError: `image` is not as above.
        """
        from affinity_models.daffnet.prediction import predict

        image = checks.array("image", image, (None, None, 3), "integer")
        pyramid = predict(self._network, image, self._checkpoint.classes)
        return replace(pyramid, **self._checkpoint.suited)

    @cached_property
    def _checkpoint(self) -> Checkpoint:
        from affinity_models.daffnet.checkpoint import load

        return load(weights_file(self.weights)).predicting(views=self.views)

    @cached_property
    def _network(self) -> DaffNet:
        from affinity_models.daffnet.processes import device

        return self._checkpoint.network().to(device()).eval()
