"""Reading the files of data sets; whatever is wrong with one becomes an `InputError` that names it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from partitioners.errors import InputError

T = TypeVar("T")


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises:
        InputError: the file is missing or not JSON; the message names it.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: expected JSON, but it cannot be read: {error}") from error


def folder(value: Any) -> Path:
    """Return the parameter `root` as a path; `~` is the user's home.

    Raises:
        InputError: it is no path.
    """
    if not isinstance(value, str | os.PathLike) or not str(value):
        raise InputError(f"root: expected a folder, got {value!r}")
    return Path(value).expanduser()


def existing_folder(value: Any, layout: str) -> Path:
    """Return the parameter `root` as a path, as `folder` does.

    Raises:
        InputError: it is no folder; the message tells the layout that was expected.
    """
    path = folder(value)
    if not path.is_dir():
        problem = "is a file" if path.exists() else "does not exist"
        raise InputError(f"root: expected a folder with {layout}; '{path}' {problem}")
    return path


def images_by_name(parent: Path) -> dict[str, Path]:
    """Return the image files of a folder by their names without extension; none where there is no folder.

    Raises:
        InputError: two files differ in their extension only.
    """
    from PIL import Image

    extensions = {extension for extension, kind in Image.registered_extensions().items() if kind in Image.OPEN}
    found = parent.iterdir() if parent.is_dir() else ()
    return by_name((path.stem, path) for path in found if path.suffix.lower() in extensions)


def by_name(paths: Iterable[tuple[str, Path]]) -> dict[str, Path]:
    """Return pairs of a name and a path as a dictionary, sorted; hidden files are left out.

    Raises:
        InputError: two paths have one name.
    """
    named: dict[str, Path] = {}
    for name, path in sorted(paths):
        if path.name.startswith("."):
            continue
        if name in named:
            raise InputError(f"{path}: expected a unique name, but {named[name]} is also {name!r}")
        named[name] = path
    return named


def find(entries: Mapping[str, T], name: str, where: Path | str) -> T:
    """Return the entry of an image.

    Raises:
        InputError: there is no image of that name in `where`.
    """
    if name not in entries:
        raise InputError(f"name: no image {name!r} in {where}")
    return entries[name]
