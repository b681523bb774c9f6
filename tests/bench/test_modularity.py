"""Proved optima of modularity, found by solver and bound."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from bench import modularity
from partitioners import lower_bound

SLOW = ("dolphins", "political-books", "football")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in modularity.OPTIMA]
)
def test_the_optimum_comes_out_of_solver_and_bound(name: str) -> None:
    graph = modularity.problem(name)
    energy = modularity.solved(graph)
    assert -energy == pytest.approx(modularity.OPTIMA[name], abs=1e-6)
    ascent, planes = lower_bound(graph), lower_bound(graph, cutting_planes=True)
    assert ascent.value <= energy + 1e-12 and planes.value <= energy + 1e-12
    assert ascent.gap(energy) < 0.6 and planes.gap(energy) < 1e-6


def test_energy_is_minus_the_modularity() -> None:
    graph, network = modularity.problem("karate"), nx.karate_club_graph()
    labels = np.arange(34) % 3
    parts = [set(np.flatnonzero(labels == part).tolist()) for part in range(3)]
    energy = graph.costs[labels[graph.edges[:, 0]] != labels[graph.edges[:, 1]]].sum()
    assert -energy == pytest.approx(nx.community.modularity(network, parts, weight=None))


def test_the_page_has_the_mean_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modularity, "OPTIMA", {"karate": 0.41979})
    modularity.main(["--output", str(tmp_path)])
    table = pd.read_csv(tmp_path / "modularity.csv")
    assert table["network"].tolist() == ["karate", "mean"]
    assert table["planes_gap"].tolist() == pytest.approx([0, 0], abs=1e-6)
    assert "| mean" in (tmp_path / "modularity.md").read_text()
    assert "| mean" in modularity.readme(tmp_path)
