"""The command that says how far a partition is from the best possible one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import bound
from partitioners import CostGraph, InputError, write_multicut


@pytest.fixture
def problem(tmp_path: Path) -> Path:
    """A cycle whose best partition has energy -3, which greedy contraction does not find."""
    path = tmp_path / "problem.txt"
    write_multicut(path, CostGraph(4, [[0, 1], [1, 2], [2, 3], [0, 3]], [2.0, 3.0, 2.0, -5.0]))
    return path


def test_gaps_of_partitions_and_the_best_one_as_a_file(
    problem: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine, output = tmp_path / "mine.txt", tmp_path / "best.txt"
    mine.write_text("0 0\n0 0\n")
    bound.main([str(problem), "--labels", str(mine), "--partitioners", "kernighan-lin", "--output", str(output)])
    first, _, _, *lines = capsys.readouterr().out.splitlines()
    assert first == "4 nodes, 4 edges; no partition has an energy below -3"
    assert [line.split() for line in lines] == [[str(mine), "0", "100.0000"], ["kernighan-lin", "-3", "0.0000"]]
    labels = output.read_text().split()
    assert len(labels) == 4 and labels[0] != labels[3]


def test_cutting_planes_prove_the_optimum(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "problem.txt"
    path.write_text("0 1 1\n0 2 1\n0 3 1\n1 2 -1\n1 3 -1\n2 3 -1\n")
    for option, gap in ([], "33.3333"), (["--cutting-planes"], "0.0000"):
        bound.main([str(path), *option])
        assert capsys.readouterr().out.split()[-2:] == ["-1", gap]


@pytest.mark.parametrize(
    ("text", "message"),
    [("0 x 1 1", "mine.txt: expected a text file of whole numbers"), ("0 0 1", r"labels: expected shape \(4,?\)")],
)
def test_wrong_labels_are_refused(problem: Path, tmp_path: Path, text: str, message: str) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text(text)
    with pytest.raises(InputError, match=message):
        bound.main([str(problem), "--labels", str(mine)])
