"""What is chosen from a registry, as one writes it: NAME, or NAME(KEY=VALUE, …)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench import cli
from partitioners import PARTITIONERS, InputError, Registry


@dataclass(frozen=True)
class Expression:
    """A registered name, and the values of parameters, still as they were written."""

    name: str
    parameters: Mapping[str, str]

    def create(self, registry: Registry[Any], **known: Any) -> Any:
        """Make what is meant.

        A value is a Python literal, and else a string. For a partitioner, a value that names a partitioner, with
        parameters or without, is that partitioner.

        Args:
            registry: where the name is.
            known: parameters for the name, and for partitioners in its values, where they take them and give none.

        Raises:
            InputError: a name is unknown or unavailable, or a parameter is unknown, missing or out of range.
        """
        values = {key: _value(registry, text, known) for key, text in self.parameters.items()}
        return registry.create(self.name, **cli.given(registry, self.name, **known) | values)


def parse(text: str) -> Expression:
    """Return what `text` says.

    Raises:
        InputError: it is neither NAME nor NAME(KEY=VALUE, …).
    """
    found = re.fullmatch(r"\s*([^\s()]+)\s*(?:\((.*)\))?\s*", text, re.DOTALL)
    if not found:
        raise InputError(f"expected NAME or NAME(KEY=VALUE, …), got {text!r}")
    name, inside = found.groups()
    return Expression(name, dict(map(parameter, _items(inside))) if (inside or "").strip() else {})


def parameter(text: str) -> tuple[str, str]:
    """Return key and value of the text KEY=VALUE.

    Raises:
        InputError: it is something else.
    """
    key, equals, value = (part.strip() for part in text.partition("="))
    if not (key.isidentifier() and equals):
        raise InputError(f"expected KEY=VALUE, got {text!r}")
    return key, value


def _items(text: str) -> Iterator[str]:
    """Yield the parts of `text` between the commas that are in no brackets."""
    start = depth = 0
    for place, character in enumerate(text + ","):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            yield text[start:place]
            start = place + 1
    if depth:
        raise InputError(f"expected as many opening as closing brackets, got {text!r}")


def _value(registry: Registry[Any], text: str, known: Mapping[str, Any]) -> Any:
    if registry is PARTITIONERS and text.partition("(")[0].strip() in PARTITIONERS.names():
        return parse(text).create(PARTITIONERS, **known)
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError):
        return text
