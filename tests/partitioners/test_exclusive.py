"""State that all threads share is changed by one at a time, and put back."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from partitioners import exclusive


def test_each_thread_finds_the_state_that_it_has_set() -> None:
    state = [0]

    @exclusive
    def seeded(seed):
        state.append(seed)
        try:
            yield
        finally:
            state.pop()

    def found(seed):
        with seeded(seed=seed):
            time.sleep(0.001)
            if seed == 7:
                raise ValueError
            return list(state)

    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(found, seed) for seed in range(1, 13)]
    with pytest.raises(ValueError):
        calls.pop(6).result()
    assert [call.result() for call in calls] == [[0, seed] for seed in range(1, 13) if seed != 7]
    assert state == [0] and seeded.__name__ == "seeded"
