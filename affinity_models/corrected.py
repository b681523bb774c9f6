"""A control: a network's pyramid with some of its parts replaced by the truth, to see what each of them costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from affinity_models.base import AFFINITY_MODELS, AffinityModel
from affinity_models.daffnet.model import DaffNetModel
from affinity_models.oracle import Oracle
from affinity_models.sample import Sample
from partitioners import AffinityPyramid, checks, needs
from partitioners.errors import InputError

PARTS = ("semantic", "affinity", "embedding")


@AFFINITY_MODELS.register("corrected", unavailable=needs("torch", "safetensors", extra="models"))
@dataclass(frozen=True)
class Corrected(AffinityModel):
    """DaffNet, with parts of its pyramid from the ground truth: what remains wrong is not their fault.

    Args:
        weights: the network's weights, as in `daffnet`.
        truth: the parts that are the truth's: "semantic", "affinity", "embedding", or several, joined by "+".

    Raises:
        InputError: the weights cannot be used, or a part is none of these.
    """

    weights: str | Path
    truth: str

    def __post_init__(self) -> None:
        for part in self._parts:
            checks.choice("truth: part", part, PARTS)

    @property
    def version(self) -> str:
        """That of the network."""
        return self._network.version

    @property
    def partitioner(self) -> str:
        """That of the network."""
        return self._network.partitioner

    def predict(self, sample: Sample, stride: int) -> AffinityPyramid:
        """Return the pyramid of `sample`, at the stride that the network was trained for.

        Raises:
            InputError: the network was trained for other classes, or true affinities are wanted and it has other offsets.
        """
        predicted = self._network.predict(sample, stride)
        truth = Oracle(levels=len(predicted.levels)).predict(sample, predicted.stride)
        offsets = predicted.levels[0].offsets
        if "affinity" in self._parts and offsets != truth.levels[0].offsets:
            raise InputError(f"truth: expected other parts than affinity for a network with the offsets {offsets}")
        levels = [
            replace(level, **{part: getattr(true_level, part) for part in self._parts})
            for level, true_level in zip(predicted.levels, truth.levels, strict=True)
        ]
        return replace(predicted, levels=tuple(levels))

    @property
    def _parts(self) -> list[str]:
        return self.truth.split("+")

    @cached_property
    def _network(self) -> DaffNetModel:
        return DaffNetModel(self.weights)
