"""Plug-ins that are one file each, named on a command line instead of installed; and how other processes get them."""

from __future__ import annotations

import hashlib
import os
import re
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from partitioners.errors import InputError

VARIABLE = "AFFINITY_BENCH_PLUGINS"
"""The environment variable with the paths of the files, which processes started by this one load as well."""


@dataclass(frozen=True)
class PluginFile:
    """A file of Python code whose import registers names. A process that unpickles one has loaded it.

    Args:
        path: its absolute path.
        source: its code.
    """

    path: str
    source: str

    def __reduce__(self) -> Any:
        return _loaded, (self.path, self.source)

    @property
    def module(self) -> str:
        """The name of its module, which changes with the code, so that no other module can have it."""
        stem = re.sub(r"\W", "_", Path(self.path).stem)
        return f"{stem}_{hashlib.sha256(self.source.encode()).hexdigest()[:12]}"

    def load(self) -> None:
        """Import it, unless it is the one of its path that was imported last.

        Raises:
            Exception: whatever its code fails with.
        """
        if _LOADED.get(self.path) != self:
            module = ModuleType(self.module)
            module.__file__, module.__spec__ = self.path, ModuleSpec(self.module, None, origin=self.path)
            sys.modules[self.module] = module
            try:
                exec(compile(self.source, self.path, "exec"), vars(module))
            except BaseException:
                del sys.modules[self.module]
                raise
        _LOADED[self.path] = self


_LOADED: dict[str, PluginFile] = {}


def plugin_files() -> tuple[PluginFile, ...]:
    """Return the files that are plugged in."""
    return tuple(_LOADED.values())


def plug_in(paths: Iterable[str | os.PathLike[str]]) -> None:
    """Load files, here and in all processes that this one starts.

    Raises:
        InputError: one is no file of Python code, or fails.
    """
    for path in map(os.path.abspath, paths):
        _load(path)
        known = list(filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)))
        os.environ[VARIABLE] = os.pathsep.join(dict.fromkeys([*known, path]))


def load_named_in_environment() -> None:
    """Load the files that the environment names and this process does not have.

    Raises:
        InputError: one is no file of Python code, or fails.
    """
    for path in filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)):
        if path not in _LOADED:
            _load(path)


def _load(path: str) -> None:
    if not path.endswith(".py"):
        raise InputError(f"{path}: expected a file of Python code, NAME.py")
    try:
        PluginFile(path, Path(path).read_text(encoding="utf-8")).load()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except Exception as error:  # the code can raise anything
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
        at = f", line {lines[-1]}" if lines else ""
        raise InputError(f"{path}{at}: {type(error).__name__}: {error}") from error


def _loaded(path: str, source: str) -> PluginFile:
    file = PluginFile(path, source)
    file.load()
    return file
