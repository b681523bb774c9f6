"""Where numbers come from: commit, machine, versions, date; and keys that change with the code."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from functools import lru_cache
from importlib.metadata import packages_distributions, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from partitioners.fingerprint import code_key

ROOT = Path(__file__).parents[2]


def provenance() -> dict[str, Any]:
    """Return the origin of a table: commit, whether tracked files but results/ differ, machine, versions, date."""
    torch = {"torch": version("torch")} if find_spec("torch") else {}
    return {
        "commit": _git("rev-parse", "--short=12", "HEAD") or "unknown",
        "dirty": bool(_git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!results")),
        "machine": f"{_processor()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "numpy": version("numpy"),
        **torch,
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
    }


@lru_cache(maxsize=1)
def own_code_key() -> str:
    """Return a hash of the code that decides answers: partitioners, affinity models, and the code that runs them."""
    deciding = ("partitioners", "affinity_models", "bench/engine/answers.py", "bench/engine/work.py")
    return code_key(ROOT / path for path in deciding)


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the versions of packages (import names) by the names of their distributions, where known."""
    distributions = {name for package in packages for name in _distributions().get(package, ())}
    return {name: version(name) for name in sorted(distributions)}


@lru_cache(maxsize=1)
def _distributions() -> Mapping[str, list[str]]:
    return packages_distributions()


def _git(*arguments: str) -> str:
    try:
        process = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return process.stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
