"""The headers of the C++ core, as users of other programs include them."""

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

import partitioners

HERE = Path(__file__).parent
CORE = HERE.parents[1] / "partitioners"
COMPILER = os.environ.get("CXX") or shutil.which("g++") or shutil.which("clang++")
CMAKE = shutil.which("cmake", path=f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}")
HEADERS = [path for path in sorted((CORE / "native").glob("*/*.hpp")) if path.parent.name != "python"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(COMPILER is None, reason="needs g++ or clang++, or CXX set to one"),
]


@pytest.mark.parametrize("header", HEADERS, ids=lambda path: path.name)
def test_each_header_compiles_alone(tmp_path, header):
    source = tmp_path / "alone.cpp"
    source.write_text(f'#include "{header}"\n#include "{header}"\n')
    flags = ["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
    subprocess.run([COMPILER, *flags, f"-I{CORE / 'native'}", source], check=True)


def test_the_folder_of_headers_is_told():
    assert Path(partitioners.get_include()).samefile(CORE / "native")


@pytest.mark.skipif(CMAKE is None, reason="needs cmake")
def test_a_program_finds_the_core_by_cmake(tmp_path):
    subprocess.run([CMAKE, "-S", HERE / "consumer", "-B", tmp_path, f"-DPARTITIONERS={CORE}"], check=True)
    subprocess.run([CMAKE, "--build", tmp_path], check=True)
    printed = subprocess.check_output([tmp_path / "consumer"], text=True)
    assert printed.split() == ["0", "0", "1", "1", "0", "0", "2", "2"]
