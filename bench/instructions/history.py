"""The history that git knows: the commit to compare with, whether it differs, and what its successors' messages accept."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from bench.engine.provenance import ROOT

COUNTED = ("partitioners", "pyproject.toml")
"""The files that decide how many instructions are executed."""


def resolve(commit: str) -> str | None:
    """Return the hash of a commit, or None where there is none of that name."""
    process = _git("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}")
    return process.stdout.strip() or None


def differs(commit: str) -> bool:
    """Say whether the working tree's partitioners differ from those of `commit`."""
    return _git("diff", "--quiet", commit, "--", *COUNTED).returncode != 0


def accepted(commit: str) -> float:
    """Return the most that the messages of commits after `commit` accept, in percent, by their trailers.

    A trailer is the last line, such as `Instructions: +12 % because …`.
    """
    trailers = _git("log", "--format=%(trailers:key=Instructions,valueonly)", f"{commit}..HEAD").stdout
    return max((float(percent) for percent in re.findall(r"^\+(\d+(?:\.\d+)?) ?%", trailers, re.MULTILINE)), default=0)


def export(commit: str, folder: Path) -> None:
    """Write the files of a commit into `folder`."""
    archive = folder.with_suffix(".zip")
    _git("archive", "--format=zip", "--output", str(archive), commit).check_returncode()
    shutil.unpack_archive(archive, folder)


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
