"""What is chosen from a registry, as one writes it: NAME, or NAME(KEY=VALUE, …)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from partitioners import checks
from partitioners.base import PARTITIONERS, Partitioner
from partitioners.errors import InputError
from partitioners.pyramid import AffinityPyramid
from partitioners.registry import Registry

OWN = ("partitioners", "affinity_models", "bench")
"""The packages of this project."""

_PATH = re.compile(r"""[^][(),='"]*/(?=[^/])""")


@dataclass(frozen=True)
class Expression:
    """A registered name, and the values of parameters, still as they were written."""

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        """As one writes it; of paths only the end, which is the same on any machine."""
        return _text(self.name, {key: _PATH.sub("", value) for key, value in self.parameters.items()})

    def changed(self, registry: Registry[Any], values: Mapping[str, Any]) -> Expression:
        """Return the expression with other values: of a parameter, or as PARAMETER.ITS_PARAMETER of one that is a partitioner.

        Raises:
            InputError: such a parameter is given no value, and has none by default that can be written.
        """
        parameters = dict(self.parameters)
        for key, value in values.items():
            outer, is_inner, inner = key.partition(".")
            if is_inner:
                text = parameters.get(outer) or registry.entry(self.name).default(outer)
                if not isinstance(text, str):
                    raise InputError(
                        f"{self.name}: expected the name of a partitioner as default of {outer}, got {text!r}"
                    )
                part = parse(text).changed(registry, {inner: value})
                parameters[outer] = _text(part.name, part.parameters)
            else:
                parameters[key] = repr(value)
        return replace(self, parameters=parameters)

    def says(self, key: str) -> bool:
        """Whether a parameter, or PARAMETER.ITS_PARAMETER, is given a value."""
        outer, is_inner, inner = key.partition(".")
        return outer in self.parameters and (not is_inner or parse(self.parameters[outer]).says(inner))

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
        return registry.create(self.name, **registry.given(self.name, **known) | values)

    def plain(self, registry: Registry[Any]) -> list[Any]:
        """Return [name, {key: value}] of literals, where a value that names a partitioner is such a list as well."""
        return [self.name, {key: _plain(registry, text) for key, text in self.parameters.items()}]

    def packages(self, registry: Registry[Any]) -> set[str]:
        """Return the import names of the packages beside this one that it is from or is known to need."""
        entry = registry.entry(self.name)
        inner = [parse(text) for text in self.parameters.values() if _is_partitioner(registry, text)]
        found = {entry.factory.__module__.partition(".")[0], *entry.packages}
        return found.union(*(one.packages(registry) for one in inner)).difference(OWN)


def choose(registry: Registry[Any], texts: Iterable[str]) -> list[Expression]:
    """Return what `texts` mean, each once; names with `*`, `?` or `[…]` stand for all of the registry that match.

    Raises:
        InputError: a text is no expression, or nothing has such a name or such a parameter.
    """
    found: dict[Expression, None] = {}
    for written in map(parse, texts):
        matching = [name for name in registry.names() if fnmatchcase(name, written.name)]
        for name in matching or [registry.entry(written.name).name]:  # which says what names there are
            for key in written.parameters:
                checks.choice(f"{name}: name of a parameter", key, registry.entry(name).parameters)
            found[replace(written, name=name)] = None
    return list(found)


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


def partitioner_for(pyramid: AffinityPyramid) -> Partitioner:
    """Return the partitioner that suits whatever predicted a pyramid: the one it names, else `cascade-gaec`.

    Raises:
        InputError: what it names is no expression, or no partitioner that can be made here.
    """
    try:
        return parse(pyramid.partitioner or "cascade-gaec").create(PARTITIONERS)
    except InputError as error:
        raise InputError(f"the pyramid's partitioner {pyramid.partitioner!r}: {error}") from None


def parameter(text: str) -> tuple[str, str]:
    """Return key and value of the text KEY=VALUE.

    Raises:
        InputError: it is something else.
    """
    key, equals, value = (part.strip() for part in text.partition("="))
    if not (key.isidentifier() and equals):
        raise InputError(f"expected KEY=VALUE, got {text!r}")
    return key, value


def _text(name: str, parameters: Mapping[str, str]) -> str:
    inside = ", ".join(f"{key}={value}" for key, value in parameters.items())
    return f"{name}({inside})" if inside else name


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
    if _is_partitioner(registry, text):
        return parse(text).create(PARTITIONERS, **known)
    return _literal(text)


def _plain(registry: Registry[Any], text: str) -> Any:
    return parse(text).plain(PARTITIONERS) if _is_partitioner(registry, text) else _literal(text)


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError):
        return text


def _is_partitioner(registry: Registry[Any], text: str) -> bool:
    return registry is PARTITIONERS and text.partition("(")[0].strip() in PARTITIONERS.names()
