"""The C++ core, and its bindings, under the address and undefined-behaviour sanitizers."""

import subprocess
import sys
from pathlib import Path

import pytest
from sanitized import COMPILER, build, build_module, environment

HERE = Path(__file__).parent

pytestmark = [
    pytest.mark.sanitizer,
    pytest.mark.skipif(COMPILER is None, reason="needs g++ or clang++, or CXX set to one"),
]


@pytest.mark.parametrize("driver", ["random_graphs", "random_levels"])
def test_random_input_under_sanitizers(tmp_path, driver):
    program = tmp_path / driver
    build(program, "-O1", HERE / f"{driver}.cpp")
    done = subprocess.run([program], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="the sanitizers' libraries are preloaded as on Linux")
def test_fuzz_under_sanitizers(tmp_path):
    pytest.importorskip("pybind11")
    build_module(tmp_path, "-O0")
    last = tmp_path / "last"
    command = [sys.executable, HERE / "fuzz.py", "--seconds", "20", "--last", last]
    done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True)
    assert done.returncode == 0, (
        f"{done.stdout}{done.stderr}\nTry it again: fuzz.py --first {last.read_text()} --inputs 1"
    )
