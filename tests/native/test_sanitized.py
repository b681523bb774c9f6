"""The C++ core under the address and undefined-behaviour sanitizers."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
COMPILER = os.environ.get("CXX") or shutil.which("g++") or shutil.which("clang++")


@pytest.mark.skipif(COMPILER is None, reason="needs g++ or clang++, or CXX set to one")
@pytest.mark.parametrize("driver", ["random_graphs", "random_levels"])
def test_random_input_under_sanitizers(tmp_path, driver):
    program = tmp_path / driver
    flags = ["-std=c++20", "-O1", "-g", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
    checks = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    include = f"-I{HERE.parents[1] / 'partitioners' / 'native'}"
    source = HERE / f"{driver}.cpp"
    subprocess.run([COMPILER, *flags, *checks, include, source, "-o", program], check=True)
    done = subprocess.run([program], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
