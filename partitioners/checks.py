"""Checks of arguments, each raising an `InputError` with the argument, the expected and the given value."""

from __future__ import annotations

import difflib
import math
import os
from collections.abc import Collection, Iterable
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Literal, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from partitioners.arrays import FloatArray, IntegerArray
from partitioners.errors import InputError

T = TypeVar("T")
_LONGEST = 80
"""Characters of a value in a message."""


def shown(value: Any) -> str:
    """Return a value as messages show it: of an array shape and dtype, of a class its name, of what is long its kind."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and {value.dtype}"
    text = f"the class {value.__name__}" if isinstance(value, type) else repr(value)
    return text if len(text) <= _LONGEST else _one(type(value))


def instance(name: str, value: Any, *kinds: type, hint: str = "") -> None:
    """Refuse `value`, with a hint, unless it is of one of some kinds."""
    if not isinstance(value, kinds):
        names = " or ".join(filter(None, [", ".join(map(_one, kinds[:-1])), _one(kinds[-1])]))
        raise InputError(f"{name}: expected {names}, got {shown(value)}{hint}")


def _one(kind: type) -> str:
    """Return the name of a kind after its article."""
    return f"a{'n' * (kind.__name__[0] in 'AEIOUaeiou')} {kind.__name__}"


def path(name: str, value: Any) -> Path:
    """Return `value` as a path, refused unless a text or a path."""
    if not isinstance(value, str | os.PathLike):
        raise InputError(f"{name}: expected a path, got {shown(value)}")
    return Path(value)


def number(name: str, value: Any, low: float = -math.inf, high: float = math.inf) -> float:
    """Return `value` as a float, refused unless a finite number in [low, high]."""
    try:
        result = math.nan if isinstance(value, bool) or not isinstance(value, Real) else float(value)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result):
        raise InputError(f"{name}: expected a finite number, got {value!r}")
    if not low <= result <= high:
        raise InputError(f"{name}: expected a number in [{low:g}, {high:g}], got {value!r}")
    return result


def integer(name: str, value: Any, low: int = 0) -> int:
    """Return `value` as an int, refused unless a whole number of at least `low`."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < low:
        raise InputError(f"{name}: expected a whole number of at least {low}, got {value!r}")
    return int(value)


def boolean(name: str, value: Any) -> bool:
    """Return `value`, refused unless True or False."""
    if not isinstance(value, bool):
        raise InputError(f"{name}: expected True or False, got {value!r}")
    return value


def choice(name: str, value: Any, choices: Collection[str]) -> str:
    """Return `value`, refused unless one of `choices`; a near miss gets a suggestion."""
    if not isinstance(value, str) or value not in choices:
        hint = did_you_mean(value, choices)
        raise InputError(f"{name}: expected one of {', '.join(sorted(choices))}, got {value!r}{hint}")
    return str(value)


def did_you_mean(word: Any, choices: Collection[str]) -> str:
    """Return `"; did you mean 'x'?"` for the choice nearest to `word`, or an empty string."""
    matches = difflib.get_close_matches(str(word), choices, n=1)
    return f"; did you mean {matches[0]!r}?" if matches else ""


def unknown(word: Any, known: Collection[str]) -> str:
    """Return `"no 'x'; did you mean 'y'? There are y, z"`: the nearest name, if one is near, comes before the long list."""
    return f"no {word!r}{did_you_mean(word, known) or '.'} There are {', '.join(known) or 'none'}"


@overload
def array(name: str, value: Any, shape: tuple[int | None, ...], kind: Literal["integer"]) -> IntegerArray: ...


@overload
def array(name: str, value: Any, shape: tuple[int | None, ...], kind: Literal["float"]) -> FloatArray: ...


@overload
def array(name: str, value: Any, shape: tuple[int | None, ...], kind: Literal["bool"]) -> NDArray[np.bool_]: ...


def array(name: str, value: Any, shape: tuple[int | None, ...], kind: str) -> NDArray[Any]:
    """Return `value` as an array of native byte order with the given shape and kind of dtype.

    Args:
        name: the argument's name, for the message.
        value: anything numpy can see as an array; an empty list is taken for one of any shape and dtype.
        shape: the expected shape; None stands for any length.
        kind: "integer", "float" (integers are refused) or "bool".

    Raises:
        InputError: the number of dimensions, a length or the kind of dtype differs.
    """
    try:
        result = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}: expected an array, got {shown(value)} ({error})") from None
    if result.ndim == 0 and result.dtype.kind in "OSU":
        raise InputError(f"{name}: expected an array of {kind} values, got {shown(value)}")
    if result.shape == (0,) and not shape[0]:
        result = result.reshape([length or 0 for length in shape])
    if result.ndim != len(shape) or any(want not in (None, got) for want, got in zip(shape, result.shape, strict=True)):
        expected = ", ".join("any" if length is None else str(length) for length in shape)
        raise InputError(f"{name}: expected shape ({expected}), got {result.shape}")
    kinds, default = {"integer": ("iu", np.int64), "float": ("f", np.float64), "bool": ("b", np.bool_)}[kind]
    if result.dtype.kind not in kinds:
        if result.size:
            raise InputError(f"{name}: expected {kind} values, got dtype {result.dtype}")
        return np.empty(result.shape, default)
    return result.astype(result.dtype.newbyteorder("="), copy=False)


def grid(name: str, value: Any, kind: Any, before: int = 0) -> NDArray[Any]:
    """Return `value` as `array` does, of the shape (h, w) of an image or (d, h, w) of a volume after `before` other axes."""
    is_volume = getattr(value, "ndim", 0) == before + 3
    return array(name, value, (None,) * (before + 2 + is_volume), kind)


def items(name: str, value: Any, kind: type) -> tuple[Any, ...]:
    """Return `value` as a tuple, refused unless a collection whose items are of `kind`."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise InputError(f"{name}: expected a sequence of {kind.__name__}, got {shown(value)}")
    result = tuple(value)
    for item in result:
        if not isinstance(item, kind):
            raise InputError(f"{name}: expected a sequence of {kind.__name__}, got one with {shown(item)}")
    return result


class PlainParameters:
    """A base of dataclasses in whose fields numpy's scalars become Python's, before `__post_init__` checks them.

    So what a dataclass prints, and keys and JSON made of it, do not depend on which of both was given.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        post_init = cls.__dict__.get("__post_init__")
        if post_init is None and hasattr(cls, "__post_init__"):
            return  # inherited, and made plain there

        def __post_init__(self: Any) -> None:
            for name, value in list(vars(self).items()):
                if isinstance(value, np.generic):
                    object.__setattr__(self, name, value.item())
            if post_init is not None:
                post_init(self)

        cls.__post_init__ = __post_init__  # type: ignore[attr-defined]


def keep(made: object, **fields: Any) -> None:
    """Set fields of a frozen dataclass, arrays as read-only views: nobody who is given it can spoil it for others."""
    made.__dict__.update((name, read_only(value)) for name, value in fields.items())


def read_only(value: T) -> T:
    """Return a read-only view of an array, and anything else as it is."""
    if not isinstance(value, np.ndarray):
        return value
    view = value.view()
    view.flags.writeable = False
    return view


def unchecked(made: type[T], **fields: Any) -> T:
    """Return a frozen dataclass with fields that are known to be right and as it keeps them: it is not asked."""
    result = object.__new__(made)
    keep(result, **fields)
    return result


def within(name: str, value: NDArray[Any], low: float, high: float) -> None:
    """Refuse `value` unless all of it is finite and in [low, high]."""
    if value.size and not (np.min(value) >= low and np.max(value) <= high):
        outside = value[~((value >= low) & (value <= high))]
        raise InputError(f"{name}: expected values in [{low:g}, {high:g}], got {outside.flat[0]} ({outside.size} such)")


def labels(name: str, value: Any) -> NDArray[np.int32]:
    """Return a label map (h, w) or (d, h, w) of integers as int32, refused where they do not fit."""
    result = grid(name, value, "integer")
    if result.dtype != np.int32:
        limits = np.iinfo(np.int32)
        within(name, result, limits.min, limits.max)
    return result.astype(np.int32, copy=False)
