"""Names of files, made from titles and other texts."""

from __future__ import annotations

import re
from collections.abc import Iterable


def file_name(text: str) -> str:
    """Return the letters of any script, the digits, and `_`, `.` and `-` of a text; one `-` stands for all between them."""
    return re.sub(r"[^\w.-]+", "-", text).strip("-.") or "-"


def file_names(texts: Iterable[str]) -> list[str]:
    """Return a name in small letters for each text, no two of them the same: those that would be are numbered."""
    names: dict[str, None] = {}
    for text in texts:
        name = numbered = file_name(text).lower().replace(".", "-")
        number = 1
        while numbered in names:
            number += 1
            numbered = f"{name}-{number}"
        names[numbered] = None
    return list(names)
