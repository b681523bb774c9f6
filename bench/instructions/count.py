"""Building a source tree and counting its partitioners' instructions."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np

from bench.engine.provenance import ROOT
from bench.instructions.cases import CASES

Counts = dict[str, "int | str"]
"""By case: instructions, or why it could not be run."""

START = "import runpy, sys; sys.path += sys.argv[2:]; runpy.run_module('bench.instructions.cases', run_name='__main__')"
DUMP = re.compile(r"^desc: Trigger: Client Request: ([^\n]*)$.*^totals: (\d+)$", re.MULTILINE | re.DOTALL)
"""In a file of callgrind's: the name of the mark, and the instructions between the two."""


class CannotCount(Exception):
    """Something that counting needs is missing, or does not work; the message says what."""


def compile_marks(scratch: Path) -> Path:
    """Return the library that tells callgrind where to start and stop.

    Raises:
        CannotCount: valgrind, its header or a C++ compiler is missing.
    """
    compiler = os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
    if not shutil.which("valgrind") or not compiler:
        raise CannotCount("valgrind and a C++ compiler are needed, as of the system's packages valgrind and g++")
    library = scratch / "marks.so"
    _run([compiler, "-shared", "-fPIC", Path(__file__).with_name("marks.cpp"), "-o", library], scratch)
    return library


def count_tree(tree: Path, marks: Path, scratch: Path) -> Counts:
    """Build the source tree `tree` in the new folder `scratch` and return its partitioners' counts.

    Raises:
        CannotCount: it does not build, or a case crashes.
    """
    scratch.mkdir()
    return count(build(tree, scratch), marks, scratch)


def build(tree: Path, scratch: Path) -> Path:
    """Build a tree's wheel as pip does and return a folder with its `partitioners`."""
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    _run([*pip, f"--config-settings=build-dir={scratch / 'build'}", "--wheel-dir", scratch, tree], scratch)
    packages = scratch / "packages"
    with zipfile.ZipFile(next(scratch.glob("*.whl"))) as wheel:
        wheel.extractall(packages, [name for name in wheel.namelist() if name.startswith("partitioners/")])
    return packages


def count(packages: Path, marks: Path, scratch: Path) -> Counts:
    """Return the counts of the `partitioners` in the folder `packages`."""
    # Without the module site, an editable install does not come before `packages`.
    python: list[str | Path] = [sys.executable, "-S", "-c", START, marks, packages, Path(np.__file__).parents[1], ROOT]
    printed, counted = callgrind(python, scratch)
    counts = {**json.loads(printed), **counted}
    return {case.name: counts[case.name] for case in CASES}


def callgrind(command: list[str | Path], scratch: Path) -> tuple[str, dict[str, int]]:
    """Return a command's output, and by the name of each mark the number of instructions since the last start."""
    environment = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
    tool = ["valgrind", "--quiet", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={scratch}/out"]
    printed = _run([*tool, *command], scratch, environment)
    dumps = [path.read_text() for path in scratch.glob("out.*")]
    return printed, {name: int(total) for dump in dumps for name, total in DUMP.findall(dump)}


def _run(command: list[str | Path], folder: Path, environment: dict[str, str] | None = None) -> str:
    process = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if process.returncode:
        raise CannotCount(f"{' '.join(map(str, command))}\n{process.stdout}{process.stderr}".rstrip())
    return process.stdout
