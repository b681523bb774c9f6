"""Peers compute what they say: the same as this project's own where both are exact, and by hand where there is none."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from graphs import same_partition

from bench.check.graphs import graph_of, random_graph, random_grid, random_initial
from partitioners import NEIGHBOURS, PARTITIONERS, AffinityGraph, InputError, create, grid_graph, solver_clock
from partitioners.linkage import log_odds
from partitioners.peers.grid import edge_mask

SEEDS = range(12)
LONG_RANGE = (*NEIGHBOURS, (0, 3), (3, 0), (2, -2), (-9, 0))
ALONG_AXES = ((1, 0, 0), (0, -1, 0), (0, 0, 1))
LONG_RANGE_OF_VOLUMES = (*ALONG_AXES, (0, 0, 3), (2, -1, 2), (-9, 0, 0))

AVERAGE = ["bioimage-gasp", "higra-average", "waterz"]
MUTEX = ["bioimage-mutex-watershed", "mwatershed"]
OF_PYRAMIDS = ("bioimage-semantic-mutex-watershed", "gmis", "ssap")
FOREIGN = [name for name in PARTITIONERS.names() if PARTITIONERS.entry(name).packages and name not in OF_PYRAMIDS]
ON_ANY_GRAPH = ["bioimage-gaec", "bioimage-gasp", "bioimage-mutex-watershed", "higra-average", "mwatershed"]


def peers(*names):
    """Return the names as parameters, those that are unavailable marked to be skipped with their reason."""
    reasons = {name: PARTITIONERS.unavailable(name) for name in names}
    return [
        pytest.param(name, marks=pytest.mark.skipif(reason is not None, reason=str(reason)))
        for name, reason in reasons.items()
    ]


def untied_graph(seed):
    """Return a graph of 25 nodes with parallel edges of different sizes, none of them near another in affinity."""
    return random_graph(25, 80, seed)


def untied_grid(seed, offsets=NEIGHBOURS, masked=False):
    """Return a grid of 7 × 9 pixels, or a volume of 3 × 3 × 7, with a hole where `masked`."""
    rng, shape = np.random.default_rng(seed), (7, 9) if len(offsets[0]) == 2 else (3, 3, 7)
    mask = rng.random(shape) < 0.8 if masked else None
    return grid_graph(rng.random((len(offsets), *shape), np.float32), offsets, mask)


def as_plain_graph(grid):
    return AffinityGraph(grid.n_nodes, grid.edges, grid.weights)


def energy(graph, labels, bias=0.5):
    cut = labels[graph.edges[:, 0]] != labels[graph.edges[:, 1]]
    return (graph.sizes * (log_odds(graph.weights) - log_odds(np.array(bias))))[cut].sum()


@pytest.mark.parametrize("name", peers(*FOREIGN))
def test_what_other_packages_take_is_told_apart(name):
    with solver_clock() as clock:
        create(name).partition(untied_grid(0))
    assert clock.seconds > 0


@pytest.mark.parametrize("name", peers(*AVERAGE))
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("offsets", [NEIGHBOURS, ALONG_AXES])
def test_average_linkage_equals_ours_on_grids(name, offsets, masked):
    for seed in SEEDS:
        grid, threshold = untied_grid(seed, offsets, masked), (0.5, 0.6, 0.7)[seed % 3]
        for initial in (None, random_initial(63, seed)):
            expected = create("gaec", linkage="average", threshold=threshold).partition(grid, initial)
            assert 0 < expected.max() < 62
            assert np.array_equal(create(name, threshold=threshold).partition(grid, initial), expected)


@pytest.mark.parametrize("name", peers(*AVERAGE[:2]))
def test_average_linkage_equals_ours_on_graphs(name):
    for seed in SEEDS:
        graph = untied_graph(seed)
        expected = create("gaec", linkage="average", threshold=0.5).partition(graph)
        assert np.array_equal(create(name).partition(graph), expected)


@pytest.mark.parametrize("name", peers("waterz"))
def test_a_coarse_queue_is_near_to_an_exact_one(name):
    grid = random_grid((40, 50), seed=0)
    exact, coarse = (create(name, bins=bins, threshold=0.9).partition(grid) for bins in (0, 256))
    assert not np.array_equal(exact, coarse)
    assert abs(exact.max() - coarse.max()) < 0.02 * exact.max()


@pytest.mark.parametrize("name", peers("bioimage-gaec"))
def test_greedy_additive_equals_ours(name):
    for seed in SEEDS:
        grids = untied_grid(seed), untied_grid(seed, LONG_RANGE, masked=True), untied_grid(seed, LONG_RANGE_OF_VOLUMES)
        for graph in (untied_graph(seed), *grids):
            initial = random_initial(graph.n_nodes, seed)
            for start in (None, initial):
                assert np.array_equal(
                    create(name).partition(graph, start), create("gaec", linkage="sum").partition(graph, start)
                )


@pytest.mark.parametrize("name", peers("bioimage-greedy-fixation"))
def test_greedy_fixation_equals_ours(name):
    for seed in SEEDS:
        for graph in (untied_graph(seed), untied_grid(seed, LONG_RANGE, masked=True)):
            expected = create("gasp", linkage="sum", constrained=True).partition(graph)
            assert np.array_equal(create(name).partition(graph), expected)


@pytest.mark.parametrize("name", peers("bioimage-cannot-link"))
def test_no_part_holds_both_ends_of_a_repulsive_edge(name):
    for seed in SEEDS:
        graph = untied_grid(seed, LONG_RANGE)
        labels = create(name, threshold=0.3).partition(graph)
        ends = labels[graph.edges[graph.weights < 0.3]]
        assert labels.max() < 50 and (ends[:, 0] != ends[:, 1]).all()
    triangle = graph_of(3, [[0, 1], [1, 2], [0, 2]], [0.9, 0.8, 0.3])
    assert create(name).partition(triangle).tolist() == [0, 0, 1]
    assert create("bioimage-gasp").partition(triangle).tolist() == [0, 0, 0]


@pytest.mark.parametrize("name", peers("bioimage-mala"))
def test_medians_by_hand(name):
    within, between = [[0, 1], [1, 2], [3, 4], [4, 5]], [[0, 3], [1, 4], [2, 5]]
    graph = graph_of(6, within + between, [0.99, 0.98, 0.97, 0.96, 0.4, 0.4, 0.9])
    assert create(name).partition(graph).tolist() == [0, 0, 0, 1, 1, 1]
    assert create(name, threshold=0.3).partition(graph).tolist() == [0] * 6
    assert create("bioimage-gasp").partition(graph).tolist() == [0] * 6


@pytest.mark.parametrize("name", peers("mwatershed-strided"))
def test_long_edges_count_at_every_stride(name):
    grid = grid_graph(np.array([[[0.6] * 12], [[0.1] * 12]]), ((0, 1), (0, 4)))
    assert create(name, stride=1).partition(grid).tolist() == create("mwatershed").partition(grid).tolist()
    assert create(name, stride=3).partition(grid).tolist() == [0] * 4 + [1] * 6 + [2] * 2
    assert create(name, stride=2**40).partition(grid).tolist() == [0] * 4 + [1] * 8


@pytest.mark.parametrize("name", peers("cc3d"))
@pytest.mark.parametrize("offsets", [NEIGHBOURS, ALONG_AXES])
def test_components_equal_ours(name, offsets):
    for seed in SEEDS:
        grid, threshold = untied_grid(seed, offsets, masked=seed % 2), (0, 0.5, 0.8)[seed % 3]
        for initial in (None, random_initial(63, seed)):
            expected = create("components", threshold=threshold).partition(grid, initial)
            assert np.array_equal(create(name, threshold=threshold).partition(grid, initial), expected)


@pytest.mark.parametrize("name", peers("bioimage-gasp"))
def test_gasp_with_linkage_max_gives_components(name):
    for seed in SEEDS:
        graph = untied_graph(seed)
        found = create(name, linkage="max", threshold=0.8).partition(graph)
        assert np.array_equal(found, create("components", threshold=0.8).partition(graph))


@pytest.mark.parametrize("name", peers("bioimage-gasp"))
def test_gasp_joins_parallel_edges_by_the_linkage(name):
    graph = graph_of(2, [[0, 1], [1, 0], [0, 1]], [0.9, 0.4, 0.45], [1, 1, 9])
    joined = {"sum": False, "mean": False, "max": True, "min": False, "abs_max": True, "mutex_watershed": True}
    for linkage, expected in joined.items():
        assert (create(name, linkage=linkage).partition(graph).max() == 0) == expected, linkage


@pytest.mark.parametrize("name", peers("bioimage-kernighan-lin", "bioimage-decomposition", "bioimage-fusion-moves"))
@pytest.mark.parametrize("bias", [0.5, 0.3])
def test_energy_is_never_above_greedy_contraction(name, bias):
    gains = []
    for seed in SEEDS:
        for graph in (untied_graph(seed), untied_grid(seed, LONG_RANGE)):
            greedy = create("bioimage-gaec", bias=bias).partition(graph)
            gains.append(energy(graph, greedy, bias) - energy(graph, create(name, bias=bias).partition(graph), bias))
            assert np.array_equal(create(name, bias=bias, iterations=0).partition(graph), greedy)
    assert min(gains) > -1e-9
    assert max(gains) > 1e-3


@pytest.mark.parametrize("name", peers("leidenalg-multicut"))
def test_leiden_lowers_the_multicut_energy(name):
    for seed in SEEDS:
        graph = untied_graph(seed)
        found, ours = create(name, iterations=10).partition(graph), create("gaec", linkage="sum").partition(graph)
        assert energy(graph, found) < 0.9 * energy(graph, ours) < 0  # sizes are added up, signs kept
        for part in range(found.max() + 1):
            alone = np.where((found == part) & (np.arange(25) == np.flatnonzero(found == part)[0]), 99, found)
            assert energy(graph, found) <= energy(graph, alone) + 1e-9


@pytest.mark.parametrize("name", peers("bioimage-gaec", "leidenalg-multicut"))
def test_an_edge_at_the_bias_is_worth_nothing(name):
    graph = graph_of(3, [[0, 1], [1, 2]], [0.7, 0.6])
    partitions = [create(name, bias=bias).partition(graph).tolist() for bias in (0.55, 0.65, 0.75)]
    assert partitions == [[0, 0, 0], [0, 0, 1], [0, 1, 2]]


@pytest.mark.parametrize("name", peers("mwatershed"))
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("offsets", [LONG_RANGE, LONG_RANGE_OF_VOLUMES])
def test_mutex_watersheds_agree_with_long_range_edges(name, offsets, masked):
    for seed in SEEDS:
        grid, threshold = untied_grid(seed, offsets, masked), (0.4, 0.5, 0.7)[seed % 3]
        expected = create("bioimage-mutex-watershed", threshold=threshold).partition(grid)
        assert 1 < expected.max() < 62
        others = [
            create(name, threshold=threshold).partition(grid),
            create(name, threshold=threshold).partition(as_plain_graph(grid)),
            create("bioimage-gasp", linkage="mutex_watershed", threshold=threshold).partition(grid),
        ]
        assert all(np.array_equal(labels, expected) for labels in others)


@pytest.mark.parametrize("name", peers(*MUTEX))
def test_mutex_watershed_by_hand(name):
    ring = [[0, 1], [1, 2], [2, 3], [3, 0], [0, 2]]
    graph = graph_of(5, ring, [0.9, 0.8, 0.7, 0.6, 0.05])  # 0 and 2 must not meet
    assert create(name).partition(graph).tolist() == [0, 0, 1, 1, 2]
    assert create(name, threshold=0.02).partition(graph).tolist() == [0, 0, 0, 0, 1]


@pytest.mark.parametrize("name", peers(*ON_ANY_GRAPH))
def test_grids_are_cut_as_the_graphs_that_they_are(name):
    for seed in SEEDS:
        volumes = untied_grid(seed, ALONG_AXES), untied_grid(seed, LONG_RANGE_OF_VOLUMES)
        for grid in (untied_grid(seed), untied_grid(seed, masked=True), untied_grid(seed, LONG_RANGE), *volumes):
            assert same_partition(create(name).partition(grid), create(name).partition(as_plain_graph(grid)))


@pytest.mark.parametrize("name", peers("cc3d", "waterz"))
def test_long_range_edges_are_refused_where_they_would_be_lost(name):
    for offsets in (LONG_RANGE, LONG_RANGE_OF_VOLUMES, (*NEIGHBOURS, (0, -1))):
        with pytest.raises(InputError, match="problem: expected a grid of one step along each axis, got the offsets"):
            create(name).partition(untied_grid(0, offsets))


@pytest.mark.parametrize("name", peers("waterz"))
def test_waterz_prints_nothing_and_gives_the_terminal_back(name, capfd):
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(create(name).partition, [untied_grid(seed) for seed in SEEDS]))
    os.write(1, b"there")
    assert capfd.readouterr().out == "there"


def test_layout_of_waterz_by_hand():
    from partitioners.peers.waterz import layout

    laid = layout(np.array([[[5, 6], [7, 8]], [[1, 2], [3, 4]]], np.float32))
    assert laid[:, 0].tolist() == [[[0, 0], [0, 0]], [[0, 0], [5, 6]], [[0, 1], [0, 3]]]


def test_edge_mask_by_hand():
    mask = np.array([[True, True, True], [True, False, True]])
    grid = grid_graph(np.ones((3, 2, 3)), ((0, 1), (1, -1), (4, 0)), mask)
    assert edge_mask(grid).astype(int).tolist() == [
        [[1, 1, 0], [0, 0, 0]],
        [[0, 1, 0], [0, 0, 0]],
        [[0, 0, 0], [0, 0, 0]],
    ]
    assert edge_mask(grid).sum() == len(grid.edges)


@pytest.mark.parametrize("name", peers("cc3d"))
def test_initial_parts_join_what_they_touch(name):
    grid = grid_graph(np.array([[[0.9, 0, 0.9, 0, 0.9, 0]], [[0] * 6]], float), NEIGHBOURS)
    assert create(name).partition(grid).tolist() == [0, 0, 1, 1, 2, 2]
    assert create(name).partition(grid, [-1, 5, -1, -1, 5, -1]).tolist() == [0, 0, 1, 1, 0, 0]
    assert create(name).partition(grid, [-1, 5, 5, 7, 7, -1]).tolist() == [0] * 6


def test_boundary_map_by_hand():
    from partitioners.peers.scikit_image import boundary_map

    mask = np.array([[True, True, False]])
    grid = grid_graph(np.array([[[0.75, 0.5, 0.5]], [[0.5] * 3]]), NEIGHBOURS)
    assert boundary_map(grid).tolist() == [[0.25, 0.375, 0.5]]
    assert boundary_map(grid_graph(grid.affinity, NEIGHBOURS, mask)).tolist() == [[0.25, 0.25, 1]]


@pytest.mark.parametrize("name", peers("skimage-felzenszwalb", "skimage-watershed"))
def test_images_of_boundaries_are_cut_along_them(name):
    affinity = np.full((2, 40, 40), 0.95)
    affinity[0, :, 19] = 0.05
    mask = np.ones((40, 40), bool)
    mask[18:22, :10] = False
    labels = create(name).partition(grid_graph(affinity, NEIGHBOURS, mask)).reshape(40, 40)
    assert labels[5, 5] != labels[5, 35]
    assert len(np.unique(labels[2:10, 2:10])) == len(np.unique(labels[2:10, 30:38])) == 1
    assert len(np.unique(labels[~mask])) == 40


@pytest.mark.parametrize("name", peers("networkit-louvain"))
def test_networkit_has_its_threads_back(name):
    import networkit

    before = networkit.getMaxNumberOfThreads()
    networkit.setNumberOfThreads(2)
    try:
        create(name).partition(untied_graph(0))
        assert networkit.getMaxNumberOfThreads() == 2
    finally:
        networkit.setNumberOfThreads(before)


SEEDED = [
    "bioimage-fusion-moves",
    "leidenalg-multicut",
    "networkit-leiden",
    "networkit-louvain",
    "scikit-network-louvain",
]


@pytest.mark.parametrize("name", peers(*SEEDED))
def test_any_whole_number_is_a_seed(name):
    assert create(name, seed=2**80).partition(untied_graph(0)).shape == (25,)
    with pytest.raises(InputError, match="seed: expected"):
        create(name, seed=-1)


@pytest.mark.parametrize(
    ("name", "parameter", "values"),
    [
        *[
            (name, "threshold", [-0.1, 1.1, np.nan, "1"])
            for name in ("cc3d", "mwatershed", "waterz", *ON_ANY_GRAPH[1:4])
        ],
        *[(name, "bias", [-0.1, 1.1, None]) for name in ("bioimage-gaec", "leidenalg-multicut")],
        *[(name, "iterations", [-1, 0.5]) for name in ("bioimage-kernighan-lin", "bioimage-fusion-moves")],
        ("leidenalg-multicut", "iterations", [0]),
        ("bioimage-gasp", "linkage", ["average", None]),
        ("bioimage-mala", "bins", [1, 2.5]),
        ("mwatershed", "seeded", [1, None]),
        ("mwatershed-strided", "stride", [0, 0.5]),
        ("waterz", "bins", [1, 255, -1, 0.5]),
        ("skimage-felzenszwalb", "scale", [-1, np.inf]),
        ("skimage-felzenszwalb", "min_size", [-1, 0.5]),
        ("skimage-watershed", "sigma", [-1]),
        ("networkit-leiden", "resolution", [-1]),
        ("scikit-network-louvain", "resolution", [-1]),
    ],
)
def test_parameters_out_of_range_are_refused(name, parameter, values):
    if (reason := PARTITIONERS.unavailable(name)) is not None:
        pytest.skip(reason)
    for value in values:
        with pytest.raises(InputError, match=f"{parameter}: expected"):
            create(name, **{parameter: value})
