"""What solvers take is added up for whoever asks, and for nobody else."""

import itertools
import threading

import pytest

from partitioners.clock import solver_clock, solving


@pytest.fixture(autouse=True)
def seconds(monkeypatch):
    """Every look at the clock is a second later."""
    monkeypatch.setattr("partitioners.clock.thread_time", itertools.count().__next__)


def solve():
    with solving():
        pass


def test_solvers_add_up_within_the_block_only():
    solve()
    with solver_clock() as clock:
        assert clock.seconds == 0
        solve()
        solve()
    solve()
    assert clock.seconds == 2


def test_a_solver_that_fails_counts():
    with solver_clock() as clock, pytest.raises(ZeroDivisionError), solving():
        _ = 1 / 0
    assert clock.seconds == 1


def test_an_inner_clock_takes_its_solvers_from_the_outer_one():
    with solver_clock() as outer:
        solve()
        with solver_clock() as inner:
            solve()
            solve()
        solve()
    assert (outer.seconds, inner.seconds) == (2, 2)


def test_other_threads_have_clocks_of_their_own():
    with solver_clock() as clock:
        thread = threading.Thread(target=solve)
        thread.start()
        thread.join()
    assert clock.seconds == 0
