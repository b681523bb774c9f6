"""The asv suite: asv finds it, every benchmark runs, and old commits' wheels have all that it imports."""

import ast
import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from asv_runner._aux import update_sys_path
from asv_runner.discovery import disc_benchmarks

import partitioners
from bench.asv_benchmarks import partition, partitioner
from bench.instructions.cases import smallest

ROOT = Path(__file__).parents[2]
CONFIGURATION = json.loads((ROOT / "asv.conf.json").read_text())
STANDARD = sys.stdlib_module_names
SUITE = ROOT / CONFIGURATION["benchmark_dir"]

update_sys_path(str(SUITE))
BENCHMARKS = list(disc_benchmarks(str(SUITE)))
sys.meta_path.pop(0)  # the finder that update_sys_path put there cannot be asked as pytest does


@pytest.mark.parametrize("benchmark", BENCHMARKS, ids=lambda benchmark: benchmark.name)
def test_benchmarks_run_at_their_smallest_sizes(benchmark, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    suite = benchmark.func.__self__
    if hasattr(suite, "setup_cache"):
        suite.setup_cache()
    for parameters in smallest(suite.params):
        suite.setup(*parameters)
        result = benchmark.func(*parameters)
        assert benchmark.type != "track" or math.isfinite(result)


@pytest.mark.parametrize("benchmark", BENCHMARKS, ids=lambda benchmark: benchmark.name)
def test_parameters_are_named_and_few(benchmark):
    assert 1 <= len(benchmark.params) == len(benchmark.func.__self__.param_names) <= 3
    assert math.prod(map(len, benchmark.params)) <= 24


def test_every_kind_of_benchmark_is_found_once():
    names = [benchmark.name for benchmark in BENCHMARKS]
    assert len(set(names)) == len(names)
    assert {benchmark.type for benchmark in BENCHMARKS} == {"time", "track", "peakmemory"}


@pytest.mark.parametrize("path", sorted(SUITE.glob("*.py")), ids=lambda path: path.name)
def test_only_numpy_and_public_names_are_imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= {"numpy", *STANDARD}
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module.split(".")[0] not in STANDARD:
            assert node.module == "partitioners"
            assert {alias.name for alias in node.names} <= set(partitioners.__all__)


def test_what_a_commit_lacks_is_left_out():
    with pytest.raises(NotImplementedError, match="no-such"):
        partitioner.make("no-such")


def test_the_configuration_names_no_host_and_the_numpy_of_the_environment():
    assert "://" not in (ROOT / "asv.conf.json").read_text()
    (numpy,) = CONFIGURATION["matrix"]["req"]["numpy"]
    assert f"numpy=={numpy}" in (ROOT / "constraints.txt").read_text().splitlines()


def test_the_energy_is_that_of_the_edges_a_partition_goes_against():
    graph = partitioners.AffinityGraph(3, np.array([[0, 1], [1, 2]]), np.array([0.8, 0.1]))
    labellings = {(0, 0, 1): 0, (0, 0, 0): math.log(9), (0, 1, 2): math.log(4), (0, 1, 1): math.log(4) + math.log(9)}
    for labels, expected in labellings.items():
        assert partition.excess_energy(graph, np.array(labels)) == pytest.approx(expected)
