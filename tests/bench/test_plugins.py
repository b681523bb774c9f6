"""The code of plug-ins: where it is, and that answers of other code are not taken for its own."""

import importlib
from pathlib import Path

import numpy
import pytest

import partitioners
from bench.engine.plugins import package_home, plugin_key
from partitioners import create

CODE = """
from partitioners import GraphPartitioner

class Mine(GraphPartitioner):
    def _cut(self, graph, labelled):
        return labelled * 0
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package on the path with a partitioner `Mine` in one of its modules."""
    folder = tmp_path / "a_package_of_mine"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "inner.py").write_text(CODE)
    (tmp_path / "a_module_of_mine.py").touch()
    (tmp_path / "a_namespace").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def test_the_home_is_the_top_level_package_or_the_file(package: Path, tmp_path: Path) -> None:
    assert package_home("a_package_of_mine.inner") == package
    assert package_home("a_module_of_mine") == package.parent / "a_module_of_mine.py"
    assert package_home("numpy.linalg") == Path(numpy.__file__).parent
    assert package_home("partitioners.base") == Path(partitioners.__file__).parent
    assert package_home("a_namespace.inner") == tmp_path / "a_namespace"
    assert [package_home(name) for name in ("no_such_package", "sys", "")] == [None] * 3


def test_keys_change_with_the_code_of_plugins_and_of_parts_of_partitioners(package: Path) -> None:
    mine = importlib.import_module("a_package_of_mine.inner").Mine()
    rows = {"own": create("gaec"), "plug-in": mine, "step": create("cascade-gaec", affinity=mine)}
    before = {name: plugin_key([row]) for name, row in rows.items()}
    assert before == {name: plugin_key([row]) for name, row in rows.items()}
    (package / "helper.py").write_text("another = 1")
    changed = [name for name, row in rows.items() if plugin_key([row]) != before[name]]
    assert changed == ["plug-in", "step"]
    assert plugin_key([create("gaec"), 3]) == plugin_key([])
