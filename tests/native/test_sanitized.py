"""The C++ core, and its bindings, under the address and undefined-behaviour sanitizers."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NATIVE = HERE.parents[1] / "partitioners" / "native"
COMPILER = os.environ.get("CXX") or shutil.which("g++") or shutil.which("clang++")

pytestmark = [
    pytest.mark.sanitizer,
    pytest.mark.skipif(COMPILER is None, reason="needs g++ or clang++, or CXX set to one"),
]


def build(target: Path, *arguments: str | Path) -> None:
    flags = ["-std=c++20", "-g1", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
    checks = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    subprocess.run([COMPILER, *flags, *checks, f"-I{NATIVE}", *arguments, "-o", target], check=True)


def library(name: str) -> str:
    return subprocess.check_output([COMPILER, f"-print-file-name={name}"], text=True).strip()


@pytest.mark.parametrize("driver", ["random_graphs", "random_levels"])
def test_random_input_under_sanitizers(tmp_path, driver):
    program = tmp_path / driver
    build(program, "-O1", HERE / f"{driver}.cpp")
    done = subprocess.run([program], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="the sanitizers' libraries are preloaded as on Linux")
def test_fuzz_under_sanitizers(tmp_path):
    pybind11 = pytest.importorskip("pybind11")
    includes = [part for path in (pybind11.get_include(), sysconfig.get_path("include")) for part in ("-isystem", path)]
    module = tmp_path / f"_native{sysconfig.get_config_var('EXT_SUFFIX')}"
    build(module, "-O0", "-fPIC", "-shared", "-fvisibility=hidden", *includes, *NATIVE.glob("*.cpp"))
    environment = {
        "PYTHONPATH": str(tmp_path),
        "LD_PRELOAD": f"{library('libasan.so')} {library('libstdc++.so')}",
        "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1:max_allocation_size_mb=2000",
    }
    last = tmp_path / "last"
    command = [sys.executable, HERE / "fuzz.py", "--seconds", "20", "--last", last]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nThe input is in {last}: give it to fuzz.py."
