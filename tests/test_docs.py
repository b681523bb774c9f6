"""The README's uses and the tutorials run, and the README is short."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
TUTORIALS = sorted((ROOT / "docs/examples").glob("*.py"))


def run(command: str, folder: Path) -> str:
    """Run a command where `affinity-bench` is found, without a display; return what it printed."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "MPLBACKEND": "Agg"}
    done = subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def test_the_readme_is_short() -> None:
    lines = README.splitlines()
    assert len(lines) <= 150 and len(README.split()) <= 1200
    assert all(len(line) <= 90 for line in lines if line.startswith("|"))
    assert all(block.count("\n") <= 10 for block in blocks("python"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that the README's uses read."""
    with Image.open(ROOT / "docs/pictures/nuclei.jpg") as picture:
        picture.crop((0, 0, 128, 128)).save(tmp_path / "cells.png")
    same = np.ones((2, 8, 8))
    same[0, :, 3] = 0.1
    np.save(tmp_path / "affinities.npy", same)
    return tmp_path


@pytest.mark.slow
def test_the_readme_runs_in_python(folder: Path) -> None:
    asked = ["print(labels.max(), labels.shape)", "print(labels[0])", "print(create('sure').partition(graph)[:8])"]
    code = "\n".join(line for pair in zip(blocks("python"), asked, strict=True) for line in pair)
    (folder / "uses.py").write_text(code)
    said = run("python uses.py", folder).splitlines()
    assert said[0].endswith(" nuclei") and said[1].endswith("(128, 128)")
    assert said[2:] == ["[0 0 0 0 1 1 1 1]"] * 2


@pytest.mark.slow
def test_the_readme_runs_as_commands(folder: Path) -> None:
    for command in re.findall(r"^affinity-bench segment .*", README, re.MULTILINE):
        run(command, folder)
    assert {path.stem for path in (folder / "runs/segment/labels").iterdir()} == {"cells", "affinities"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=pytest.mark.cluster if "cluster" in path.stem else ()) for path in TUTORIALS],
    ids=lambda path: path.stem,
)
def test_tutorials_run(path: Path) -> None:
    assert run(f"python {path.name}", path.parent)
