"""The code of other packages and single files that plug into this one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from affinity_models import AFFINITY_MODELS, AffinityModel
from affinity_models.daffnet.backbones import BACKBONES
from affinity_models.data import DATASETS, Dataset
from partitioners import PARTITIONERS, Partitioner
from partitioners.expressions import OWN
from partitioners.plugin_files import plugin_files

CODE = (".py", ".so", ".pyd", ".c", ".cc", ".cpp", ".h", ".hpp")


def plugin_key(parts: Iterable[object], packages: Iterable[str] = ()) -> str:
    """Return a hash of the code of the other packages, and files, that data sets, models and partitioners are from.

    Args:
        parts: data sets, models and partitioners, whose own parts count as well.
        packages: import names, of which those of plug-in files count: there, functions may make them.
    """
    files = {file.module for file in plugin_files()}.intersection(packages)
    return package_key({_package(kind.__module__) for part in parts for kind in _kinds(part)} - set(OWN) | files)


def package_key(packages: Iterable[str]) -> str:
    """Return a hash of the code of packages, by their import names."""
    digest = hashlib.sha256()
    for package in sorted(packages):
        home = package_home(package)
        for file in sorted(home.rglob("*")) if home and home.is_dir() else filter(None, [home]):
            if file.suffix in CODE:
                digest.update(file.read_bytes())
    return digest.hexdigest()


def plugged_in() -> set[str]:
    """Return the import names of the other packages that are plugged in."""
    registries = (PARTITIONERS, AFFINITY_MODELS, BACKBONES, DATASETS)
    points = (point for registry in registries for point in entry_points(group=registry.group))
    return {_package(point.module) for point in points}.difference(OWN)


def package_home(module: str) -> Path | None:
    """Return the folder of a module's top-level package, or its file where it is in none; None where there is neither."""
    try:
        spec = find_spec(_package(module))
    except ValueError:  # no name, or that of a script
        return None
    if spec is None:
        return None
    file = Path(spec.origin or "no file")
    if file.is_file():
        return file.parent if file.stem == "__init__" else file
    return next(map(Path, spec.submodule_search_locations or ()), None)  # of a namespace


def _package(module: str) -> str:
    return module.partition(".")[0]


def _kinds(part: object) -> Iterator[type]:
    """Yield the class of a data set, model or partitioner, and those of the parts that it is made of."""
    yield type(part)
    for value in getattr(part, "__dict__", {}).values():
        if isinstance(value, AffinityModel | Dataset | Partitioner):
            yield from _kinds(value)
