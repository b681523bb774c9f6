"""Threads change no label and no merge."""

import numpy as np
import pytest

from partitioners import InputError, create, grid_graph, set_threads, threads


@pytest.fixture(autouse=True)
def one_thread_afterwards():
    yield
    set_threads(1)


@pytest.mark.parametrize(
    ("shape", "offsets"), [((300, 400), ((0, 1), (1, 0), (3, -2))), ((20, 70, 70), np.eye(3, dtype=int))]
)
@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("linkage", ["average", "wpgma", "sum"])
def test_labels_and_merges_are_the_same_with_any_number(shape, offsets, tied, linkage):
    rng = np.random.default_rng(int(tied))
    affinity = rng.random((len(offsets), *shape), np.float32)
    grid = grid_graph(np.rint(affinity * 8) / 8 if tied else affinity, offsets, rng.random(shape) < 0.97)
    gaec, results = create("gaec", linkage=linkage, threshold=0.6), []
    for count in (1, 2, 5):
        set_threads(count)
        tree = gaec.merge_tree(grid)
        results.append((gaec.partition(grid).tolist(), tree.pairs.tolist(), tree.heights.tolist()))
    assert results[0] == results[1] == results[2]
    assert threads() == 5


def test_no_fewer_than_one():
    with pytest.raises(InputError, match="count: expected a whole number of at least 1, got 0"):
        set_threads(0)
    with pytest.raises(ValueError, match="n_threads: expected at least 1, got 0"):
        from partitioners import _native

        _native.contract_grid(np.ones((1, 2, 2)), np.array([[0, 1]]), "average", 0, None, 0)
