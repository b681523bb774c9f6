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
from partitioners.graph import AffinityGraph, CostGraph, Graph, GridGraph, LiftedGraph, grid_graph
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

Join = Callable[[FloatArray, IntegerArray, IntegerArray, int], FloatArray]
"""From values (m,), sizes (m,) and the number of its pair (m,) of each edge to the values (k,) of k pairs."""


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
    def _solver(self) -> Any:
        """Return the solver of `bioimage_cpp.graph.multicut`."""

    def _cut(self, graph: Graph, labelled: NDArray[np.bool_]) -> IntegerArray:
        objective, solver = self._objective(graph), self._solver()
        with solving():
            labels: IntegerArray = solver.optimize(objective)
        return labels.astype(np.int64)

    def _objective(self, graph: Graph) -> Any:
        """Return what `_solver` optimizes."""
        from bioimage_cpp.graph.multicut import MulticutObjective

        if isinstance(graph, AffinityGraph):
            free = log_odds(np.array(self.bias))
            simple, costs, _ = _simple_graph(graph, lambda weights: log_odds(weights) - free, _total)
        else:
            simple, costs = _with_costs(graph.biased(self.bias))
        return MulticutObjective(simple, costs)


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

    def _solver(self) -> Any:
        from bioimage_cpp.graph.multicut import GreedyAdditiveMulticut

        return GreedyAdditiveMulticut()


@PARTITIONERS.register("bioimage-greedy-fixation", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class BioimageGreedyFixation(_Multicut):
    """Multicut by greedy fixation: the edge whose cost is furthest from 0 is next, and merges or forbids (bioimage-cpp).

    As `gasp(linkage=sum, constrained=True)`. Source: Levinkov, Kirillov and Andres, "A
    comparative study of local search algorithms for correlation clustering", GCPR 2017.

    Args:
        bias: the affinity in [0, 1] of an edge that costs nothing; costs are log-odds less those of the bias.

    Raises:
        InputError: `bias` is out of range.
    """

    def _solver(self) -> Any:
        from bioimage_cpp.graph.multicut import GreedyFixationMulticut

        return GreedyFixationMulticut()


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

    def _solver(self) -> Any:
        from bioimage_cpp.graph.multicut import KernighanLinMulticut

        return KernighanLinMulticut(number_of_outer_iterations=min(self.iterations, _MOST))


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

    def _solver(self) -> Any:
        from bioimage_cpp.graph.multicut import MulticutDecomposer

        return MulticutDecomposer(super()._solver(), number_of_threads=1)


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

    def _solver(self) -> Any:
        from bioimage_cpp.graph.multicut import FusionMoveMulticut, WatershedProposalGenerator

        proposals = WatershedProposalGenerator(seed=self.seed % _MOST)
        return FusionMoveMulticut(proposal_generator=proposals, number_of_iterations=min(self.iterations, _MOST))


@dataclass(frozen=True)
class _LiftedMulticut(_Multicut):
    """The base of the lifted multicut solvers."""

    takes_lifted: ClassVar[bool] = True

    def _objective(self, graph: Graph) -> Any:
        from bioimage_cpp.graph.lifted_multicut import LiftedMulticutObjective

        costs = graph.biased(self.bias)
        is_lifted = costs.is_lifted if isinstance(costs, LiftedGraph) else np.zeros(graph.n_edges, bool)
        base, base_costs = _with_costs(costs.keep(~is_lifted))
        lifted = costs.keep(is_lifted)
        pairs, pair_index = unique_pairs(lifted.edges, graph.n_nodes)
        totals = _total(lifted.costs, np.ones(lifted.n_edges, np.int64), pair_index, len(pairs))
        return LiftedMulticutObjective(base, base_costs, lifted_uvs=pairs.astype(np.uint64), lifted_costs=totals)


@PARTITIONERS.register("bioimage-lifted-gaec", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class BioimageLiftedGAEC(_LiftedMulticut):
    """Lifted multicut by greedy additive edge contraction (bioimage-cpp); of other graphs, multicut.

    Source: Keuper et al., "Efficient decomposition of image and mesh graphs by lifted multicuts", ICCV 2015.

    Args:
        bias: the affinity in [0, 1] of an edge that costs nothing; costs are log-odds less those of the bias.

    Raises:
        InputError: `bias` is out of range.
    """

    def _solver(self) -> Any:
        from bioimage_cpp.graph.lifted_multicut import LiftedGreedyAdditiveMulticut

        return LiftedGreedyAdditiveMulticut()


@PARTITIONERS.register("bioimage-lifted-kernighan-lin", unavailable=_UNAVAILABLE)
@dataclass(frozen=True)
class BioimageLiftedKernighanLin(_LiftedMulticut):
    """Lifted multicut by GAEC, then Kernighan-Lin moves and joins (bioimage-cpp); of other graphs, multicut.

    Source: Keuper et al., "Efficient decomposition of image and mesh graphs by lifted multicuts", ICCV 2015.

    Args:
        bias: the affinity in [0, 1] of an edge that costs nothing; costs are log-odds less those of the bias.

    Raises:
        InputError: `bias` is out of range.
    """

    def _solver(self) -> Any:
        from bioimage_cpp.graph.lifted_multicut import LiftedKernighanLinMulticut

        return LiftedKernighanLinMulticut()


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
        checks.choice("linkage", self.linkage, _JOINS)
        checks.number("threshold", self.threshold, 0, 1)

    def tunable(self) -> Mapping[str, Sequence[Any]]:
        return {"threshold": AFFINITIES}

    def _cut(self, graph: AffinityGraph, labelled: NDArray[np.bool_]) -> IntegerArray:
        from bioimage_cpp.graph.agglomeration import GaspClusterPolicy

        simple, values, sizes = _simple_graph(graph, lambda weights: weights - self.threshold, _JOINS[self.linkage])
        policy = GaspClusterPolicy(linkage=self.linkage)
        given = {"edge_sizes": sizes if self.linkage == "mean" else None, "is_mergeable": self._may_merge(values)}
        with solving():
            labels: IntegerArray = policy.optimize(simple, values, **given)
        return labels.astype(np.int64)

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

        simple, boundaries, _ = _simple_graph(graph, lambda weights: 1 - weights, _mean)
        policy = MalaClusterPolicy(num_bins=min(self.bins, _MOST), threshold=1 - self.threshold)
        with solving():
            labels: IntegerArray = policy.optimize(simple, boundaries)
        return labels.astype(np.int64)


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

        problem = _mutex_problem(graph, self.threshold)
        with solving():
            labels: IntegerArray = mutex_watershed_clustering(*problem)
        return labels.astype(np.int64)


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
        return to_instances(pyramid, labels.reshape(level.shape), pyramid.min_size)


def _mutex_problem(graph: Graph, threshold: float) -> tuple[Any, FloatArray, NDArray[np.uint64], FloatArray]:
    """Return bioimage-cpp's graph of the edges above the threshold, their worth, the other edges, and theirs."""
    signed = graph.signed(threshold)
    attracts = signed > 0
    simple, pair_index = _unique(graph.keep(attracts))
    ones = np.ones(len(pair_index), np.int64)
    attraction = _furthest(signed[attracts], ones, pair_index, simple.number_of_edges)
    return simple, attraction, graph.edges[~attracts].astype(np.uint64), -signed[~attracts]


def _total(values: FloatArray, sizes: IntegerArray, pair_index: IntegerArray, n_pairs: int) -> FloatArray:
    totals: NDArray[Any] = np.bincount(pair_index, values * sizes, n_pairs)  # float64: numpy's stubs say int
    return totals


def _mean(values: FloatArray, sizes: IntegerArray, pair_index: IntegerArray, n_pairs: int) -> FloatArray:
    return _total(values, sizes, pair_index, n_pairs) / np.bincount(pair_index, sizes, n_pairs)


def _largest(key: Callable[[FloatArray], FloatArray]) -> Join:
    """Return a join that takes the value whose key is the largest."""

    def join(values: FloatArray, sizes: IntegerArray, pair_index: IntegerArray, n_pairs: int) -> FloatArray:
        order = np.argsort(key(values), kind="stable")
        result = np.empty(n_pairs)
        result[pair_index[order]] = values[order]  # the last one stays
        return result

    return join


_furthest = _largest(np.abs)
_JOINS: dict[str, Join] = {
    "sum": _total,
    "mean": _mean,
    "max": _largest(np.positive),
    "min": _largest(np.negative),
    "abs_max": _furthest,
    "mutex_watershed": _furthest,
}


def _simple_graph(
    graph: AffinityGraph, worth: Callable[[FloatArray], FloatArray], join: Join
) -> tuple[Any, FloatArray, FloatArray]:
    """Return bioimage-cpp's graph without parallel edges, and the value and size of each edge.

    Args:
        graph: any graph; a grid of direct neighbours takes the package's own, faster way.
        worth: the function from affinities (m,) to values (m,).
        join: the rule for the values of parallel edges.
    """
    import bioimage_cpp as bic

    if isinstance(graph, GridGraph) and is_plain(graph):
        simple = bic.graph.grid_graph(graph.shape)
        weights, _ = bic.graph.features.grid_affinity_features(simple, graph.affinity, graph.offsets)
        return simple, worth(weights), np.ones_like(weights)
    simple, pair_index = _unique(graph)
    values = join(worth(graph.weights.astype(np.float64)), graph.sizes, pair_index, simple.number_of_edges)
    sizes: NDArray[Any] = np.bincount(pair_index, graph.sizes, simple.number_of_edges)  # float64 as well
    return simple, values, sizes


def _with_costs(graph: CostGraph) -> tuple[Any, FloatArray]:
    """Return bioimage-cpp's graph without parallel edges, and the cost of each edge."""
    simple, pair_index = _unique(graph)
    return simple, _total(graph.costs, np.ones(graph.n_edges, np.int64), pair_index, simple.number_of_edges)


def _unique(graph: Graph) -> tuple[Any, NDArray[np.intp]]:
    """Return bioimage-cpp's graph without parallel edges, and the number of its edge (m,) of each edge."""
    import bioimage_cpp as bic

    pairs, pair_index = unique_pairs(graph.edges, graph.n_nodes)
    return bic.graph.UndirectedGraph.from_unique_edges(graph.n_nodes, pairs.astype(np.uint64)), pair_index
