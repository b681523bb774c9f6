"""The notation NAME(KEY=VALUE, …): taking it apart, values as text, and paths cut for people."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

from partitioners.errors import InputError

_CALL = re.compile(r"\s*([^\s()]+)\s*(?:\((.*)\))?\s*", re.DOTALL)
_QUOTED = r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*\""""
_TOKEN = re.compile(rf"{_QUOTED}|.", re.DOTALL)
_WORD = re.compile(rf"""{_QUOTED}|[^][(){{}},='"\s][^][(){{}},='"]*""", re.DOTALL)
_SPECIAL = re.compile(r"""[][(){},='"\\\s]|^$""")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_EXACT = 2**53
"""From here on not every whole number is a float."""


def split(text: str) -> tuple[str, dict[str, str]]:
    """Return name and values of `text`, the latter as they are written.

    Raises:
        InputError: it is neither NAME nor NAME(KEY=VALUE, …), or a key is given twice.
    """
    match = _CALL.fullmatch(text)
    if not match:
        raise InputError(f"expected NAME or NAME(KEY=VALUE, …), got {text!r}")
    name, inside = match.groups()
    parameters: dict[str, str] = {}
    for key, value in map(parameter, _items(inside, text)) if (inside or "").strip() else ():
        if key in parameters:
            raise InputError(f"{key}: expected one value, got two in {text!r}")
        parameters[key] = value
    return name, parameters


def parameter(text: str) -> tuple[str, str]:
    """Return key and value of the text KEY=VALUE.

    Raises:
        InputError: it is something else.
    """
    key, equals, value = (part.strip() for part in text.partition("="))
    if not (key.isidentifier() and equals):
        raise InputError(f"expected KEY=VALUE, got {text!r}")
    return key, value


def join(name: str, parameters: Mapping[str, str]) -> str:
    """Join what `split` takes apart."""
    inside = ", ".join(f"{key}={value}" for key, value in parameters.items())
    return f"{name}({inside})" if inside else name


def literal(text: str) -> Any:
    """Return the value that a text means: a Python literal's, else the text itself."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text


def written(value: Any) -> str:
    """Return the shortest text that means a value, one for equal numbers; strings have quotes only where they need them."""
    if isinstance(value, str):
        return value if not _SPECIAL.search(value) and literal(value) is value else repr(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return repr(int(value))
    return repr(value)


def shortened(text: str, parts: int) -> str:
    """Return `text` with paths, which are all values with a slash, cut to that many of their last parts."""

    def cut(match: re.Match[str]) -> str:
        word = match[0]
        path = literal(word) if word[0] in "'\"" else word
        ends = [part for part in path.split("/") if part] if isinstance(path, str) and "/" in path else []
        if len(ends) <= parts:
            return word
        end = "/".join(ends[-parts:])
        return end if word is path else written(end)

    return _WORD.sub(cut, text)


def _items(inside: str, text: str) -> Iterator[str]:
    """Yield the parts between the commas that are in no brackets and no quotes."""
    start, expected = 0, ""
    for match in _TOKEN.finditer(inside):
        token = match[0]
        if token in ("'", '"'):
            raise InputError(f"expected a closing {token} for each opening one, got {text!r}")
        if token in _CLOSING:
            expected += _CLOSING[token]
        elif token in _CLOSING.values():
            if not expected.endswith(token):
                raise InputError(f"expected as many opening as closing brackets, got {text!r}")
            expected = expected[:-1]
        elif token == "," and not expected:
            yield inside[start : match.start()]
            start = match.end()
    if expected:
        raise InputError(f"expected as many opening as closing brackets, got {text!r}")
    yield inside[start:]
