"""Shipped networks: their weights come apart from the package, to the place where it looks for them."""

import subprocess
import sys
from pathlib import Path

import pytest

from affinity_models.daffnet import shipped
from partitioners import InputError

ROOT = Path(__file__).parents[3]


def test_weights_that_are_not_installed_are_named_with_the_command_that_brings_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    (tmp_path / "cells.md").touch()
    with pytest.raises(InputError, match=r"'cells' are not installed.* pip install \./affinity_models/daffnet/weights"):
        shipped.weights_file("cells")
    with pytest.raises(InputError, match=r"one of cells, got 'calls'"):
        shipped.weights_file("calls")


def test_that_command_puts_the_weights_of_all_networks_where_they_are_looked_for(tmp_path: Path) -> None:
    pytest.importorskip("scikit_build_core")
    options = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--target", str(tmp_path)]
    subprocess.run([sys.executable, "-m", *shipped.INSTALL.split(), *options], cwd=ROOT, check=True)
    files = [path for path in tmp_path.rglob("*") if path.is_file() and not path.parent.name.endswith(".dist-info")]
    place = shipped.FOLDER.relative_to(ROOT)
    assert sorted(files) == [tmp_path / place / f"{name}{shipped.SUFFIX}" for name in shipped.names()]
