"""Partitioners of bioimage-cpp: multicut solvers, GASP, MALA, and mutex watersheds."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from partitioners import checks
from partitioners.arrays import FloatArray, IntegerArray
from partitioners.base import PARTITIONERS, GraphPartitioner, PyramidPartitioner
from partitioners.clock import solving
from partitioners.graph import AffinityGraph, Graph, GridGraph, LiftedGraph, grid_graph
from partitioners.instances import to_instances
from partitioners.linkage import log_odds
from partitioners.peers.communities import unique_pairs
from partitioners.peers.grid import is_plain
from partitioners.pyramid import AffinityPyramid
from partitioners.registry import needs
from partitioners.segmentation import Segmentation
from partitioners.tuning import AFFINITIES, AffinityThreshold

_UNAVAILABLE = needs("bioimage_cpp", extra="peers")
_MOST = 2**30  # of iterations, and of seeds: the package takes 32 bits

_LINKAGES = ("sum", "mean", "max", "min", "abs_max", "mutex_watershed")


@dataclass(frozen=True)
class _Multicut(GraphPartitioner):
    """The base of the multicut solvers: costs are log-odds × size, or given, and added up over parallel edges."""

    takes_costs: ClassVar[bool] = True
    bias: float = 0.5

    def __post_init__(self) -> None:
        checks.number("bias", self.bias, 0, 1)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {"bias": AFFINITIES}

    @abstractmethod
    def _solver(self, bic: Any) -> Any:
        """Return the solver of `bic`, which is `bioimage_cpp.graph`."""

    def _cut(self, graph: Graph, labelled: NDArray[np.bool_]) -> IntegerArray:
        from bioimage_cpp import graph as bic

        return _solved(self._solver(bic).optimize, self._objective(bic, graph))

    def _objective(self, bic: Any, graph: Graph) -> Any:
        """Return what `_solver` optimizes."""
        if isinstance(graph, AffinityGraph):
            free = log_odds(np.array(self.bias))
            simple, costs, _ = _simple_graph(graph, lambda weights: log_odds(weights) - free, "sum")
        else:
            simple, costs, _ = _without_parallels(graph, graph.biased(self.bias).costs)
        return bic.multicut.MulticutObjective(simple, costs)


@PARTITIONERS.register("bioimage-gaec", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class BioimageGAEC(_Multicut):
    """Multicut by greedy additive edge contraction, as `gaec` with linkage "sum" (bioimage-cpp).

    Source: Keuper et al., "Efficient decomposition of image and mesh graphs by lifted multicuts", ICCV 2015.

    Args:
        bias: the affinity in [0, 1] of an edge that costs nothing; costs are log-odds less those of the bias.

    Raises:
        InputError: `bias` is out of range.
    """

    def _solver(self, bic: Any) -> Any:
        return bic.multicut.GreedyAdditiveMulticut()


@PARTITIONERS.register("bioimage-greedy-fixation", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class BioimageGreedyFixation(_Multicut):
    """Multicut by greedy fixation: the edge whose cost is furthest from 0 is next, and merges or forbids (bioimage-cpp).

    As `gasp(linkage=sum, constrained=True)`. Source: Levinkov, Kirillov and Andres, "A
    comparative study of local search algorithms for correlation clustering", GCPR 2017. Its `bias` is that of `bioimage-gaec`.
    """

    def _solver(self, bic: Any) -> Any:
        return bic.multicut.GreedyFixationMulticut()


@PARTITIONERS.register("bioimage-kernighan-lin", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class BioimageKernighanLin(_Multicut):
    """Multicut by GAEC, then moves of nodes between parts and joins of parts while the energy falls (bioimage-cpp).

    Source: the Kernighan-Lin algorithm with joins of Keuper et al., "Efficient decomposition of image and mesh graphs
    by lifted multicuts", ICCV 2015.

    Args:
        bias: the affinity in [0, 1] of an edge that costs nothing; costs are log-odds less those of the bias.
        iterations: the largest number of rounds over all pairs of adjacent parts; 0 is GAEC.

    Raises:
        InputError: a parameter is out of range.
    """

    iterations: int = 100

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.integer("iterations", self.iterations)

    def _solver(self, bic: Any) -> Any:
        return bic.multicut.KernighanLinMulticut(number_of_outer_iterations=min(self.iterations, _MOST))


@PARTITIONERS.register("bioimage-decomposition", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class BioimageDecomposition(BioimageKernighanLin):
    """Multicut by `bioimage-kernighan-lin` on each component of the edges that cost something to cut (bioimage-cpp).

    No optimum joins two components, so that a large problem falls into small ones. Source: Alush and Goldberger, "Break and
    conquer: efficient correlation clustering for image segmentation", SIMBAD 2013.

    Args:
        bias: the affinity in [0, 1] of an edge that costs nothing; costs are log-odds less those of the bias.
        iterations: the largest number of rounds over all pairs of adjacent parts of a component; 0 is GAEC.

    Raises:
        InputError: a parameter is out of range.
    """

    def _solver(self, bic: Any) -> Any:
        return bic.multicut.MulticutDecomposer(super()._solver(bic), number_of_threads=1)


@PARTITIONERS.register("bioimage-fusion-moves", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class BioimageFusionMoves(_Multicut):
    """Multicut by GAEC, then fusion with proposals from noisy watersheds while the energy falls (bioimage-cpp).

    Source: Beier, Hamprecht and Kappes, "Fusion moves for correlation clustering", CVPR 2015.

    Args:
        bias: the affinity in [0, 1] of an edge that costs nothing; costs are log-odds less those of the bias.
        iterations: the largest number of rounds of proposals; 0 is GAEC.
        seed: the seed of the proposals.

    Raises:
        InputError: a parameter is out of range.
    """

    iterations: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.integer("iterations", self.iterations)
        checks.integer("seed", self.seed)

    def _solver(self, bic: Any) -> Any:
        proposals = bic.multicut.WatershedProposalGenerator(seed=self.seed % _MOST)
        return bic.multicut.FusionMoveMulticut(
            proposal_generator=proposals, number_of_iterations=min(self.iterations, _MOST)
        )


@dataclass(frozen=True)
class _LiftedMulticut(_Multicut):
    """The base of the lifted multicut solvers."""

    takes_lifted: ClassVar[bool] = True

    def _objective(self, bic: Any, graph: Graph) -> Any:
        costs = graph.biased(self.bias)
        is_lifted = costs.is_lifted if isinstance(costs, LiftedGraph) else np.zeros(graph.n_edges, bool)
        base, lifted = costs.keep(~is_lifted), costs.keep(is_lifted)
        simple, totals, _ = _without_parallels(base, base.costs)
        far = {
            "lifted_uvs": lifted.edges.astype(np.uint64),
            "lifted_costs": lifted.costs,
        }  # the package adds parallels up
        return bic.lifted_multicut.LiftedMulticutObjective(simple, totals, **far)


@PARTITIONERS.register("bioimage-lifted-gaec", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class BioimageLiftedGAEC(_LiftedMulticut):
    """Lifted multicut by greedy additive edge contraction (bioimage-cpp); of other graphs, multicut.

    Source: Keuper et al., "Efficient decomposition of image and mesh graphs by lifted multicuts", ICCV 2015. Its `bias` is that of `bioimage-gaec`.
    """

    def _solver(self, bic: Any) -> Any:
        return bic.lifted_multicut.LiftedGreedyAdditiveMulticut()


@PARTITIONERS.register("bioimage-lifted-kernighan-lin", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class BioimageLiftedKernighanLin(_LiftedMulticut):
    """Lifted multicut by GAEC, then Kernighan-Lin moves and joins (bioimage-cpp); of other graphs, multicut.

    Source: Keuper et al., "Efficient decomposition of image and mesh graphs by lifted multicuts", ICCV 2015. Its `bias` is that of `bioimage-gaec`.
    """

    def _solver(self, bic: Any) -> Any:
        return bic.lifted_multicut.LiftedKernighanLinMulticut()


@PARTITIONERS.register("bioimage-gasp", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class BioimageGASP(GraphPartitioner):
    """GASP: greedy contraction of a signed graph, the strongest attraction or repulsion first (bioimage-cpp).

    Edges are worth affinity less threshold. Source: Bailoni et al., "GASP, a generalized framework for agglomerative
    clustering of signed graphs", arXiv 1906.11713.

    Args:
        linkage: the rule for parallel edges: "mean" over the pixel edges behind them (as `gaec` with linkage
            "average"), "sum", "max" (single linkage), "min" (complete linkage), "abs_max", the one further from the
            threshold; "mutex_watershed" is "abs_max" where repulsive edges forbid merges for good.
        threshold: an affinity in [0, 1]; edges above it attract, those below it repel.

    Raises:
        InputError: a parameter is not as above.
    """

    linkage: str = "mean"
    threshold: float = 0.5

    def __post_init__(self) -> None:
        checks.choice("linkage", self.linkage, _LINKAGES)
        checks.number("threshold", self.threshold, 0, 1)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {"threshold": AFFINITIES}

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        from bioimage_cpp.graph.agglomeration import GaspClusterPolicy

        simple, values, sizes = _simple_graph(graph, lambda weights: weights - self.threshold, self.linkage)
        given = {"edge_sizes": sizes if self.linkage == "mean" else None, "is_mergeable": self._may_merge(values)}
        return _solved(GaspClusterPolicy(linkage=self.linkage).optimize, simple, values, **given)

    def _may_merge(self, values: FloatArray) -> NDArray[np.bool_] | None:
        """Return (m,) bool, the edges that may merge their ends, given their values (m,); None: all."""
        return None


@PARTITIONERS.register("bioimage-cannot-link", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class BioimageCannotLink(BioimageGASP):
    """GASP in which each edge below the threshold forbids its two ends to meet, however the others are (bioimage-cpp).

    Parts with such an edge between them never merge, whatever the linkage makes of all edges between them; in `gasp` with
    constraints it is the linkage's value that forbids. Source: as of `bioimage-gasp`.

    Args:
        linkage: the rule for parallel edges, as in `bioimage-gasp`.
        threshold: an affinity in [0, 1]; edges above it attract, those below it forbid.

    Raises:
        InputError: a parameter is not as above.
    """

    def _may_merge(self, values: FloatArray) -> NDArray[np.bool_]:
        return values > 0


@PARTITIONERS.register("bioimage-mala", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class BioimageMALA(AffinityThreshold):
    """MALA: the pair of parts with the largest median affinity merges, while that is above a threshold (bioimage-cpp).

    Medians are of histograms over all edges between two parts. Edges that are parallel from the start, as between parts
    that a cascade starts from, count as one, by their mean. Source: Funke et al., "Large scale image segmentation with
    structured loss based deep learning for connectome reconstruction", TPAMI 2019, arXiv 1709.02974.

    Args:
        threshold: an affinity in [0, 1]; merges stop at it.
        bins: the number of bins, at least 2, of equal width in [0, 1].

    Raises:
        InputError: a parameter is out of range.
    """

    bins: int = 40

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.integer("bins", self.bins, 2)

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        from bioimage_cpp.graph.agglomeration import MalaClusterPolicy

        simple, boundaries, _ = _simple_graph(graph, lambda weights: 1 - weights, "mean")
        policy = MalaClusterPolicy(num_bins=min(self.bins, _MOST), threshold=1 - self.threshold)
        return _solved(policy.optimize, simple, boundaries)


@PARTITIONERS.register("bioimage-mutex-watershed", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class BioimageMutexWatershed(AffinityThreshold):
    """Mutex watershed: the strongest edge first, attractive ones merge and repulsive ones forbid it (bioimage-cpp).

    Source: Wolf et al., "The mutex watershed and its objective: efficient, parameter-free graph partitioning",
    arXiv 1904.12654, on signed graphs: edges are worth affinity less threshold.

    Args:
        threshold: an affinity in [0, 1]; edges above it attract, those below it repel.

    Raises:
        InputError: `threshold` is out of range.
    """

    takes_costs: ClassVar[bool] = True

    def _cut(self, graph: Graph, labelled: NDArray[np.bool_]) -> IntegerArray:
        from bioimage_cpp.graph.mutex_watershed import mutex_watershed_clustering

        return _solved(mutex_watershed_clustering, *_mutex_problem(graph, self.threshold))


@PARTITIONERS.register("bioimage-semantic-mutex-watershed", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class BioimageSemanticMutexWatershed(PyramidPartitioner):
    """Mutex watershed that gives each part a class as it grows: parts of different classes never merge (bioimage-cpp).

    The finest level is cut. The strongest edge is next, one between pixels or one from a pixel to a class: those between
    pixels are worth affinity less threshold, those to classes half the class's probability there, so that with a threshold
    of one half a sure class is worth as much as a sure affinity. Parts of stuff are background; an instance's class and
    score follow the rules of `cascade-gaec`. Source: Wolf et al., "The semantic mutex watershed for efficient bottom-up
    semantic instance segmentation", ECCV 2020, arXiv 1912.12717.

    Args:
        threshold: an affinity in [0, 1]; edges above it attract, those below it repel.

    Raises:
        InputError: `threshold` is out of range.
    """

    threshold: float = 0.5

    def __post_init__(self) -> None:
        checks.number("threshold", self.threshold, 0, 1)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {"threshold": AFFINITIES}

    def _segment(self, pyramid: AffinityPyramid) -> Segmentation:
        from bioimage_cpp.graph.mutex_watershed import semantic_mutex_watershed_clustering

        level = pyramid.levels[0]
        problem = _mutex_problem(grid_graph(level.affinity, level.offsets), self.threshold)
        probability = level.semantic.reshape(len(pyramid.classes), -1).T.astype(np.float64)
        classes = np.argwhere(probability > 0)
        worth = probability[probability > 0] / 2
        with solving():
            parts, classes_of = semantic_mutex_watershed_clustering(*problem, classes.astype(np.uint64), worth)
        labels = np.where(np.isin(classes_of, pyramid.classes.things), parts.astype(np.int64) + 1, 0)
        return to_instances(pyramid, labels.reshape(level.shape))


def _mutex_problem(graph: Graph, threshold: float) -> tuple[Any, FloatArray, NDArray[np.uint64], FloatArray]:
    """Return bioimage-cpp's graph of the edges above the threshold, their worth, the other edges, and theirs."""
    signed = graph.signed(threshold)
    attracts = signed > 0
    simple, attraction, _ = _without_parallels(graph.keep(attracts), signed[attracts], linkage="max")
    return simple, attraction, graph.edges[~attracts].astype(np.uint64), -signed[~attracts]


def _simple_graph(
    graph: AffinityGraph, worth: Callable[[FloatArray], FloatArray], linkage: str
) -> tuple[Any, FloatArray, FloatArray]:
    """Return what `_without_parallels` does of the values that `worth` makes of affinities (m,).

    A grid of direct neighbours takes the package's own, faster way.
    """
    if isinstance(graph, GridGraph) and is_plain(graph):
        from bioimage_cpp.graph import features, grid_graph

        simple = grid_graph(graph.shape)
        weights, _ = features.grid_affinity_features(simple, graph.affinity, graph.offsets)
        return simple, worth(weights), np.ones_like(weights)
    return _without_parallels(graph, worth(graph.weights.astype(np.float64)), graph.sizes, linkage)


def _without_parallels(
    graph: Graph, values: FloatArray, sizes: IntegerArray | None = None, linkage: str = "sum"
) -> tuple[Any, FloatArray, FloatArray]:
    """Return bioimage-cpp's graph without parallel edges, and the value and size of each edge.

    Args:
        graph: any graph.
        values: (m,) the value of each edge.
        sizes: (m,) its size, how often it counts in a sum or a mean; default: 1.
        linkage: the rule for the values of parallel edges, as in `BioimageGASP`.
    """
    from bioimage_cpp.graph import UndirectedGraph

    pairs, pair_index = unique_pairs(graph.edges, graph.n_nodes)
    simple = UndirectedGraph.from_unique_edges(graph.n_nodes, pairs.astype(np.uint64))
    counts = np.ones(len(values)) if sizes is None else sizes
    totals: NDArray[Any] = np.bincount(pair_index, counts, len(pairs))  # float64: numpy's stubs say int
    if linkage in ("sum", "mean"):
        joined = np.bincount(pair_index, values * counts, len(pairs)) / (totals if linkage == "mean" else 1)
        return simple, joined, totals
    order = np.argsort({"max": values, "min": -values}.get(linkage, np.abs(values)), kind="stable")
    joined = np.empty(len(pairs))
    joined[pair_index[order]] = values[order]  # the last one stays
    return simple, joined, totals


def _solved(solve: Callable[..., Any], *problem: Any, **options: Any) -> NDArray[np.int64]:
    """Return the labels (n,) that a solver finds, on the solver's clock."""
    with solving():
        labels = solve(*problem, **options)
    return np.asarray(labels, np.int64)
