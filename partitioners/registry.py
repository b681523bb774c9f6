"""Names for partitioners, affinity models and data sets, open to other packages through entry points, and to single files."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Generic, TypeVar

from partitioners import notation
from partitioners.checks import did_you_mean, shown, unknown
from partitioners.errors import InputError
from partitioners.plugin_files import load_named_in_environment

T = TypeVar("T")
Reason = Callable[[], "str | None"]


@dataclass(frozen=True)
class Needs:
    """A check that gives a reason while one of `packages` (import names) is not installed."""

    packages: tuple[str, ...]
    extra: str

    def __call__(self) -> str | None:
        missing = [package for package in self.packages if find_spec(package) is None]
        if not missing:
            return None
        return f"needs {', '.join(missing)}: pip install 'affinity-bench[{self.extra}]'"


def needs(*packages: str, extra: str) -> Needs:
    """Return a check that gives a reason while one of `packages` (import names) is not installed."""
    return Needs(packages, extra)


@dataclass(frozen=True)
class Entry(Generic[T]):
    """One registered name: its factory, and why it is unavailable (None where it is available)."""

    name: str
    factory: Callable[..., T]
    unavailable: Reason

    @property
    def summary(self) -> str:
        """The first line of the factory's docstring."""
        return (inspect.getdoc(self.factory) or "(no description)").splitlines()[0]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters that `Registry.create` takes for this name."""
        return tuple(inspect.signature(self.factory).parameters)

    def default(self, parameter: str) -> Any:
        """Return the default value of a parameter; `inspect.Parameter.empty` where there is none."""
        return inspect.signature(self.factory).parameters[parameter].default

    def is_path(self, parameter: str) -> bool:
        """Return True for a parameter that takes a path, as its annotation says."""
        declared = inspect.signature(self.factory).parameters.get(parameter)
        return declared is not None and "Path" in str(declared.annotation)

    @property
    def packages(self) -> tuple[str, ...]:
        """The import names of the optional packages that it is known to need."""
        return self.unavailable.packages if isinstance(self.unavailable, Needs) else ()


class Registry(Generic[T]):
    """A table of unique names.

    Args:
        kind: the noun for an entry, for messages ("partitioner").
        group: the entry-point group through which other packages add names. Such an entry point names a
            module or object whose import registers; one that fails is a name with a reason, not an error.
        nests: True where a value that names something registered here is that thing, as the steps of a partitioner.
    """

    def __init__(self, kind: str, group: str, *, nests: bool = False) -> None:
        self.kind = kind
        self.group = group
        self.nests = nests
        self._entries: dict[str, Entry[T]] = {}
        self._plugins_loaded = False

    def register(self, name: str, *, unavailable: Reason = lambda: None) -> Callable[[Callable[..., T]], Any]:
        """Return a decorator that registers a class or function under `name`.

        Raises:
            InputError: `name` is no text, or taken, and not by an older version of the same file.
        """

        if not isinstance(name, str):
            raise InputError(f"name: expected a text, as in @register('my-own'), got {shown(name)}")

        def decorate(factory: Callable[..., T]) -> Callable[..., T]:
            if name in self._entries and not _supersedes(factory, self._entries[name].factory):
                raise InputError(f"{self.kind} name {name!r} is taken by {self._entries[name].factory!r}")
            self._entries[name] = Entry(name, factory, unavailable)
            return factory

        return decorate

    def names(self) -> list[str]:
        """Return all names, available or not, in alphabetical order."""
        self._load_plugins()
        return sorted(self._entries)

    def entry(self, name: str) -> Entry[T]:
        """Return the entry of a name.

        Raises:
            InputError: no such name; the message lists those there are.
        """
        names = self.names()
        if not isinstance(name, str) or name not in self._entries:
            raise InputError(f"{self.kind}: {unknown(name, names)}")
        return self._entries[name]

    def unavailable(self, name: str) -> str | None:
        """Return why `name` cannot be created on this machine, or None where it can."""
        return self.entry(name).unavailable()

    def given(self, name: str, **parameters: Any) -> dict[str, Any]:
        """Return those of `parameters` that are not None and that `name` takes.

        Raises:
            InputError: no such name.
        """
        accepted = self.entry(name).parameters
        return {key: value for key, value in parameters.items() if value is not None and key in accepted}

    def create(self, text: str, /, **parameters: Any) -> T:
        """Make what `text` names: NAME, or NAME(KEY=VALUE, …).

        A value is a Python literal, else a string. For a partitioner, a value that names a partitioner, with
        parameters or without, is that partitioner.

        Args:
            text: name and parameters.
            parameters: further parameters, which override those of the text.

        Raises:
            InputError: the text is neither, the name is unknown or unavailable, or a parameter is unknown, missing
                or out of range.
        """
        if not isinstance(text, str):
            raise InputError(f"{self.kind}: expected NAME or NAME(KEY=VALUE, …), got {shown(text)}")
        try:
            name, texts = notation.split(text)
        except InputError as error:
            raise InputError(f"{self.kind}: {error}") from None
        return self._make(name, {key: self._value(value, {}) for key, value in texts.items()} | parameters)

    def compose(self, name: str, texts: Mapping[str, str], context: Mapping[str, Any]) -> T:
        """Make what a name and values as text stand for, as `create` does.

        Args:
            name: the registered one.
            texts: the values of its parameters.
            context: parameters for the name and names nested in its values, where these take but do not set them.

        Raises:
            InputError: the name is unknown or unavailable, or a parameter is unknown, missing or out of range.
        """
        values = {key: self._value(value, context) for key, value in texts.items()}
        return self._make(name, self.given(name, **context) | values)

    def nested(self, text: Any) -> tuple[str, dict[str, str]] | None:
        """Return name and values nested in a value, quoted or not, or None where it is something else."""
        value = notation.literal(text) if isinstance(text, str) else text
        if not self.nests or not isinstance(value, str) or value.partition("(")[0].strip() not in self.names():
            return None
        return notation.split(value)

    def _value(self, text: str, context: Mapping[str, Any]) -> Any:
        nested = self.nested(text)
        return notation.literal(text) if nested is None else self.compose(*nested, context)

    def _make(self, name: str, parameters: Mapping[str, Any]) -> T:
        entry = self.entry(name)
        if (reason := entry.unavailable()) is not None:
            raise InputError(f"{self.kind} {name!r} is unavailable: {reason}")
        for parameter in parameters:
            if parameter not in entry.parameters:
                listing = ", ".join(entry.parameters) or "none"
                hint = did_you_mean(parameter, entry.parameters) or "."
                raise InputError(f"{name}: no parameter {parameter!r}{hint} It takes {listing}")
        for parameter, declared in inspect.signature(entry.factory).parameters.items():
            if declared.default is declared.empty and parameter not in parameters:
                raise InputError(f"{name}: needs the parameter {parameter!r}")
        return entry.factory(**parameters)

    def _load_plugins(self) -> None:
        if self._plugins_loaded:
            return
        self._plugins_loaded = True
        load_named_in_environment()
        for point in entry_points(group=self.group):
            try:
                point.load()
            except Exception as error:  # a broken plug-in must not take the others down
                self._add_broken(point.name, f"its plug-in {point.value} failed to load: {error!r}")

    def _add_broken(self, name: str, reason: str) -> None:
        def broken() -> T:
            """Fail: the plug-in could not be loaded."""
            raise InputError(reason)

        self._entries.setdefault(name, Entry(name, broken, lambda: reason))


def _supersedes(new: object, old: object) -> bool:
    """Say whether both are from one plug-in file, `old` from an older version of it."""
    new_module, old_module = (sys.modules.get(getattr(one, "__module__", "")) for one in (new, old))
    file = _plugin_file(new_module)
    is_there = new_module is old_module and getattr(old_module, getattr(old, "__name__", ""), None) is old
    return file is not None and file == _plugin_file(old_module) and not is_there


def _plugin_file(module: ModuleType | None) -> str | None:
    """Return the path of the file that a module was plugged in from, or None for other modules."""
    spec = getattr(module, "__spec__", None)
    return spec.origin if spec is not None and spec.loader is None else None
