from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partitioners import (
    NEIGHBOURS,
    AffinityGraph,
    InputError,
    PyramidLevel,
    Segmentation,
    Segments,
    checks,
    create,
    grid_graph,
)


@pytest.mark.parametrize("value", [0, 1, 0.5, True + 0.0, np.float32(0.25), np.int8(1), Fraction(1, 2)])
def test_number(value):
    result = checks.number("x", value, 0, 1)
    assert result == value and type(result) is float


@pytest.mark.parametrize("value", ["0", None, True, np.nan, np.inf, 10**400, [0.5], 1j, np.array([1.0])])
def test_number_refuses_what_is_none(value):
    with pytest.raises(InputError, match="x: expected a finite number"):
        checks.number("x", value)


@pytest.mark.parametrize("value", [-0.001, 1.001, -1, 2])
def test_number_refuses_what_is_out_of_range(value):
    with pytest.raises(InputError, match=r"x: expected a number in \[0, 1\], got"):
        checks.number("x", value, 0, 1)


@pytest.mark.parametrize("value", [3, np.int16(3), np.uint64(3)])
def test_integer(value):
    result = checks.integer("x", value, 3)
    assert result == 3 and type(result) is int


@pytest.mark.parametrize("value", [2, -1, 3.0, True, None, "3", np.float64(4)])
def test_integer_refuses(value):
    with pytest.raises(InputError, match="x: expected a whole number of at least 3, got"):
        checks.integer("x", value, 3)


def test_choice():
    assert checks.choice("x", "sum", ("sum", "average")) == "sum"
    with pytest.raises(InputError, match=r"x: expected one of average, sum, got 'averge'; did you mean 'average'\?"):
        checks.choice("x", "averge", ("sum", "average"))
    for value in (7, ["sum"], None):
        with pytest.raises(InputError, match=r"x: expected one of average, sum, got"):
            checks.choice("x", value, {"sum", "average"})


@pytest.mark.parametrize(("kind", "good"), [("integer", "iu"), ("float", "f"), ("bool", "b")])
@pytest.mark.parametrize("dtype", [">i2", "u8", ">f4", "f8", "?", "c8", "U3", "O", "M8[s]"])
def test_array_takes_one_kind_in_any_byte_order(kind, good, dtype):
    value = np.array([1, 0], "i8").astype(dtype)
    if value.dtype.kind in good:
        result = checks.array("x", value, (2,), kind)
        assert result.dtype.isnative and np.array_equal(result, value)
    else:
        with pytest.raises(InputError, match=f"x: expected {kind} values, got dtype"):
            checks.array("x", value, (2,), kind)


@pytest.mark.parametrize("value", [[], np.empty(0, "U3"), np.empty((0, 2), object)])
@pytest.mark.parametrize(("kind", "dtype"), [("integer", "i"), ("float", "f"), ("bool", "b")])
def test_array_takes_an_empty_one_of_any_dtype(value, kind, dtype):
    result = checks.array("x", value, (None, 2), kind)
    assert result.shape == (0, 2) and result.dtype.kind == dtype


@pytest.mark.parametrize("value", [[1, 2, 3], [[1, 2]], 1, [[]], [[1], [1, 2]], None])
def test_array_refuses_other_shapes(value):
    with pytest.raises(InputError, match="x: expected"):
        checks.array("x", value, (2,), "integer")


def test_array_does_not_copy_what_is_right():
    value = np.zeros((2, 3))
    assert checks.array("x", value, (2, None), "float") is value


READ_ONLY = {
    "graph": (AffinityGraph, 3, np.array([[0, 1], [1, 2]]), np.array([0.5, 1]), np.array([1, 2])),
    "grid": (grid_graph, np.ones((2, 3, 4)), NEIGHBOURS, np.ones((3, 4), bool)),
    "segments": (Segments, np.ones(2, int), np.ones((2, 4), int), np.ones((2, 1)), np.ones((2, 3))),
    "level": (PyramidLevel, *(np.ones((channels, 3, 4), np.float32) for channels in (2, 1, 3))),
    "segmentation": (Segmentation, np.ones((3, 4), np.int32), np.ones(1, np.int32), np.ones(1, np.float32)),
}


@pytest.mark.parametrize("name", READ_ONLY)
def test_arrays_that_are_given_out_are_read_only_and_the_caller_keeps_theirs(name):
    make, *arguments = READ_ONLY[name]
    made = make(*arguments)
    listed = {"edges", "weights", "sizes"}.intersection(dir(made))  # by a grid when they are asked for
    fields = [getattr(made, field) for field in {*vars(made), *listed}]
    kept = [value for value in fields if isinstance(value, np.ndarray)]
    assert len(kept) >= 3
    for array in kept:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    own = [value for value in arguments if isinstance(value, np.ndarray)]
    assert all(array.flags.writeable and any(np.shares_memory(array, one) for one in kept) for array in own)


@given(st.lists(st.floats(width=32), min_size=1))
def test_within(values):
    bad = [value for value in values if not 0 <= value <= 1]
    if bad:
        with pytest.raises(InputError, match=rf"x: expected values in \[0, 1\], got .* \({len(bad)} such\)"):
            checks.within("x", np.array(values), 0, 1)
    else:
        checks.within("x", np.array(values), 0, 1)


@pytest.mark.parametrize("name", ["gaec", "gas", "pa-gaec", "components", "cascade-gaec"])
def test_numpy_scalars_are_numbers(name):
    given = {"cascade-gaec": {"min_size": 3}}.get(name, {"threshold": 0.25})
    scalars = {key: np.array(value)[()] for key, value in given.items()}
    assert all(isinstance(value, np.generic) for value in scalars.values())
    assert repr(create(name, **scalars)) == repr(create(name, **given)) and create(name, **scalars) == create(
        name, **given
    )
