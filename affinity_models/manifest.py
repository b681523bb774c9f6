"""Frozen sets of affinities: folders whose manifest.json tells size and hash of every file, as `bench.export` writes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from partitioners.errors import InputError

FILE = "manifest.json"
FORMAT = "affinity-set-1"


@dataclass(frozen=True)
class Manifest:
    """The contents of a frozen set.

    Args:
        root: the folder.
        files: "bytes" and "sha256" of every file but the manifest, by its path below `root`, with slashes.
    """

    root: Path
    files: Mapping[str, Mapping[str, Any]]

    @classmethod
    def read(cls, root: Path) -> Manifest | None:
        """Return the manifest of a folder, or None where there is none.

        Raises:
            InputError: it cannot be read, is of another format, or its set was never finished.
        """
        path = root / FILE
        if not path.exists():
            return None
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            stored_format, complete = content["format"], content["complete"]
            files = {
                name: {"bytes": entry["bytes"], "sha256": entry["sha256"]} for name, entry in content["files"].items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{path}: not a readable manifest: {error!r}") from error
        if stored_format != FORMAT:
            raise InputError(f"{path}: expected the format {FORMAT}, got {stored_format}")
        if complete is not True:
            raise InputError(f"{path}: expected a whole set, but its export was not finished: run it again")
        return cls(root, files)

    @property
    def version(self) -> str:
        """Hexadecimal digits that change with any file of the set."""
        return version(self.files)

    def listed(self, folder: str) -> list[Path]:
        """Return the files of the set that lie in a folder of it."""
        return [self.root / name for name in self.files if name.rpartition("/")[0] == folder]

    def check(self, path: Path) -> None:
        """Refuse a file that is not as it was when the set was frozen.

        Raises:
            InputError: it is not in the set, missing, or another.
        """
        name = path.relative_to(self.root).as_posix()
        if name not in self.files:
            raise InputError(f"{path}: no file of the frozen set {self.root}")
        try:
            description = describe(path)
        except OSError as error:
            raise InputError(f"{path}: missing in the frozen set: {error.strerror}") from None
        for field, expected in self.files[name].items():
            if description[field] != expected:
                raise InputError(
                    f"{path}: expected {field} {expected}, got {description[field]}: not as it was frozen, so the set is refused"
                )

    def check_all(self) -> None:
        """Refuse the set unless all its files are as they were; those that have not changed are not read again.

        Raises:
            InputError: one is missing, or another.
        """
        for name in self.files:
            self.check(self.root / name)


def describe(path: Path) -> dict[str, Any]:
    """Return a manifest's entry for a file."""
    status = path.stat()
    state = (status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns)
    return {"bytes": status.st_size, "sha256": _sha256(path, state)}


def version(files: Mapping[str, Mapping[str, Any]]) -> str:
    """Return hexadecimal digits that change with the name or content of any of `files`, as `Manifest` has them."""
    lines = "".join(f"{entry['sha256']}  {name}\n" for name, entry in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()[:12]


@cache
def _sha256(path: Path, state: tuple[int, ...]) -> str:
    """Return the hash of a file; its state, with the time of change that nobody sets, tells the cache if it is the same."""
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
