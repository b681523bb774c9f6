"""The interface of affinity models, and their registry."""

from __future__ import annotations

from abc import ABC, abstractmethod

from affinity_models.sample import Sample
from partitioners import AffinityPyramid
from partitioners.checks import PlainParameters
from partitioners.registry import Registry


class AffinityModel(PlainParameters, ABC):
    """Predicts an affinity pyramid for an image. To add one, write `predict` and register the class.

    A model looks at `sample.image`; only controls like `oracle` look at the ground truth beside it.
    """

    @property
    def version(self) -> str:
        """A text that tells models of the same parameters apart, such as a hash of their weights; empty where nothing does."""
        return ""

    @property
    def partitioner(self) -> str:
        """The partitioner that suits its pyramids, as they name it themselves; empty where none is recorded."""
        return ""

    @abstractmethod
    def predict(self, sample: Sample, stride: int) -> AffinityPyramid:
        """Return the pyramid of `sample`, with level 1 at `stride` image pixels per pixel.

        A model that was made for a stride of its own keeps it; the pyramid says which it has.
        """


AFFINITY_MODELS: Registry[AffinityModel] = Registry("affinity model", "affinity_bench.affinity_models")
"""All affinity models by name; other packages add theirs through the group `affinity_bench.affinity_models`."""
