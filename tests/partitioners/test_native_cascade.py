"""The native steps of the cascade equal the references, pixel for pixel, and refuse what they cannot take."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_cascade import random_pyramid
from test_pa_gaec import random_segments

from partitioners import AffinityPyramid, ClassTable, GraphPartitioner, PyramidLevel, Segments, _native, create
from partitioners.cascade import cascade_gaec
from partitioners.cascade.cascade_gaec import STEPS, CascadeGAEC
from partitioners.cascade.grouping import grouping_graph
from partitioners.cascade.upsampling import upsample
from partitioners.greedy.gaec import GAEC
from partitioners.greedy.pa_gaec import PositionAwareGAEC
from partitioners.instances import to_instances
from partitioners.reference import instances, segments, upsampling
from partitioners.segments import segment_statistics

NAMES = ("road", "car", "person", "sky")
OFFSETS = [
    ((0, 1), (1, 0)),
    ((-1, 0), (0, -1)),
    ((0, 1), (1, 0), (-1, 1), (0, 5), (3, -2)),
    ((1, 0), (50, 0), (0, -(2**40))),
    (),
]
SHAPES = st.one_of(st.tuples(st.integers(1, 30), st.integers(1, 30)), st.sampled_from([(1, 40), (40, 1), (1, 1)]))


def random_level(rng, shape, offsets, tied):
    """Return a level of blobs of like pixels, so that segments last from level to level."""
    height, width = shape
    rows, columns = np.indices(shape)
    region = (rows * 3 // height) * 3 + columns * 3 // width
    region = np.where(rng.random(shape) < 0.1, rng.integers(0, 9, shape), region)
    scores = 3 * np.random.default_rng(1).random((9, 4))[region] + rng.normal(0, 0.3, (*shape, 4))
    semantic = np.exp(scores) / np.exp(scores).sum(axis=2, keepdims=True)
    affinity = rng.beta(2, 1, (len(offsets), *shape))
    embedding = np.random.default_rng(2).normal(0, 0.4, (9, 3))[region] + rng.normal(0, 0.05, (*shape, 3))
    if tied:
        affinity, semantic = np.rint(affinity * 4) / 4, np.eye(4)[semantic.argmax(axis=2)] / 2 + 0.125
    return PyramidLevel(affinity, semantic.transpose(2, 0, 1), embedding.transpose(2, 0, 1), offsets)


@st.composite
def pyramids(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    size, stride = draw(SHAPES), draw(st.integers(1, 4))
    shape, levels = size, []
    for _ in range(draw(st.integers(1, 5))):
        levels.append(random_level(rng, shape, draw(st.sampled_from(OFFSETS)), draw(st.booleans())))
        shape = tuple(-(-length // 2) for length in shape)
    thing = draw(st.sampled_from([(False, True, True, False), (True,) * 4, (False,) * 4, (False, False, True, False)]))
    image_size = tuple(stride * length - draw(st.integers(0, stride - 1)) for length in size)
    return AffinityPyramid(tuple(levels), ClassTable(NAMES, thing), stride, image_size)


@st.composite
def levels_with_labels(draw):
    """Levels with inherited segments of 1…6, not all of which need be left, unlabelled pixels and background."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    level = random_level(rng, draw(SHAPES), draw(st.sampled_from(OFFSETS)), draw(st.booleans()))
    values = draw(st.sampled_from([[-1, 0, 2, 5], [-1], [0], [-1, -1, -1, 0, 6], [1, 2, 3]]))
    labels = rng.choice(values, level.shape).astype(np.int32)
    return level, np.minimum(labels, labels.size)


def assert_same(first, second):
    for field in ("labels", "classes", "scores"):
        one, other = getattr(first, field), getattr(second, field)
        assert one.dtype == other.dtype
        assert np.array_equal(one, other), field


@given(
    pyramids(),
    st.sampled_from([None, "gaec", "pa-gaec"]),
    st.sampled_from([None, "gas"]),
    st.sampled_from([None, "gaec", "pa-gaec"]),
    st.sampled_from(["wpgma", "average"]),
    st.sampled_from([0, 1, 10]),
)
def test_cascade(pyramid, grouping, finest, regrouping, linkage, min_size):
    def steps(suffix):
        def grouped(name):
            return None if name is None else create(name + suffix, linkage=linkage)

        parts = (
            create("gaec" + suffix, linkage=linkage),
            grouped(grouping),
            finest and finest + suffix,
            grouped(regrouping),
        )
        return dict(zip(STEPS, parts, strict=True)) | {"min_size": min_size}

    native = create("cascade-gaec", **steps(""))
    reference = create("cascade-gaec-reference", **steps("-reference"))
    assert type(native) is CascadeGAEC and type(reference) is not CascadeGAEC
    assert_same(native.partition(pyramid), reference.partition(pyramid))


@given(pyramids())
def test_grouping_by_sums_sees_the_complete_graph(pyramid):
    native = CascadeGAEC("gaec", create("gaec", linkage="sum"), min_size=1)
    reference = type(create("cascade-gaec-reference"))(
        "gaec-reference", create("gaec-reference", linkage="sum"), min_size=1
    )
    assert_same(native.partition(pyramid), reference.partition(pyramid))


@dataclass(frozen=True)
class OtherGAEC(GAEC):
    """A step that no native call stands for."""


GAECS = st.sampled_from(
    [("wpgma", 0.5), ("average", 0.6), ("average", 1.0), ("wpgma", 0.0), ("sum", 0.0), ("sum", -3.5)]
)
GROUPINGS = st.one_of(
    st.none(),
    GAECS.map(lambda drawn: GAEC(*drawn)),
    st.builds(
        PositionAwareGAEC,
        st.sampled_from(["wpgma", "average"]),
        st.sampled_from([0.0, 0.4, 1.0]),
        st.sampled_from([0, 0.5, 3]),
    ),
)


@given(pyramids(), GAECS, GROUPINGS, st.sampled_from([None, "gas", "gas(rest=gaec)", "components"]), GROUPINGS)
def test_all_levels_in_one_call_equal_those_step_by_step(pyramid, affinity, grouping, finest, regrouping):
    at_once = CascadeGAEC(GAEC(*affinity), grouping, finest, 1, regrouping)
    assert_same(at_once.segment(pyramid), replace(at_once, affinity=OtherGAEC(*affinity)).segment(pyramid))


def test_other_steps_are_taken_one_by_one(monkeypatch):
    ways = []
    for way in ("_descend", "descend_at_once"):
        function = getattr(cascade_gaec, way)
        monkeypatch.setattr(cascade_gaec, way, lambda *given, f=function, way=way: ways.append(way) or f(*given))
    pyramid = random_pyramid(0)
    for affinity, grouping in (("gaec", "pa-gaec"), ("gaec", None), (OtherGAEC(), None), ("components", None)):
        CascadeGAEC(affinity, grouping).segment(pyramid)
    CascadeGAEC("gaec", OtherGAEC()).segment(pyramid)
    assert ways == ["descend_at_once"] * 2 + ["_descend"] * 3


@pytest.mark.parametrize(
    "partitioner",
    [
        create("gaec"),
        create("gaec", linkage="average", threshold=0.6),
        create("gaec", linkage="sum"),
        create("gas"),
        create("gas", threshold=0.8, rest="gaec"),
    ],
    ids=["wpgma", "average", "sum", "gas", "gas and rest"],
)
@given(drawn=levels_with_labels())
def test_cuts_equal_those_by_way_of_the_graph_of_all_pixels(partitioner, drawn):
    assert np.array_equal(partitioner.cut_level(*drawn), GraphPartitioner.cut_level(partitioner, *drawn))


@given(SHAPES, st.integers(0, 2**32))
def test_upsampling(shape, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, [-(-length // 2) for length in shape]).repeat(2, 1)[:, : -(-shape[1] // 2)]
    is_thing = rng.random(shape) < 0.5
    assert np.array_equal(upsample(labels, is_thing), upsampling.upsample(labels, is_thing))


@given(levels_with_labels(), st.sampled_from([np.float32, np.float64]))
def test_statistics(drawn, dtype):
    """Sums are the same bit by bit, up to the last pixel of a large segment."""
    level, labels = drawn
    values, ranks = np.unique(np.maximum(labels, 0), return_inverse=True)
    labels = ranks.reshape(labels.shape) + (values[0] != 0)
    semantic, embedding = level.semantic.astype(dtype), level.embedding.astype(dtype) * 1e10
    native = segment_statistics(labels, semantic, embedding)
    reference = segments.segment_statistics(labels, semantic, embedding)
    for field in ("pixels", "boxes", "semantic", "embedding"):
        assert np.array_equal(getattr(native, field), getattr(reference, field)), field


@given(pyramids(), st.integers(0, 2**32), st.integers(0, 30))
def test_instances(pyramid, seed, min_size):
    pyramid = replace(pyramid, classes=ClassTable(NAMES, (False, True, True, False)))
    labels = np.random.default_rng(seed).choice([0, 1, 1, 1, 4, 9000], pyramid.levels[0].shape)
    assert_same(to_instances(pyramid, labels, min_size), instances.to_instances(pyramid, labels, min_size))


def slow_affinity(segments, u, v):
    """A_s times A_g, as the formulas read."""
    first, second = segments.semantic[u], segments.semantic[v]

    def entropy(distribution):
        return -sum(p * np.log2(p) for p in distribution if p > 0)

    similar = 1 - entropy((first + second) / 2) + (entropy(first) + entropy(second)) / 2
    return similar * np.exp(-np.log(2) * np.linalg.norm(segments.embedding[u] - segments.embedding[v]) ** 2)


@given(random_segments())
def test_affinities_equal_the_formulas(parts):
    graph = grouping_graph(parts)
    assert graph.edges.tolist() == np.argwhere(np.triu(np.ones((len(parts), len(parts))), 1)).tolist()
    expected = [slow_affinity(parts, u, v) for u, v in graph.edges.tolist()]
    np.testing.assert_allclose(graph.weights, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["gaec", "pa-gaec"])
@given(parts=random_segments(), linkage=st.sampled_from(["wpgma", "average"]), data=st.data())
def test_what_is_out_of_reach_makes_no_difference(name, parts, linkage, data):
    """Thresholds that are the affinity of a pair, a unit more or less, are the hard ones."""
    complete = grouping_graph(parts)
    threshold = data.draw(st.one_of(st.floats(0, 1), st.sampled_from([0.0, 1.0, *complete.weights.tolist()])))
    pruned = grouping_graph(parts, above=threshold)
    assert pruned.n_edges <= complete.n_edges
    partitioner = create(name, linkage=linkage, threshold=threshold)
    assert np.array_equal(partitioner.partition(pruned), partitioner.partition(complete))


def test_far_segments_are_out_of_reach():
    """Segments that lie in pairs, each pair far from all others, have an edge per pair."""
    pair = np.arange(200) // 2
    embedding = 5.0 * np.stack([pair % 10, pair // 10], axis=1)
    parts = Segments(np.ones(200, int), np.tile([0, 0, 1, 1], (200, 1)), np.ones((200, 1)), embedding)
    assert grouping_graph(parts, above=0.5).edges.tolist() == [[u, u + 1] for u in range(0, 200, 2)]


LABELS = np.array([[1, -1, 0], [1, 2, 2]], np.int32)
LEVEL = (
    np.ones((1, 2, 3), np.float32),
    np.ones((2, 2, 3), np.float32),
    np.ones((1, 2, 3), np.float32),
    np.array([[0, 1]]),
)


def spoiled_level(position, values):
    return {"levels": [tuple(values if index == position else part for index, part in enumerate(LEVEL))]}


FINE = {
    "cascade": {
        "levels": [LEVEL],
        "thing": np.array([True, False]),
        "affinity": ("average", 2**25),
        "grouping": ("wpgma", 2**25, 0.5),
        "cuts_last": True,
    },
    "is_thing": {"semantic": np.ones((2, 2, 3), np.float32), "thing": np.array([True, False])},
    "upsample": {"labels": np.zeros((1, 2), np.int32), "is_thing": np.zeros((2, 3), bool)},
    "region_graph": {
        "labels": LABELS,
        "affinity": np.ones((1, 2, 3), np.float32),
        "offsets": np.array([[0, 1]]),
    },
    "relabel": {"labels": LABELS, "parts": np.array([0, 1])},
    "reachable": {"labels": LABELS, "offsets": np.array([[0, 1]])},
    "grow": {
        "labels": LABELS,
        "affinity": np.ones((1, 2, 3), np.float32),
        "offsets": np.array([[0, 1]]),
        "order": np.array([1]),
        "threshold": 0.5,
    },
    "segment_statistics": {
        "labels": np.maximum(LABELS, 0),
        "semantic": np.ones((2, 2, 3), np.float32),
        "embedding": np.ones((1, 2, 3), np.float32),
    },
    "all_pairs": {"semantic": np.ones((3, 2)), "embedding": np.ones((3, 1))},
    "pairs_in_reach": {"semantic": np.ones((3, 2)), "embedding": np.ones((3, 1)), "scale": 2.0**26, "threshold": 9},
    "instances": {
        "labels": np.maximum(LABELS, 0),
        "semantic": np.ones((2, 2, 3), np.float32),
        "thing": np.array([True, False]),
        "min_size": 1,
        "stride": 2,
        "height": 4,
        "width": 5,
    },
    "rescore": {
        "labels": np.maximum(LABELS, 0),
        "semantics": [np.ones((2, 2, 3), np.float32), np.ones((2, 1, 2), np.float32)],
        "thing": np.array([True, False]),
        "affinity": np.ones((1, 2, 3), np.float32),
        "offsets": np.array([[0, 1]]),
        "small": 50.0,
    },
}


def test_no_time_is_taken_by_channels_of_no_segment():
    edges, affinity = _native.pairs_in_reach(np.ones((0, 2)), np.ones((0, 2**42)), 2.0**26, 0)
    assert len(edges) == len(affinity) == 0


@pytest.mark.parametrize("name", FINE)
def test_layouts_make_no_difference(name):
    expected = getattr(_native, name)(**FINE[name])
    for alike in (
        lambda array: np.asfortranarray(array),
        lambda array: np.repeat(array, 2, axis=-1)[..., ::2],
        lambda array: array.astype(array.dtype.newbyteorder(">")),
    ):
        changed = {key: alike(value) if isinstance(value, np.ndarray) else value for key, value in FINE[name].items()}
        found = getattr(_native, name)(**changed)
        results = [result if isinstance(result, tuple) else (result,) for result in (expected, found)]
        assert all(np.array_equal(one, other) for one, other in zip(*results, strict=True))


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("cascade", {"levels": []}, "levels: expected at least one, got none"),
        ("cascade", {"levels": [LEVEL, LEVEL]}, "levels: expected each of half the height and width of the next"),
        ("cascade", spoiled_level(0, np.ones((1, 3, 2), np.float32)), r"affinity: expected shape \(1, 2, 3\)"),
        ("cascade", spoiled_level(0, np.full((1, 2, 3), 1.5, np.float32)), r"affinity: expected values in \[0, 1\]"),
        ("cascade", spoiled_level(0, np.full((1, 2, 3), np.nan, np.float32)), r"affinity: expected values in \[0, 1\]"),
        ("cascade", spoiled_level(1, np.ones((2, 0, 3), np.float32)), "semantic: expected at least one class, of 1 to"),
        ("cascade", spoiled_level(1, np.full((2, 2, 3), np.inf, np.float32)), "semantic: expected finite values"),
        ("cascade", spoiled_level(2, np.full((1, 2, 3), np.nan, np.float32)), "embedding: expected finite values"),
        ("cascade", spoiled_level(2, np.ones((1, 2, 2), np.float32)), r"embedding: expected shape \(any, 2, 3\)"),
        ("cascade", spoiled_level(3, np.array([0, 1])), r"offsets: expected shape \(any, 2\)"),
        ("cascade", {"thing": np.ones(3, bool)}, r"thing: expected shape \(2,\)"),
        ("cascade", {"affinity": ("average", -1)}, "threshold: expected at least 0, got -1"),
        ("cascade", {"affinity": ("mean", 0)}, "linkage: expected wpgma, average or sum, got mean"),
        ("cascade", {"grouping": ("sum", 0, 0.5)}, "linkage: expected wpgma or average, got sum"),
        ("cascade", {"grouping": ("average", 0, np.nan)}, "beta: expected a number, got nan"),
        ("is_thing", {"thing": np.ones(3, bool)}, r"thing: expected shape \(2,\), got \(3,\)"),
        ("is_thing", {"semantic": np.ones((2, 3), np.float32)}, r"semantic: expected shape \(any, any, any\)"),
        ("is_thing", {"semantic": np.ones((0, 2, 3), np.float32), "thing": np.ones(0, bool)}, "at least one class"),
        ("upsample", {"labels": np.zeros((2, 2), np.int32)}, r"labels: expected shape \(1, 2\), got \(2, 2\)"),
        ("upsample", {"is_thing": np.zeros((0, 3), bool)}, "is_thing: expected 1 to 1073741822 pixels, got 0"),
        ("region_graph", {"labels": LABELS + 5}, r"labels: expected values in \[-1, 6\], got 7"),
        ("region_graph", {"labels": LABELS - 1}, r"labels: expected values in \[-1, 6\], got -2"),
        ("region_graph", {"labels": LABELS[0]}, r"labels: expected shape \(any, any\), got \(3,\)"),
        ("region_graph", {"affinity": np.ones((2, 2, 3), np.float32)}, r"affinity: expected shape \(1, 2, 3\)"),
        ("region_graph", {"affinity": np.ones((1, 3, 2), np.float32)}, r"affinity: expected shape \(1, 2, 3\)"),
        ("region_graph", {"offsets": np.array([0, 1])}, r"offsets: expected shape \(any, 2\)"),
        ("relabel", {"parts": np.array([0])}, r"labels: expected values in \[-2147483648, 1\], got 2"),
        ("relabel", {"parts": np.array([0, 2])}, r"parts: expected values in \[-9223372036854775808, 1\], got 2"),
        ("reachable", {"labels": LABELS[None]}, r"labels: expected shape \(any, any\)"),
        ("reachable", {"offsets": np.array([[-1, 1, 0]])}, r"offsets: expected shape \(any, 2\)"),
        ("grow", {"order": np.array([6])}, r"order: expected values in \[0, 5\], got 6"),
        ("grow", {"order": np.array([-1])}, r"order: expected values in \[0, 5\], got -1"),
        ("grow", {"threshold": np.nan}, "threshold: expected a number, got nan"),
        ("cascade", {"disputed": np.nan}, "disputed: expected a number, got nan"),
        ("cascade", {"pieces": (2, np.nan)}, "pieces: expected a number, got nan"),
        (
            "cascade",
            {"pieces": (2, 0.5), "cuts_last": False},
            "pieces, regrouping: expected None, as the last level is",
        ),
        ("cascade", {"regrouping": ("sum", 0, 0.5)}, "linkage: expected wpgma or average, got sum"),
        ("segment_statistics", {"labels": LABELS}, r"labels: expected values in \[0, 6\], got -1"),
        ("segment_statistics", {"labels": LABELS + 5}, r"labels: expected values in \[0, 6\], got 7"),
        ("segment_statistics", {"semantic": np.ones((2, 3, 2), np.float32)}, r"semantic: expected shape \(any, 2, 3\)"),
        ("segment_statistics", {"embedding": np.ones((2, 3), np.float32)}, r"embedding: expected shape \(any, 2, 3\)"),
        ("all_pairs", {"embedding": np.ones((2, 1))}, r"embedding: expected shape \(3, any\)"),
        ("all_pairs", {"embedding": np.full((3, 1), np.nan)}, "embedding: expected finite values"),
        (
            "all_pairs",
            {"semantic": np.ones((2**33, 0)), "embedding": np.ones((2**33, 0))},
            "of at least one class, got",
        ),
        ("pairs_in_reach", {"semantic": np.ones((3, 0))}, r"of at least one class, got shape \(3, 0\)"),
        ("pairs_in_reach", {"semantic": np.full((3, 2), np.inf)}, "semantic: expected finite values"),
        ("pairs_in_reach", {"scale": 0.0}, "scale, threshold: expected"),
        ("pairs_in_reach", {"threshold": -1}, "scale, threshold: expected"),
        ("instances", {"labels": LABELS}, r"labels: expected values in \[0, 6\], got -1"),
        ("instances", {"thing": np.zeros(2, bool)}, "thing: expected at least one"),
        ("instances", {"thing": np.ones(1, bool)}, r"thing: expected shape \(2,\)"),
        ("instances", {"stride": 0}, "stride, height, width: expected"),
        ("instances", {"width": 7}, "stride, height, width: expected"),
        ("instances", {"height": 2}, "stride, height, width: expected"),
        ("instances", {"height": 2**62, "stride": 2**61}, "stride, height, width: expected"),
        ("rescore", {"labels": LABELS}, r"labels: expected values in \[0, 6\], got -1"),
        ("rescore", {"semantics": []}, "semantics: expected 1 to 31 levels, got 0"),
        ("rescore", {"semantics": [np.ones((2, 2, 3), np.float32)] * 2}, r"semantics: expected shape \(2, 1, 2\)"),
        ("rescore", {"thing": np.zeros(2, bool)}, "thing: expected at least one"),
        ("rescore", {"small": -1.0}, "small: expected at least 0, got -1"),
    ],
)
def test_wrong_values_are_refused(name, changes, message):
    getattr(_native, name)(**FINE[name])
    with pytest.raises(ValueError, match=message):
        getattr(_native, name)(**(FINE[name] | changes))


@pytest.mark.parametrize("wrong", [None, "ab", 1.5, [[1, 2], [3]], np.array([["a"]]), np.array([[1j]])])
@pytest.mark.parametrize("name", FINE)
def test_wrong_types_are_refused(name, wrong):
    for argument in FINE[name]:
        if isinstance(FINE[name][argument], np.ndarray):
            with pytest.raises((TypeError, ValueError)):
                getattr(_native, name)(**(FINE[name] | {argument: wrong}))


def test_labels_that_do_not_fit_are_refused():
    huge = np.array([[2**31]])
    with pytest.raises(ValueError, match="labels: expected values in"):
        upsample(huge, np.zeros((1, 1), bool))
    with pytest.raises(ValueError, match="labels: expected values in"):
        segment_statistics(huge, np.ones((1, 1, 1)), np.ones((0, 1, 1)))
    with pytest.raises(ValueError, match="labels: expected integer values"):
        upsample(huge / 2, np.zeros((1, 1), bool))
