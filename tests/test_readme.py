"""The README's examples that need no files do what their comments say."""

import re
from pathlib import Path

import numpy as np
import pytest

from partitioners import set_threads


@pytest.fixture(autouse=True)
def one_thread_afterwards():
    yield
    set_threads(1)


def test_volumes_costs_and_limits() -> None:
    blocks = re.findall(r"```python\n(.*?)```", (Path(__file__).parents[1] / "README.md").read_text(), re.DOTALL)
    (block,) = [block for block in blocks if "CostGraph" in block]
    names: dict[str, object] = {}
    exec(block, names)
    assert np.array_equal(names["labels"], [0, 0, 1])
