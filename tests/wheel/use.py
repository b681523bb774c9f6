"""Uses what is installed, in an environment that may have nothing else but numpy; imports nothing of the source."""

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np

import partitioners
from bench.__main__ import COMMANDS
from partitioners import AffinityPyramid, ClassTable, PyramidLevel, create, grid_graph

HERE = Path(__file__).parent


def partition() -> None:
    """Cut a grid in two, and a pyramid by the cascade."""
    affinity = np.ones((2, 6, 8), np.float32)
    affinity[0, :, 3] = 0.1
    for name in ("gaec", "gaec-reference", "kernighan-lin", "mutex-watershed"):
        labels = create(name).partition(grid_graph(affinity, ((0, 1), (1, 0)))).reshape(6, 8)
        assert (labels == np.repeat([0, 1], 4)).all(), name
    level = PyramidLevel(affinity, np.ones((1, 6, 8), np.float32))
    pyramid = AffinityPyramid((level,), ClassTable(("thing",), (True,)), 1, (6, 8))
    assert len(create("cascade-gaec", grouping=None).segment(pyramid)) == 2


def compile_against_headers() -> None:
    """Compile a C++ program that cuts the same way, where there is a compiler that takes such options."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        print("no g++ and no clang++: no C++ program is compiled")
        return
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "program.exe"
        source = HERE.parent / "native/consumer/main.cpp"
        options = ["-std=c++20", "-pthread", f"-I{partitioners.get_include()}", "-o", program]
        subprocess.run([compiler, *options, source], check=True)
        assert subprocess.check_output([program], text=True).split() == ["0", "0", "1", "1", "0", "0", "2", "2"]


def ask_for_help() -> None:
    """See that each command shows its help, or says in one line which extra it needs."""
    is_bare = find_spec("pandas") is None
    modules = {name: module.removesuffix(".__main__") for name, module in COMMANDS.items()}
    for name, module in modules.items():
        for command in ([sys.executable, "-m", "bench", name], [sys.executable, "-m", module]):
            done = subprocess.run(
                [*command, "--help"], capture_output=True, text=True, env=os.environ | {"COLUMNS": "80"}
            )
            said = done.stderr.strip()
            if done.returncode:
                assert is_bare and "\n" not in said and "pip install 'affinity-bench[" in said, (command, said)
    if is_bare:
        done = subprocess.run([sys.executable, "-m", "bench.leaderboard"], capture_output=True, text=True)
        assert done.stderr.strip() == "error: bench.leaderboard needs pandas: pip install 'affinity-bench[bench]'"


for use in (partition, compile_against_headers, ask_for_help):
    use()
print(f"partitioners {Path(partitioners.__file__).parent}: used")
