"""Settings of the tests of DaffNet, which need torch; tiny images of squares in the layout of nuclei."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

if find_spec("torch") is None:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def squares_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve images of 48 × 40 pixels with four bright squares each."""
    from PIL import Image

    root = tmp_path_factory.mktemp("squares")
    for folder in ("images", "masks"):
        (root / folder).mkdir()
    for number in range(12):
        rng = np.random.default_rng(number)
        image, mask = rng.normal(40, 5, (48, 40)), np.zeros((48, 40), np.uint8)
        for instance in range(4):
            top, left = rng.integers(0, 12, 2) + np.array([24, 20]) * divmod(instance, 2)
            mask[top : top + 9, left : left + 9] = instance + 1
        image[mask > 0] += 120
        Image.fromarray(image.astype(np.uint8)).save(root / f"images/{number:02d}.png")
        Image.fromarray(mask).save(root / f"masks/{number:02d}.png")
    return root
