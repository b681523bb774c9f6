"""Scoring by hand."""

import math

import numpy as np
import pytest

from bench.engine.scoring import bias_of, cuts_by_costs, objectives_on
from bench.leaderboard.figures import front
from partitioners import AffinityPyramid, ClassTable, PyramidLevel, Segmentation
from partitioners.expressions import parse


def test_energy_is_of_cut_pairs_of_thing_pixels_on_level_1() -> None:
    semantic = np.array([[[0.1, 0.1, 0.9, 0.1]], [[0.9, 0.9, 0.1, 0.9]]], np.float32)  # the third pixel is stuff
    affinity = np.array([[[0.9, 0.9, 0.9, 0.9]], [[0.9] * 4]], np.float32)
    level = PyramidLevel(affinity, semantic, np.zeros((1, 1, 4), np.float32))
    pyramid = AffinityPyramid((level,), ClassTable(("road", "car"), (False, True)), 2, (2, 8))

    def of(*labels: int, bias: float = 0.5) -> float:
        stretched = np.array([labels]).repeat(2, 0).repeat(2, 1)
        return objectives_on(pyramid).energy(Segmentation(stretched, np.ones(2, int), np.ones(2)), bias)

    assert of(1, 2, 0, 2) == pytest.approx(math.log(9), rel=1e-5)  # neither pair with the third pixel counts
    assert of(1, 1, 2, 0) == objectives_on(pyramid).bound(0.5) == 0
    assert of(1, 2, 0, 2, bias=0.95) == pytest.approx(math.log(9 / 19), rel=1e-5)
    assert objectives_on(pyramid).bound(0.95) == pytest.approx(math.log(9 / 19), rel=1e-5)


def test_the_bias_is_that_of_the_problem_that_a_partitioner_is_given() -> None:
    texts = ["kernighan-lin(bias=0.3)", "bioimage-gaec(bias=1)", "kernighan-lin", "gaec(linkage=sum)", "cascade-gaec"]
    assert [bias_of(parse(text)) for text in texts] == [0.3, 1, 0.5, 0.5, 0.5]


def test_multicut_solvers_have_a_bound() -> None:
    texts = ["kernighan-lin", "gaec(linkage='sum')", "gasp(linkage=sum)", "gaec", "gasp", "components", "cascade-gaec"]
    assert [cuts_by_costs(parse(text)) for text in texts] == [True] * 3 + [False] * 4


def test_on_the_front_is_what_no_other_beats_in_one_of_both_without_losing_in_the_other() -> None:
    ap, seconds = np.array([10.0, 30, 30, 30, 20, 40, 20]), np.array([1.0, 3, 3, 4, 2, 9, 5])
    assert front(ap, seconds).tolist() == [True, True, True, False, True, True, False]
