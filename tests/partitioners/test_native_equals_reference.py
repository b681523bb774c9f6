"""Native partitioners equal the references, node for node, ties included."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from graphs import affinity_graphs
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cascade import random_pyramid
from test_pa_gaec import random_segments

from partitioners import NEIGHBOURS, AffinityGraph, GraphPartitioner, _native, create, grid_graph
from partitioners.cascade.grouping import grouping_graph
from partitioners.labels import BACKGROUND, UNLABELLED
from partitioners.linkage import LINKAGES, SCALE
from partitioners.reference.segments import segment_statistics
from partitioners.tuning import Hierarchical

EIGHTHS = st.integers(0, 8).map(lambda eighth: eighth / 8)
OFFSETS = [
    NEIGHBOURS,
    ((0, 1), (1, 0), (1, 1), (-1, 1)),
    ((0, 1), (1, 0), (0, 3), (4, -2)),
    ((0, 1), (-(2**40), 1), (1, 2**31)),
    ((1,), (-3,)),
    ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    ((0, 0, -1), (0, 1, 0), (-2, 1, 0), (2**40, 2**62, 1)),
]


def same(name, problem, initial=None, **parameters):
    """Whether both implementations of `name` give the same labels."""
    given_initial = {} if initial is None else {"initial": initial}
    native = create(name, **parameters).partition(problem, **given_initial)
    reference = create(f"{name}-reference", **parameters).partition(problem, **given_initial)
    return native.tolist() == reference.tolist()


@st.composite
def grids(draw):
    """Grid graphs of images, volumes and rows of any small size, with a mask.

    Affinities are as networks emit them (half precision, saturated) or tied.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    offsets = draw(st.sampled_from(OFFSETS))
    rank = len(offsets[0])
    shape = draw(st.tuples(*[st.integers(1, 12 if rank < 3 else 6)] * rank))
    logit = rng.normal(0, draw(st.sampled_from([0.5, 3, 9])), (len(offsets), *shape))
    affinity = (1 / (1 + np.exp(-logit))).astype(np.float16)
    if draw(st.booleans()):
        affinity = np.rint(affinity * 4).astype(np.float16) / 4
    return grid_graph(affinity.astype(np.float32), offsets, rng.random(shape) < draw(st.sampled_from([0.7, 1.0])))


@pytest.mark.parametrize("name", ["gaec", "gaec-reference"])
def test_a_mean_of_the_paper_is_rounded_down(name):
    unit = 1 / SCALE
    graph = AffinityGraph(3, np.array([[0, 1], [0, 2], [1, 2]]), np.array([0.9, unit, 2 * unit]))
    parts = [create(name, threshold=one * unit).partition(graph).tolist() for one in (1, 0)]
    assert parts == [[0, 0, 1], [0, 0, 0]]
    parallel = AffinityGraph(2, np.array([[0, 1], [0, 1]]), np.array([unit, 2 * unit]))
    assert create(name, threshold=unit).partition(parallel).tolist() == [0, 1]


@pytest.mark.parametrize("linkage", LINKAGES)
@pytest.mark.parametrize("tied", [False, True])
def test_a_grid_of_several_tiles_equals_its_list_of_edges(linkage, tied):
    rng, shape, offsets = np.random.default_rng(int(tied)), (140, 270), ((0, 1), (1, 0), (3, -2))
    affinity = rng.random((len(offsets), *shape)).astype(np.float32)
    level = random_pyramid(0, shape, 1).levels[0]
    level = replace(level, affinity=np.rint(4 * affinity) / 4 if tied else affinity, offsets=offsets)
    labels = np.where(rng.random(shape) < 0.95, UNLABELLED, BACKGROUND).astype(np.int32)
    gaec = create("gaec", linkage=linkage)
    assert np.array_equal(gaec.cut_level(level, labels), GraphPartitioner.cut_level(gaec, level, labels))


@pytest.mark.parametrize("linkage", LINKAGES)
@pytest.mark.parametrize("attraction", [0.5, 1.5, 3])
def test_segments_across_groups_of_tiles_equal_those_of_a_list_of_edges(linkage, attraction):
    logits = np.random.default_rng(0).normal(attraction, 2, (2, 140, 1100))
    grid = grid_graph((1 / (1 + np.exp(-logits))).astype(np.float16), NEIGHBOURS)
    gaec, edges = create("gaec", linkage=linkage), AffinityGraph(grid.n_nodes, grid.edges, grid.weights)
    assert np.array_equal(gaec.partition(grid), gaec.partition(edges))
    assert np.array_equal(gaec.merge_tree(grid).cut(0.7), gaec.merge_tree(edges).cut(0.7))


@pytest.mark.parametrize("linkage", LINKAGES)
@pytest.mark.parametrize("tied", [False, True])
def test_a_volume_of_several_tiles_equals_its_list_of_edges(linkage, tied):
    rng, shape, offsets = np.random.default_rng(int(tied)), (21, 50, 70), ((1, 0, 0), (0, 1, 0), (0, 0, 1), (-2, 3, -9))
    affinity = rng.random((len(offsets), *shape))
    grid = grid_graph(np.rint(4 * affinity) / 4 if tied else affinity, offsets, rng.random(shape) < 0.95)
    gaec, edges = create("gaec", linkage=linkage), AffinityGraph(grid.n_nodes, grid.edges, grid.weights)
    assert np.array_equal(gaec.partition(grid), gaec.partition(edges))
    assert np.array_equal(gaec.merge_tree(grid).cut(0.7), gaec.merge_tree(edges).cut(0.7))


@pytest.mark.parametrize("linkage", LINKAGES)
@given(graph=st.one_of(affinity_graphs(), affinity_graphs(weights=EIGHTHS, max_edges=40)), data=st.data())
def test_gaec_on_graphs(linkage, graph, data):
    threshold = data.draw(st.one_of(st.none(), EIGHTHS, st.floats(0, 1)))
    assert same("gaec", graph, linkage=linkage, threshold=threshold)


@pytest.mark.parametrize("linkage", LINKAGES)
@given(graph=grids(), data=st.data())
def test_gaec_on_grids_from_an_initial_partition(linkage, graph, data):
    parts = st.lists(st.integers(-1, 4), min_size=graph.n_nodes, max_size=graph.n_nodes)
    initial = data.draw(st.one_of(st.none(), parts.map(np.array)))
    assert same("gaec", graph, initial, linkage=linkage)


@pytest.mark.parametrize("linkage", LINKAGES)
def test_gaec_on_a_smooth_saturated_grid(linkage):
    rng = np.random.default_rng(5)
    y, x = np.mgrid[:64, :96]
    bumps = sum(np.sin(rng.uniform(0.05, 0.4) * x + rng.uniform(0.05, 0.4) * y + rng.uniform(0, 6)) for _ in range(6))
    affinity = (1 / (1 + np.exp(-4 * np.stack([bumps, bumps[::-1]])))).astype(np.float16).astype(np.float32)
    assert len(np.unique(affinity[affinity > 0.5])) < (affinity > 0.5).sum() / 4  # ties decide
    assert same("gaec", grid_graph(affinity, NEIGHBOURS), linkage=linkage)


@pytest.mark.parametrize("linkage", LINKAGES)
@given(graph=affinity_graphs(weights=EIGHTHS), exponent=st.integers(28, 45), data=st.data())
def test_sums_beyond_64_bits(linkage, graph, exponent, data):
    factors = data.draw(st.lists(st.integers(1, 3), min_size=graph.n_edges, max_size=graph.n_edges))
    sizes = np.array(factors, np.int64) * 2**exponent
    huge = AffinityGraph(graph.n_nodes, graph.edges, graph.weights, sizes)
    assert same("gaec", huge, linkage=linkage)


@pytest.mark.parametrize("linkage", LINKAGES)
@given(seed=st.integers(0, 2**32), n_nodes=st.integers(20, 100), density=st.floats(0.1, 0.9), tied=st.booleans())
def test_gaec_on_nodes_of_many_edges(linkage, seed, n_nodes, density, tied):
    rng = np.random.default_rng(seed)
    edges = np.argwhere(np.triu(rng.random((n_nodes, n_nodes)) < density, 1))
    weights = rng.beta(1, 2, len(edges))
    assert same("gaec", AffinityGraph(n_nodes, edges, np.rint(weights * 8) / 8 if tied else weights), linkage=linkage)


UNIT = 1 / SCALE
NEAR_TIES = st.sampled_from([0.5, 0.5 + UNIT, 0.625 - UNIT, 0.625, 0.625 + UNIT])


@pytest.mark.parametrize("linkage", LINKAGES)
@given(graph=affinity_graphs(weights=NEAR_TIES, max_edges=40), data=st.data())
def test_means_that_double_precision_cannot_tell_apart(linkage, graph, data):
    exponents = data.draw(st.lists(st.integers(0, 27), min_size=graph.n_edges, max_size=graph.n_edges))
    heavy = AffinityGraph(graph.n_nodes, graph.edges, graph.weights, 2 ** np.array(exponents, np.int64))
    assert same("gaec", heavy, linkage=linkage)


@pytest.mark.parametrize("name", ["gaec", "gaec-reference"])
def test_a_joined_mean_of_nearly_the_larger_does_not_tie_with_it(name):
    # 2-3 and 0-2 tie at 0.625 and a sixteenth of a unit. When 0 and 1 merge, 0-2 and 1-2 become one edge of a smaller index,
    # whose mean is lower, yet the same in double precision.
    pairs = [(1, 2), (2, 3), (0, 2), (2, 3), (0, 2), (0, 1), (0, 3)]
    weights = np.array([0.625, 0.625, 0.625, 0.625 + UNIT, 0.625 + UNIT, 1.0, 0.0])
    sizes = np.array([1, 15, 15 * 2**20, 1, 2**20, 1, 2**25])
    graph = AffinityGraph(4, np.array(pairs), weights, sizes)
    assert create(name, linkage="average").partition(graph).tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("seed", range(40))
def test_means_that_differ_by_less_than_a_double(seed):
    """The mean of the two edges from 0 to {2, 3} may round up to that of (0, 1), and has the smallest index."""
    rng = np.random.default_rng(seed)
    boundary = Fraction(int(rng.integers(2**27)) * 2 + 1, 2**28)  # where what is above `value` rounds up
    value, low, high = int(rng.integers(2**25 + 1, 2**26)), Fraction(0), Fraction(1)
    while max(low.denominator, high.denominator) < 15_000:  # to neighbours in a Farey sequence
        middle = Fraction(low.numerator + high.numerator, low.denominator + high.denominator)
        low, high = (middle, high) if middle < boundary else (low, middle)
    means = [(0, 3, low), (0, 1, high), (0, 2, high)]
    edges = [(u, v, value, mean.denominator - mean.numerator) for u, v, mean in means]
    edges += [(u, v, value + 1, mean.numerator) for u, v, mean in means]
    edges += [(2, 3, 2**26, 1), (1, 2, 0, 10**6)]
    first, second, values, sizes = np.array(edges).T
    graph = AffinityGraph(4, np.stack([first, second], axis=1), values / 2**26, sizes)
    assert same("gaec", graph, linkage="average")


@pytest.mark.parametrize("linkage", ["wpgma", "average"])
@given(
    parts=random_segments(),
    threshold=st.floats(0.1, 0.9),
    beta=st.sampled_from([0, 0.5, 1, 2.5]),
    density=st.sampled_from([0.4, 1]),
    seed=st.integers(0, 99),
)
def test_pa_gaec(linkage, parts, threshold, beta, density, seed):
    graph = grouping_graph(parts)
    graph = graph.keep(np.random.default_rng(seed).random(graph.n_edges) < density)
    assert same("pa-gaec", graph, linkage=linkage, threshold=threshold, beta=beta)


@given(
    st.one_of(grids(), affinity_graphs(weights=EIGHTHS)),
    st.integers(0, 2**32),
    st.sampled_from([0, 0.5, 0.9]),
    st.data(),
)
def test_gas(graph, seed, threshold, data):
    parts = st.lists(st.integers(-1, 3), min_size=graph.n_nodes, max_size=graph.n_nodes)
    assert same("gas", graph, np.array(data.draw(parts), np.int64), seed=seed, threshold=threshold)


def test_the_order_of_visits_of_gas_follows_from_its_seed():
    rng = np.random.default_rng(0)
    graph = grid_graph(rng.random((2, 30, 30)), NEIGHBOURS)
    initial = np.where(rng.random(graph.n_nodes) < 0.05, np.arange(graph.n_nodes), -1)
    results = [create("gas", seed=seed, threshold=0).partition(graph, initial=initial) for seed in range(3)]
    assert len({result.tobytes() for result in results}) == 3
    assert all(same("gas", graph, initial, seed=seed, threshold=0) for seed in range(3))


def assert_same_instances(native, reference):
    assert native.labels.tolist() == reference.labels.tolist()
    assert native.classes.tolist() == reference.classes.tolist()
    assert native.scores.tolist() == reference.scores.tolist()


@settings(deadline=None, max_examples=30)
@given(
    st.integers(0, 2**32),
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.integers(1, 4),
    st.sampled_from([None, "gaec", "pa-gaec"]),
    st.booleans(),
)
def test_cascade(seed, shape, depth, grouping, gas):
    problem = random_pyramid(seed, shape, depth)
    native = create("cascade-gaec", grouping=grouping, finest="gas" if gas else None).partition(problem)
    steps = {"grouping": grouping and f"{grouping}-reference", "finest": "gas-reference" if gas else None}
    assert_same_instances(native, create("cascade-gaec-reference", **steps).partition(problem))


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32), st.tuples(st.integers(1, 80), st.integers(1, 80)), st.integers(1, 4), st.integers(1, 3))
def test_rescored(seed, shape, depth, levels):
    problem = random_pyramid(seed, shape, depth)
    inner = create("average-cascade", threshold=0.5, min_size=0)
    native = create("rescored", partitioner=inner, levels=levels).segment(problem)
    assert_same_instances(native, create("rescored-reference", partitioner=inner, levels=levels).segment(problem))


@settings(deadline=None, max_examples=30)
@given(
    st.integers(0, 2**32),
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.integers(1, 4),
    st.sampled_from([0.3, 0.5, 0.75]),
    st.sampled_from([0.0, 0.2, 0.5, 1.0]),
    st.sampled_from([0, 2, 9]),
    st.sampled_from([None, 1, 2]),
)
def test_average_cascade(seed, shape, depth, threshold, disputed, small, levels):
    problem = random_pyramid(seed, shape, depth)
    parameters = {"threshold": threshold, "disputed": disputed, "small": small, "levels": levels, "min_size": 0}
    native = create("average-cascade", **parameters).partition(problem)
    assert_same_instances(native, create("average-cascade-reference", **parameters).partition(problem))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_nodes": -1}, "n_nodes: expected 0 to"),
        ({"edges": np.zeros((1, 3), int)}, r"edges: expected shape \(any, 2\), got \(1, 3\)"),
        ({"edges": np.array([[0, 2]])}, r"edges: expected values in \[0, 2\), got 2"),
        ({"edges": np.array([[1, 1]])}, "edges: expected no self-loops, got one at 1"),
        ({"values": np.zeros(2, int)}, r"values: expected shape \(1,\), got \(2,\)"),
        ({"sizes": np.zeros(1, int)}, "sizes: expected values in"),
        ({"sizes": np.array([2**62])}, "sizes: expected a sum below"),
        ({"values": np.array([2**61])}, "values: expected values in"),
        ({"linkage": "median"}, "linkage: expected wpgma, average or sum, got median"),
    ],
)
def test_the_native_contraction_refuses(changes, message):
    from partitioners import _native

    fine = {"n_nodes": 2, "edges": np.array([[0, 1]]), "values": np.array([2**25]), "sizes": np.array([1])}
    with pytest.raises(ValueError, match=message):
        _native.contract(**(fine | {"linkage": "average", "threshold": 2**25} | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"beta": float("nan")}, "beta: expected a number, got nan"),
        ({"boxes": np.zeros((2, 3), int)}, r"boxes: expected shape \(2, 4\)"),
        ({"linkage": "sum"}, "linkage: expected wpgma or average, got sum"),
    ],
)
def test_the_native_contraction_by_position_refuses(changes, message):
    from partitioners import _native

    fine = {"n_nodes": 2, "edges": np.array([[0, 1]]), "values": np.array([2**25]), "sizes": np.array([1])}
    fine |= {"linkage": "average", "threshold": 2**25, "boxes": np.zeros((2, 4), int), "beta": 0.5}
    with pytest.raises(ValueError, match=message):
        _native.contract_by_position(**(fine | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"affinity": np.zeros(3)}, r"affinity: expected 2 to 4 axes, got shape \(3,\)"),
        ({"affinity": np.zeros((1, 2, 2, 2))}, r"offsets: expected shape \(1, 3\), got \(1, 2\)"),
        ({"affinity": np.full((1, 2, 2), np.nan, np.float32)}, r"affinity: expected values in \[0, 1\]"),
        ({"affinity": np.full((1, 2, 2), -0.1)}, r"affinity: expected values in \[0, 1\]"),
        ({"affinity": np.full((1, 2, 2), np.inf)}, r"affinity: expected values in \[0, 1\]"),
        ({"offsets": np.array([[0, 1], [1, 0]])}, r"offsets: expected shape \(1, 2\), got \(2, 2\)"),
        ({"offsets": np.array([[0, 0]])}, r"offsets: expected steps other than 0"),
        (
            {"affinity": np.ones((0, 2**17, 2**17), np.float32), "offsets": np.ones((0, 2), int)},
            "affinity: expected at most 2147483644 pixels",
        ),
        (
            {"affinity": np.ones((0, 2**20, 2**20, 2**20), np.float32), "offsets": np.ones((0, 3), int)},
            "affinity: expected at most 2147483644 pixels",
        ),
        ({"mask": np.zeros((2, 1), bool)}, r"mask: expected shape \(2, 2\), got \(2, 1\)"),
        ({"linkage": "median"}, "linkage: expected wpgma, average or sum, got median"),
    ],
)
@pytest.mark.parametrize("name", ["contract_grid", "merge_tree_of_grid"])
def test_the_native_contraction_of_a_grid_refuses(name, changes, message):
    from partitioners import _native

    fine = {"affinity": np.ones((1, 2, 2), np.float32), "offsets": np.array([[0, 1]])}
    with pytest.raises(ValueError, match=message):
        getattr(_native, name)(**(fine | {"linkage": "average", "threshold": 2**25} | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"edges": np.array([[0, 2]])}, r"edges: expected values in \[0, 2\), got 2"),
        ({"edges": np.array([[1, 1]])}, "edges: expected no self-loops, got one at 1"),
        ({"weights": np.zeros(2)}, r"weights: expected shape \(1,\), got \(2,\)"),
        ({"order": np.array([0, 2])}, r"order: expected values in \[0, 2\), got 2"),
        ({"threshold": float("nan")}, "threshold: expected a number, got nan"),
        ({"initial": np.zeros((2, 1), int)}, r"initial: expected shape \(any,\), got \(2, 1\)"),
    ],
)
def test_the_native_association_refuses(changes, message):
    from partitioners import _native

    fine = {"edges": np.array([[0, 1]]), "weights": np.ones(1), "order": np.arange(2), "initial": np.array([0, -1])}
    with pytest.raises(ValueError, match=message):
        _native.associate(**(fine | {"threshold": 0.5} | changes))


@pytest.mark.parametrize("name", ["gaec", "gas", "pa-gaec", "cascade-gaec", "average-cascade"])
def test_references_do_not_call_what_they_check(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for native in dir(_native):
        if native.startswith(
            ("contract", "merge_tree", "region_graph", "associate", "grow", "upsample", "instances", "join")
        ):
            monkeypatch.setattr(_native, native, None)
    reference = create(f"{name}-reference")
    assert not isinstance(reference, Hierarchical)  # whose thresholds one native run gives
    pyramid = random_pyramid(1)
    level, labels = pyramid.levels[0], pyramid.is_thing(1).astype(np.int32)
    if name.endswith("cascade") or name == "cascade-gaec":
        reference.segment(pyramid)
    elif name == "pa-gaec":
        reference.partition(grouping_graph(segment_statistics(labels, level.semantic, level.embedding)))
    else:
        reference.cut_level(level, -labels)
