"""Fixtures of several tests of the bench."""

import numpy as np
import pytest
from scipy.ndimage import label

from affinity_models import Segmenter
from partitioners import Segmentation


@pytest.fixture
def by_threshold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the bright pieces be the instances, in place of a network's."""

    def find(self: Segmenter, image: np.ndarray) -> tuple[Segmentation, int]:
        labels, number = label(image[..., 0] > 127)
        return Segmentation(labels, [1] * number, [0.5] * number), 0

    monkeypatch.setattr(Segmenter, "find", find)
