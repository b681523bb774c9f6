"""Segmenting an image of any depth in one call."""

import logging
from collections.abc import Callable

import numpy as np
import pytest

from affinity_models import Segmenter, as_rgb, segment
from affinity_models.segmenting import _at_size
from partitioners import InputError, Segmentation

GREY = np.random.default_rng(0).integers(0, 256, (8, 9), dtype=np.uint8)


def discs(radius: int, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Four bright discs on a dark, slightly noisy ground, and their labels."""
    y, x = np.mgrid[:side, :side]
    labels = np.zeros((side, side), int)
    for number, (top, left) in enumerate([(1, 1), (1, 3), (3, 1), (3, 3)], 1):
        labels[(y - top * side / 4) ** 2 + (x - left * side / 4) ** 2 < radius**2] = number
    noise = np.random.default_rng(0).integers(0, 6, labels.shape)
    return np.where(labels > 0, 150, 20).astype(np.uint8) + noise.astype(np.uint8), labels


@pytest.mark.parametrize(
    ("image", "expected", "said"),
    [
        (GREY, GREY, ""),
        (GREY[..., None], GREY, ""),
        (np.dstack([GREY, GREY // 2]), GREY, "alpha dropped"),
        (np.dstack([GREY, GREY, GREY, GREY // 2]), GREY, "alpha dropped"),
        (np.dstack([np.zeros_like(GREY), np.full_like(GREY, 3), GREY]), GREY, "blue taken for grey"),
        (GREY > 127, 255 * (GREY > 127), "values from 0 to 1 "),
    ],
)
def test_channels_become_rgb_and_are_not_blended(image: np.ndarray, expected: np.ndarray, said: str) -> None:
    rgb, remarks = as_rgb(image)
    assert rgb.dtype == np.uint8 and said in "; ".join(remarks) and bool(said) == bool(remarks)
    np.testing.assert_array_equal(rgb, np.dstack([expected] * 3))


def test_colours_of_eight_bits_stay_as_they_are() -> None:
    colours = np.dstack([GREY, GREY[::-1], GREY[:, ::-1]])
    rgb, remarks = as_rgb(colours)
    assert not remarks
    np.testing.assert_array_equal(rgb, colours)


@pytest.mark.parametrize(
    "change",
    [
        lambda grey: grey.astype(np.uint16) * 13 + 200,
        lambda grey: grey.astype(np.int16) * 13 - 200,
        lambda grey: grey.astype(np.float32) / 255,
        lambda grey: grey.astype(np.float64) * 1e-9,
    ],
)
def test_values_of_other_types_are_stretched_over_8_bits(change: Callable[[np.ndarray], np.ndarray]) -> None:
    grey = np.tile(np.arange(256, dtype=np.uint8), (200, 1))
    rgb, (remark,) = as_rgb(change(grey))
    np.testing.assert_array_equal(rgb[..., 0], grey)
    low, high = change(np.array([[0, 255]], np.uint8))[0]
    assert remark.startswith(f"values from {low:.6g} to {high:.6g} ")


def test_a_hot_pixel_darkens_nothing_and_missing_values_are_told() -> None:
    grey = np.tile(np.arange(256, dtype=np.float32), (200, 1))
    damaged = grey.copy()
    damaged[0, 0], damaged[1, :2] = 60_000, (np.nan, np.inf)
    rgb, remarks = as_rgb(damaged)
    np.testing.assert_allclose(rgb[2:, :, 0], grey[2:], atol=1)
    assert rgb[1, 0, 0] == 0 and "2 values that are not finite became 0" in remarks[-1]


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (
            np.zeros((4, 5, 5)),
            r"expected \(H, W\) or \(H, W, C\) with 1 to 4 channels, got an array of shape \(4, 5, 5\)",
        ),
        (np.zeros((0, 5)), "got an array of shape"),
        ("cells.tif", "got 'cells.tif'"),
        (np.zeros((4, 5), complex), "got dtype complex128"),
        (np.full((4, 5), np.nan), "expected finite values"),
    ],
)
def test_what_is_no_image_is_refused(image: np.ndarray, said: str) -> None:
    with pytest.raises(InputError, match=said):
        as_rgb(image)


def matched(found: Segmentation, labels: np.ndarray) -> int:
    """The number of labels that one instance each covers by more than three quarters of their union."""
    overlaps = [
        (np.logical_and(labels == number, found.labels == other).sum(), number, other)
        for number in range(1, labels.max() + 1)
        for other in range(1, len(found) + 1)
    ]
    return sum(
        overlap > 0.75 * np.logical_or(labels == number, found.labels == other).sum()
        for overlap, number, other in overlaps
    )


def test_two_lines_find_bright_discs_at_8_and_16_bits() -> None:
    image, labels = discs(10, 64)
    found = segment(image, weights="nuclei")
    assert matched(found, labels) == len(found) == 4 and found.labels.shape == image.shape
    deep = segment(image.astype(np.uint16) * 200)
    assert matched(deep, labels) == len(deep) == 4


def test_large_objects_are_found_by_their_diameter() -> None:
    image, labels = discs(44, 256)
    segmenter = Segmenter(diameter=88)
    assert segmenter.factor == pytest.approx(21.8 / 88)
    found, vanished = segmenter.find(as_rgb(image)[0])
    assert found.labels.shape == image.shape and vanished == 0
    assert matched(found, labels) == len(found) == 4
    assert Segmenter(scale=0.5).key != segmenter.key != Segmenter(diameter=44).key


def test_instances_under_a_pixel_are_counted_and_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    small = np.array([[1, 2, 4, 4], [3, 3, 4, 4]])
    found, vanished = _at_size(Segmentation(small, [1, 1, 0, 1], [0.1, 0.2, 0.3, 0.4]), (1, 2))
    assert found.labels.tolist() == [[1, 2]] and vanished == 2
    assert found.classes.tolist() == [0, 1] and found.scores.tolist() == pytest.approx([0.3, 0.4])
    monkeypatch.setattr(Segmenter, "find", lambda self, image: (found, vanished))
    with caplog.at_level(logging.WARNING):
        assert segment(GREY) is found
    assert caplog.messages == ["2 instances are under a pixel of the image, and left out"]


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"weights": "nucleus"}, "nuclei"),
        ({"scale": 2, "diameter": 20}, "expected one of the two"),
        ({"scale": 0}, "scale: expected a number above 0"),
        ({"diameter": -1}, "diameter: expected a number"),
        ({"weights": "street", "diameter": 20}, "diameter: known for the objects of nuclei only"),
        ({"partitioner": "gaek"}, "did you mean 'gaec'"),
        ({"tile": 100}, "tile"),
    ],
)
def test_mistakes_are_named(parameters: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Segmenter(**parameters).checkpoint  # noqa: B018
