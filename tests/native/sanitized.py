"""Builds of the C++ core, and of its bindings, under the address and undefined-behaviour sanitizers."""

import os
import shutil
import subprocess
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

NATIVE = Path(__file__).parents[2] / "partitioners" / "native"
COMPILER = os.environ.get("CXX") or shutil.which("g++") or shutil.which("clang++")
CHECKS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def build(target: Path, *arguments: str | Path) -> None:
    flags = ["-std=c++20", "-g1", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
    subprocess.run([COMPILER, *flags, *CHECKS, f"-I{NATIVE}", *arguments, "-o", target], check=True)


def build_module(folder: Path, optimisation: str) -> None:
    """Build `_native` into a folder; `environment` is that of a Python which imports it."""
    import pybind11

    includes = [part for path in (pybind11.get_include(), sysconfig.get_path("include")) for part in ("-isystem", path)]
    sources = sorted(NATIVE.glob("python/*.cpp"))
    objects = [folder / f"{source.stem}.o" for source in sources]

    def compile_one(target: Path, source: Path) -> None:
        build(target, optimisation, "-fPIC", "-c", "-fvisibility=hidden", *includes, source)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(compile_one, objects, sources))
    build(folder / f"_native{sysconfig.get_config_var('EXT_SUFFIX')}", "-shared", *objects)


def environment(folder: Path) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": str(folder),
        "LD_PRELOAD": f"{_library('libasan.so')} {_library('libstdc++.so')}",
        "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1:max_allocation_size_mb=2000",
    }


def _library(name: str) -> str:
    return subprocess.check_output([COMPILER, f"-print-file-name={name}"], text=True).strip()
