import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from partitioners import InputError, Segments
from partitioners.segments import segment_statistics


@st.composite
def label_maps(draw):
    """Draw labels (h, w) whose values 1…n all occur, semantic (2, h, w) and embedding (0 to 2, h, w)."""
    shape = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    drawn = draw(arrays(int, shape, elements=st.integers(0, 5)))
    values, ranks = np.unique(drawn, return_inverse=True)
    labels = ranks.reshape(shape) + (values[0] != 0)
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return labels, rng.random((2, *shape)), rng.normal(size=(draw(st.integers(0, 2)), *shape))


def slow_statistics(labels, semantic, embedding):
    """Return what `segment_statistics` should, segment by segment."""
    pixels, boxes, semantics, embeddings = [], [], [], []
    for number in range(1, labels.max() + 1):
        ys, xs = np.nonzero(labels == number)
        pixels.append(len(ys))
        boxes.append([ys.min(), xs.min(), ys.max() + 1, xs.max() + 1])
        semantics.append(semantic[:, ys, xs].mean(axis=1))
        embeddings.append(embedding[:, ys, xs].mean(axis=1))
    n_segments = len(pixels)
    return (
        np.array(pixels, int),
        np.array(boxes, int).reshape(n_segments, 4),
        np.array(semantics).reshape(n_segments, len(semantic)),
        np.array(embeddings).reshape(n_segments, len(embedding)),
    )


def assert_equal(segments, pixels, boxes, semantic, embedding):
    assert np.array_equal(segments.pixels, pixels) and np.array_equal(segments.boxes, boxes)
    assert segments.semantic.shape == semantic.shape and segments.embedding.shape == embedding.shape
    np.testing.assert_allclose(segments.semantic, semantic, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(segments.embedding, embedding, rtol=1e-12, atol=1e-12)


def test_statistics_by_hand():
    labels = np.array([[0, 1, 1], [2, 0, 1]])
    values = np.array([[[9, 0.25, 0.5], [1, 9, 0.75]]])
    segments = segment_statistics(labels, values, -values)
    assert segments.pixels.tolist() == [3, 1]
    assert segments.boxes.tolist() == [[0, 1, 2, 3], [1, 0, 2, 1]]
    assert segments.semantic.tolist() == [[0.5], [1.0]]
    assert segments.embedding.tolist() == [[-0.5], [-1.0]]


@given(label_maps())
def test_statistics_equal_a_loop(drawn):
    assert_equal(segment_statistics(*drawn), *slow_statistics(*drawn))


@given(label_maps(), st.data())
def test_merge_equals_statistics_of_merged_labels(drawn, data):
    labels, semantic, embedding = drawn
    segments = segment_statistics(labels, semantic, embedding)
    parts = data.draw(st.lists(st.integers(0, 2), min_size=len(segments), max_size=len(segments)))
    values, partition = np.unique(np.array(parts, int), return_inverse=True)
    merged = np.concatenate([[0], partition + 1])[labels]
    assert_equal(segments.merge(partition, len(values)), *slow_statistics(merged, semantic, embedding))


def test_no_segments():
    segments = segment_statistics(np.zeros((2, 3), int), np.ones((4, 2, 3)), np.ones((0, 2, 3)))
    assert len(segments) == 0 and segments.boxes.shape == (0, 4)
    assert segments.semantic.shape == (0, 4) and segments.embedding.shape == (0, 0)
    assert len(segments.merge(np.empty(0, int), 0)) == 0


def test_lists_and_small_dtypes_are_converted():
    segments = Segments([2], [[0, 0, 1, 2]], np.ones((1, 1), np.float32), [[0.5]])
    assert segments.pixels.dtype == segments.boxes.dtype == np.int64
    assert segments.semantic.dtype == segments.embedding.dtype == np.float64
    assert segments.merge(np.array([0]), 1).pixels.tolist() == [2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pixels": [1.0, 1.0]}, "pixels: expected integer values"),
        ({"pixels": [1, 0]}, "pixels: expected values in"),
        ({"pixels": [1]}, r"boxes: expected shape \(1, 4\), got \(2, 4\)"),
        ({"boxes": np.zeros((2, 3), int)}, r"boxes: expected shape \(2, 4\)"),
        ({"boxes": np.zeros((2, 4))}, "boxes: expected integer values"),
        ({"semantic": np.zeros((3, 1))}, r"semantic: expected shape \(2, any\)"),
        ({"embedding": np.zeros(2)}, r"embedding: expected shape \(2, any\)"),
    ],
)
def test_errors_name_the_argument(change, message):
    good = {
        "pixels": [1, 1],
        "boxes": np.zeros((2, 4), int),
        "semantic": np.ones((2, 1)),
        "embedding": np.ones((2, 1)),
    }
    with pytest.raises(InputError, match=message):
        Segments(**{**good, **change})
