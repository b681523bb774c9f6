import numpy as np
import pytest

from partitioners import InputError, Segmentation


def test_dtypes_and_length():
    found = Segmentation([[0, 2], [1, 1]], [3, 4], [0.5, 1.0])
    assert len(found) == 2
    assert (found.labels.dtype, found.classes.dtype, found.scores.dtype) == (np.int32, np.int32, np.float32)
    assert found.labels.tolist() == [[0, 2], [1, 1]] and found.classes.tolist() == [3, 4]


def test_volume():
    assert Segmentation(np.arange(8).reshape(2, 2, 2), np.zeros(7, int), np.ones(7)).labels.shape == (2, 2, 2)


def test_nothing_found():
    found = Segmentation(np.zeros((2, 3), np.uint8), [], [])
    assert len(found) == 0 and found.classes.dtype == np.int32 and found.scores.dtype == np.float32


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": [[0, 3]]}, r"labels: expected 0…2, got 0…3"),
        ({"labels": [[0, -1]]}, r"labels: expected 0…2, got -1…0"),
        ({"labels": [[2**40, 0]]}, r"labels: expected 0…2"),
        ({"labels": [0, 1]}, r"labels: expected shape \(any, any\)"),
        ({"labels": [[0.0, 1.0]]}, "labels: expected integer values"),
        ({"classes": [0]}, r"scores: expected shape \(1\), got \(2,\)"),
        ({"classes": [0, -1]}, "classes: expected values in"),
        ({"classes": [0, 2**31]}, "classes: expected values in"),
        ({"scores": [0.5, 1.5]}, r"scores: expected values in \[0, 1\], got 1.5"),
        ({"scores": [0.5, np.nan]}, r"scores: expected values in \[0, 1\], got nan"),
        ({"scores": [0, 1]}, "scores: expected float values"),
    ],
)
def test_errors_name_the_argument(change, message):
    with pytest.raises(InputError, match=message):
        Segmentation(**{"labels": [[0, 1, 2]], "classes": [0, 1], "scores": [0.5, 0.5], **change})
