"""What is chosen from a registry: names or patterns of names, with parameters where wanted."""

from __future__ import annotations

import ast
import hashlib
import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from bench import cli
from bench.provenance import versions
from partitioners import InputError, Registry, checks


@dataclass(frozen=True)
class Choice:
    """A registered name, and those of its parameters that differ from its own defaults."""

    name: str
    parameters: tuple[tuple[str, Any], ...] = ()

    @property
    def label(self) -> str:
        """The choice as it is written, `NAME:KEY=VALUE,…`; of paths only the end, which is the same on any machine."""
        texts = [f"{key}={str(value).rstrip('/').rpartition('/')[2]}" for key, value in self.parameters]
        return self.name + (":" + ",".join(texts) if texts else "")

    def make(self, registry: Registry[Any], **known: Any) -> Any:
        """Return what is chosen; `known` are parameters for names that take them.

        Raises:
            InputError: it is unavailable, or a parameter is missing or out of range.
        """
        return registry.create(self.name, **cli.given(registry, self.name, **known) | dict(self.parameters))

    def settings(self, registry: Registry[Any]) -> dict[str, Any]:
        """Return all parameters: the chosen ones and the defaults."""
        return _defaults(registry, self.name) | dict(self.parameters)

    def packages(self, registry: Registry[Any]) -> dict[str, str]:
        """Return the versions of the packages whose code this is or which it needs, where they are known."""
        entry = registry.entry(self.name)
        return versions([entry.factory.__module__.partition(".")[0], *entry.packages])

    def identity(self, registry: Registry[Any]) -> list[Any]:
        """Return all that decides what this does, but for this project's own code: parameters, source file, versions."""
        source = getattr(inspect.getmodule(registry.entry(self.name).factory), "__file__", None)
        digest = hashlib.sha256(Path(source).read_bytes()).hexdigest() if source else ""
        return [self.name, self.parameters, digest, self.packages(registry)]


def choose(registry: Registry[Any], texts: Iterable[str], **known: Any) -> list[Choice]:
    """Return what texts `PATTERN` or `PATTERN:KEY=VALUE,…` choose, each once.

    A pattern is a name, or has `*`, `?` or `[…]` in it. A value is None, True, False or a
    number of Python; else a string.

    Args:
        registry: to choose from.
        texts: of a user.
        known: parameters for names that take them, where the text gives none; None is left out.

    Raises:
        InputError: nothing has such a name, or no such parameter.
    """
    found: dict[Choice, None] = {}
    for pattern, parameters in map(_parse, texts):
        for name in _matches(registry, pattern, parameters):
            wanted = cli.given(registry, name, **known) | parameters
            defaults = _defaults(registry, name)
            differing = {key: value for key, value in wanted.items() if key not in defaults or value != defaults[key]}
            found[Choice(name, tuple(sorted(differing.items())))] = None
    return list(found)


def _parse(text: str) -> tuple[str, dict[str, Any]]:
    pattern, _, rest = text.partition(":")
    parameters = {}
    for item in rest.split(",") if rest else ():
        key, equals, value = item.partition("=")
        if not (key and equals):
            raise InputError(f"{text}: expected NAME or NAME:KEY=VALUE,…")
        parameters[key] = _value(value)
    return pattern, parameters


def _value(text: str) -> Any:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return value if value is None or isinstance(value, bool | int | float) else text


def _matches(registry: Registry[Any], pattern: str, parameters: Mapping[str, Any]) -> Iterator[str]:
    names = [name for name in registry.names() if fnmatchcase(name, pattern)]
    for name in names or [registry.entry(pattern).name]:  # which says what names there are
        for key in parameters:
            checks.choice(f"{name}: name of a parameter", key, registry.entry(name).parameters)
        yield name


def _defaults(registry: Registry[Any], name: str) -> dict[str, Any]:
    declared = inspect.signature(registry.entry(name).factory).parameters.values()
    return {one.name: one.default for one in declared if one.default is not one.empty}
