"""Keys that change with what code does, not with what is said about it, and with what arrays hold."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_CPP_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def code_key(paths: Iterable[Path]) -> str:
    """Return a hash of Python and C++ source, in which comments, docstrings and layout do not count.

    Args:
        paths: files, and folders of which all source files count.

    Raises:
        SyntaxError: a Python file is no Python.
    """
    digest = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.suffix == ".py":
                digest.update(_python(file.read_text(encoding="utf-8")).encode())
            elif file.suffix in (".cpp", ".hpp"):
                digest.update(" ".join(_CPP_COMMENT.sub(" ", file.read_text(encoding="utf-8")).split()).encode())
    return digest.hexdigest()


def content_key(*arrays: NDArray[Any]) -> str:
    """Return a hash, SHA-256, of the dtypes, shapes and values of arrays."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _python(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):  # a string that stands alone does nothing
            node.body = [item for item in body if not _is_text(item)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
