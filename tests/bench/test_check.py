"""What `python -m bench.check` says, of what keeps its promises and of what does not."""

import re
import sys
from pathlib import Path

import pytest

from affinity_models import cli
from bench.check.__main__ import main
from partitioners import PARTITIONERS

PLUGIN = '''
"""Partitioners that break their promises."""

import sys
from dataclasses import dataclass

import numpy as np

from partitioners import GraphPartitioner, PyramidPartitioner, Segmentation, create, register


class Whole(GraphPartitioner):
    """Keeps all promises but those of its heirs."""

    def _cut(self, graph, labelled):
        return create("components", threshold=0.0).partition(graph)


@register("raises")
class Raises(Whole):
    """Fails where there is more than one edge."""

    def _cut(self, graph, labelled):
        if graph.n_edges > 1:
            return self.helper(graph)
        return super()._cut(graph, labelled)

    def helper(self, graph):
        return np.arange(graph.n_nodes).reshape(graph.n_edges, -1, 0)


@register("stops")
class Stops(Whole):
    """Leaves Python."""

    def _cut(self, graph, labelled):
        sys.exit("enough")


@register("list")
class List(Whole):
    """Returns a list."""

    def _cut(self, graph, labelled):
        return [0] * graph.n_nodes


@register("threshold")
@dataclass(frozen=True)
class Threshold(Whole):
    """Joins everything below a threshold."""

    threshold: float = 1.0

    def _cut(self, graph, labelled):
        if self.threshold < 1:
            return super()._cut(graph, labelled)
        return np.zeros(graph.n_nodes, int)


@register("untunable")
class Untunable(Whole):
    """Offers values for a parameter that it does not have."""

    def tunable(self):
        return {"resolution": (0.5, 1.0)}


@register("silent")
class Silent(Whole):
    pass


@register("unmade")
class Unmade(Whole):
    """Cannot be made."""

    def __init__(self):
        self.size = 1 / 0


@register("no-partitioner")
def no_partitioner():
    """Is no partitioner at all."""
    return 3


@register("huge")
class Huge(PyramidPartitioner):
    """Has the size of the finest level, not of the image."""

    def _segment(self, pyramid):
        return Segmentation(np.zeros(pyramid.levels[0].shape, int), np.empty(0, int), np.empty(0))
'''


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a plug-in that breaks promises, and one that does not load; return the file of the first."""
    for name, code in {
        "promise_breaker": PLUGIN,
        "not_loading": "import numpy\n\nfrom numpy import no_such_thing\n",
    }.items():
        (tmp_path / f"{name}.py").write_text(code)
        info = tmp_path / f"{name}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        point = name.replace("_", "-")
        (info / "entry_points.txt").write_text(f"[affinity_bench.partitioners]\n{point} = {name}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "promise_breaker", raising=False)
    monkeypatch.setattr(PARTITIONERS, "_entries", dict(PARTITIONERS._entries))
    monkeypatch.setattr(PARTITIONERS, "_plugins_loaded", False)
    return tmp_path / "promise_breaker.py"


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    """Return the exit code and the lines of a check."""
    with pytest.raises(SystemExit) as stopped:
        cli.run(lambda: main(list(arguments)))
    captured = capsys.readouterr()
    return stopped.value.code, (captured.out + captured.err).splitlines()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["raises"],
            r"cut: `_cut` returns .* Not kept: ValueError: .*promise_breaker.py, line \d+, in helper: return np",
        ),
        (["stops"], r"cut: .* Not kept: SystemExit: enough \(.*promise_breaker.py, line \d+, in _cut: sys.exit"),
        (["list"], r"cut: .* Not kept: no nodes: expected a numpy array, got list"),
        (["threshold"], r"components: Nodes that no path .* Not kept: no edges: joined \[0, 1, 2, 3\]"),
        (["untunable"], r"tunable: .* Not kept: .*no parameter 'resolution'"),
        (["silent"], r"description: .* Not kept: there is no docstring"),
        (
            ["unmade"],
            r"class: .* Not kept: ZeroDivisionError: division by zero \(.*, line \d+, in __init__: self.size = 1 / 0",
        ),
        (["no-partitioner"], r"class: .* Not kept: expected a GraphPartitioner or PyramidPartitioner, got int"),
        (["huge"], r"segmentation: .* Not kept: a stride: expected labels of \(41, 53\) pixels, got \(11, 14\)"),
        (["not-loading"], r"available: .* Not kept: ImportError: .*no_such_thing.*not_loading.py, line 3, in <module>"),
    ],
)
def test_what_is_to_be_mended(
    arguments: list[str], said: str, plugin: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines = check(capsys, *arguments)
    assert code == 1
    assert lines[0] == f"partitioner {arguments[0]}"
    assert any(re.match(rf"  mend  {said}", line) for line in lines), "\n".join(lines)
    assert all(re.match(r"  (ok  |mend|skip)  [a-z ]+: .*\.", line) for line in lines[1:-1])
    assert lines[-1] == f"{sum(line.startswith('  mend') for line in lines)} to mend"


@pytest.mark.parametrize("arguments", [["threshold(threshold=0.5)"], ["threshold", "--set", "threshold=0.5"]])
def test_parameters_are_given(arguments: list[str], plugin: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = check(capsys, *arguments)
    mended = [line for line in lines if line.startswith("  mend")]
    assert code == 1 and len(mended) == 1 and "two cliques" in mended[0]


def test_all_kinds_with_the_name_are_checked(nuclei_root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nuclei = ["--data", f"nuclei(root={nuclei_root})"]
    code, lines = check(capsys, "oracle", *nuclei)
    assert code == 0 and lines[-1] == "nothing to mend"
    assert [line for line in lines[:-1] if not line.startswith(" ")] == ["partitioner oracle", "affinity model oracle"]
    assert sum(line.startswith("  skip") for line in lines) == 2
    code, lines = check(capsys, "oracle(noise=0.5)", *nuclei)
    assert code == 0 and lines[0] == "affinity model oracle"
    code, lines = check(capsys, f"nuclei(root={nuclei_root})")
    assert code == 0 and lines[0] == "data set nuclei"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gaek"], "did you mean 'gaec'"),
        (["gaec(treshold=1)"], "did you mean 'threshold'"),
        (["gaec(threshold=2)"], "threshold: expected a number in [0, 1], got 2"),
        (["gaec("], "expected NAME or NAME(KEY=VALUE, …), got 'gaec('"),
        (["gaec", "--set", "threshold"], "expected KEY=VALUE, got 'threshold'"),
        (["nuclei"], "needs the parameter 'root'"),
        (["nuclei(root=/no/such)"], "'/no/such' does not exist"),
        (["oracle", "--data", "nuclei"], "needs the parameter 'root'"),
        (["saved(root=/no/such)", "--data", "no-such"], "no-such"),
    ],
)
def test_mistakes_end_with_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = check(capsys, *arguments)
    assert code == 2
    assert lines[-1].startswith("error: ") and said in lines[-1]
    assert not any(line.startswith(("Traceback", "  mend")) for line in lines)
