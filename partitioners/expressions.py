"""Expressions: choices from a registry as one writes them, NAME or NAME(KEY=VALUE, …)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeVar

from partitioners import checks, notation
from partitioners.base import PARTITIONERS, Partitioner
from partitioners.errors import InputError
from partitioners.pyramid import AffinityPyramid
from partitioners.registry import Registry

T = TypeVar("T")
OWN = ("partitioners", "affinity_models", "bench")
"""The packages of this project."""
USUAL = "rescored(partitioner=average-cascade)"
"""The partitioner of pyramids that name none."""


@dataclass(frozen=True)
class Expression:
    """A registered name, and the values of parameters, still as they were written."""

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        """As one writes it; `parse` gives an equal one."""
        return notation.join(self.name, self.parameters)

    def canonical(self, registry: Registry[Any], **context: Any) -> str:
        """Return the text that all expressions of the same meaning share.

        Parameters come in the order of the signature, without those that have the value that they would have by default;
        numbers, quotes and nested values are written in one way, and paths are absolute.

        Args:
            registry: the registry in which the name is looked up.
            context: parameters, as for `create`.

        Raises:
            InputError: the name is unknown.
        """
        order = registry.entry(self.name).parameters
        keys = sorted(self.parameters, key=lambda key: order.index(key) if key in order else len(order))
        texts = {key: self._text(registry, context, key, notation.literal(self.parameters[key])) for key in keys}
        differing = {
            key: text
            for key, text in texts.items()
            if key not in order or text != self._text(registry, context, key, self._default(registry, context, key))
        }
        return notation.join(self.name, differing)

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
                parameters[outer] = str(_inner(text).changed(registry, {inner: value}))
            else:
                parameters[key] = notation.written(value)
        return replace(self, parameters=parameters)

    def says(self, key: str) -> bool:
        """Say whether a parameter, or PARAMETER.ITS_PARAMETER, has a value."""
        outer, is_inner, inner = key.partition(".")
        return outer in self.parameters and (not is_inner or _inner(self.parameters[outer]).says(inner))

    def create(self, registry: Registry[T], **context: Any) -> T:
        """Make what it names, as `Registry.create` does.

        Args:
            registry: the registry in which the name is looked up.
            context: parameters for the name and partitioners in its values, where these take but do not set them.

        Raises:
            InputError: a name is unknown or unavailable, or a parameter is unknown, missing or out of range.
        """
        return registry.compose(self.name, self.parameters, context)

    def plain(self, registry: Registry[Any]) -> list[Any]:
        """Return [name, {key: value}] of literals, where a value that names a partitioner is such a list as well."""

        def value(text: str) -> Any:
            nested = registry.nested(text)
            return notation.literal(text) if nested is None else Expression(*nested).plain(registry)

        return [self.name, {key: value(text) for key, text in self.parameters.items()}]

    def packages(self, registry: Registry[Any]) -> set[str]:
        """Return the import names of the packages beside this one that it is from or is known to need."""
        entry = registry.entry(self.name)
        nested = filter(None, map(registry.nested, self.parameters.values()))
        packages = {entry.factory.__module__.partition(".")[0], *entry.packages}
        return packages.union(*(Expression(*inner).packages(registry) for inner in nested)).difference(OWN)

    def _text(self, registry: Registry[Any], context: Mapping[str, Any], key: str, value: Any) -> str:
        """Return the one text for a value of a parameter."""
        if (nested := registry.nested(value)) is not None:
            return Expression(*nested).canonical(registry, **context)
        if isinstance(value, str | Path) and registry.entry(self.name).is_path(key):
            path = Path(value).expanduser()
            value = str(path.resolve() if len(path.parts) > 1 or path.exists() else path)
        return notation.written(value)

    def _default(self, registry: Registry[Any], context: Mapping[str, Any], key: str) -> Any:
        """Return the default of a parameter; for None, the value that it gets beside the other parameters."""
        default = registry.given(self.name, **context).get(key, registry.entry(self.name).default(key))
        if default is not None or notation.literal(self.parameters[key]) is None:
            return default
        rest = {name: value for name, value in self.parameters.items() if name != key}
        try:
            return getattr(Expression(self.name, rest).create(registry, **context), key, None)
        except Exception:  # of a plug-in, it can be anything
            return None


def choose(registry: Registry[Any], texts: Iterable[str], **context: Any) -> list[Expression]:
    """Return the expressions of `texts`, each once as first written; names with `*`, `?` or `[…]` stand for all that match.

    Args:
        registry: the registry in which names are looked up.
        texts: expressions.
        context: parameters, as for `Expression.create`.

    Raises:
        InputError: a text is no expression, or nothing has such a name or such a parameter.
    """
    expressions: dict[str, Expression] = {}
    for pattern in map(parse, texts):
        matching = [name for name in registry.names() if fnmatchcase(name, pattern.name)]
        for name in matching or [registry.entry(pattern.name).name]:  # or raise, with the names there are
            for key in pattern.parameters:
                checks.choice(f"{name}: name of a parameter", key, registry.entry(name).parameters)
            expression = replace(pattern, name=name)
            expressions.setdefault(expression.canonical(registry, **context), expression)
    return list(expressions.values())


def parse(text: str) -> Expression:
    """Return `text` parsed; quotes protect commas, brackets, equals signs and spaces in values.

    Raises:
        InputError: it is neither NAME nor NAME(KEY=VALUE, …), a quote or a bracket is not closed, or a key is given twice.
    """
    return Expression(*notation.split(text))


def short(expressions: Iterable[Expression]) -> dict[Expression, str]:
    """Return a name for each expression: as written, paths cut to as much of their end as tells them apart."""
    names = {expression: str(expression) for expression in expressions}
    ambiguous = list(names)
    for parts in range(1, max(text.count("/") for text in names.values()) + 2 if names else 1):
        names |= {expression: notation.shortened(str(expression), parts) for expression in ambiguous}
        uses = Counter(names.values())
        ambiguous = [expression for expression in ambiguous if uses[names[expression]] > 1]
    return names


def partitioner_for(pyramid: AffinityPyramid) -> Partitioner:
    """Return the partitioner that suits a pyramid's network: the one that it names, else `USUAL`.

    Raises:
        InputError: `pyramid` is something else, or the name is no expression, or no partitioner that can be made here.
    """
    checks.instance("pyramid", pyramid, AffinityPyramid)
    try:
        return PARTITIONERS.create(pyramid.partitioner or USUAL)
    except InputError as error:
        raise InputError(f"the pyramid's partitioner {pyramid.partitioner!r}: {error}") from None


def _inner(text: str) -> Expression:
    """Return the expression that a value is, quoted or not."""
    return parse(str(notation.literal(text)))
