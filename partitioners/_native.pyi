from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Offsets = tuple[tuple[int, ...], ...] | NDArray[np.int64]

def connected_components(n_nodes: int, edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (n_nodes,) int64 component labels, numbered by first node, of the graph with `edges` (m, 2) int64.

    Raises:
        ValueError: `edges` has another shape, or a node outside [0, n_nodes).
    """

def renumber(labels: NDArray[Any]) -> NDArray[np.int64]:
    """Return (n,) integers numbered 0…k-1 by first occurrence; negative ones become -1."""

def contract(
    n_nodes: int,
    edges: NDArray[np.int64],
    values: NDArray[np.int64],
    sizes: NDArray[np.int64],
    linkage: str,
    threshold: int,
) -> NDArray[np.int64]:
    """Return (n_nodes,) int64, for each node the node it ended in when no edge above the threshold was left.

    Args:
        edges: (m, 2) nodes; no self-loops, parallel ones are joined first.
        values: (m,) fixed-point affinities, or log-odds for "sum".
        sizes: (m,) at least 1, the number of pixel edges behind each.
        linkage: "wpgma", "average" or "sum".
        threshold: in fixed-point units.

    Raises:
        ValueError: an argument is not as above, or sums could overflow.
    """

def contract_inner(
    n_nodes: int,
    edges: NDArray[np.int64],
    values: NDArray[np.int64],
    sizes: NDArray[np.int64],
    linkage: str,
    threshold: int,
    is_open: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Return the same after those merges alone that hold whatever edges open nodes have beyond this graph.

    Args:
        linkage: "wpgma" or "average".
        is_open: (n_nodes,).

    Raises:
        ValueError: as above.
    """

def contract_by_position(
    n_nodes: int,
    edges: NDArray[np.int64],
    values: NDArray[np.int64],
    sizes: NDArray[np.int64],
    linkage: str,
    threshold: int,
    boxes: NDArray[np.int64],
    beta: float,
) -> NDArray[np.int64]:
    """Return the same for affinities weighed by the position factor.

    Args:
        linkage: "wpgma" or "average".
        boxes: (n_nodes, 4) bounding boxes.
        beta: the exponent of the factor.

    Raises:
        ValueError: as above.
    """

def contract_constrained(
    n_nodes: int,
    edges: NDArray[np.int64],
    values: NDArray[np.int64],
    sizes: NDArray[np.int64],
    linkage: str,
    threshold: int,
    by_strength: bool,
    apart: NDArray[np.int64],
    node_sizes: NDArray[np.int64],
    n_parts: int,
    largest: int,
    smallest: int,
) -> NDArray[np.int64]:
    """Return the same as `contract` within limits.

    Args:
        linkage: also "max", "min" or "abs_max".
        by_strength: edges go by their absolute worth; those below 0 then forbid that their parts become one.
        apart: (k, 2) nodes that never become one part.
        node_sizes: (n_nodes,) 1 to 2^31 - 1.
        n_parts: so many parts are left at least.
        largest: no merge makes a larger part.
        smallest: parts of a smaller size merge at the end, by the highest edges, whatever the threshold.

    Raises:
        ValueError: as above.
    """

def contract_lifted(
    n_nodes: int,
    edges: NDArray[np.int64],
    values: NDArray[np.int64],
    sizes: NDArray[np.int64],
    threshold: int,
    is_lifted: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Return the same as `contract` by "sum" where lifted edges (m,) are not contracted unless parallel to others.

    Raises:
        ValueError: as above.
    """

def contract_grid(
    affinity: NDArray[np.float32] | NDArray[np.float64],
    offsets: _Offsets,
    linkage: str,
    threshold: int,
    mask: NDArray[np.bool_] | None = None,
    n_threads: int = 1,
) -> NDArray[np.int64]:
    """Return (n,) int64 labels, numbered by first pixel, of the graph that `grid_graph` makes of the same arguments.

    Args:
        affinity: (A, d, h, w), (A, h, w) or (A, w) in [0, 1], at most 2^31 - 4 values.
        offsets: (A, rank), a step along each axis, not all 0.
        linkage, threshold: as for `contract`.
        mask: (d, h, w), (h, w) or (w,).
        n_threads: how many to use at most; they change nothing but the time.

    Raises:
        ValueError: an argument is not as above.
    """

def merge_tree(
    n_nodes: int,
    edges: NDArray[np.int64],
    values: NDArray[np.int64],
    sizes: NDArray[np.int64],
    linkage: str,
    threshold: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the `pairs` and `heights` of a `MergeTree`, from the arguments of `contract`."""

def merge_tree_of_grid(
    affinity: NDArray[np.float32] | NDArray[np.float64],
    offsets: _Offsets,
    linkage: str,
    threshold: int,
    mask: NDArray[np.bool_] | None = None,
    n_threads: int = 1,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the `pairs` and `heights` of a `MergeTree`, from the arguments of `contract_grid`."""

def kernighan_lin(
    n_nodes: int,
    edges: NDArray[np.int64],
    values: NDArray[np.int64],
    sizes: NDArray[np.int64],
    start: NDArray[np.int64],
    large: int,
    moves: int | None = None,
    seconds: float | None = None,
    is_lifted: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """Return (n_nodes,) int64 labels, in any numbering, of no higher multicut energy than those to start from.

    Args:
        edges, values, sizes: as for `contract`, the sum of absolute values times sizes below 2^62.
        start: (n_nodes,) labels of 0…n_nodes-1.
        large: nodes of a part; where one has more, groups of nodes move first.
        moves: how many to try at most.
        seconds: of search at most.
        is_lifted: (m,) of a lifted multicut; parts of the start are then the pieces that the other edges connect.

    Raises:
        ValueError: an argument is not as above.
    """

def lower_bound(
    n_nodes: int, edges: NDArray[np.int64], costs: NDArray[np.int64], rounds: int, seconds: float | None = None
) -> tuple[int, int, int]:
    """Return a lower bound on the multicut energy, and the numbers of rounds and of cycles that led to it.

    Args:
        edges: (m, 2) nodes; no self-loops.
        costs: (m,) of cutting each edge, the sum of absolute ones below 2^62.
        rounds: of improvement at most, after cycles were packed.
        seconds: of work at most.

    Raises:
        ValueError: an argument is not as above.
    """

def mutex_watershed(
    n_nodes: int,
    edges: NDArray[np.int64],
    values: NDArray[np.int64],
    seeds: NDArray[np.int64] | None = None,
    keeps_seeds: bool = False,
) -> NDArray[np.int64]:
    """Return (n_nodes,) int64 labels, numbered by first node, of the mutex watershed.

    Args:
        edges: (m, 2) nodes; no self-loops.
        values: (m,) within 2^62: above 0 where an edge attracts, below where it repels.
        seeds: (n_nodes,) below n_nodes, negative where there is none; nodes of equal seeds start together.
        keeps_seeds: different seeds never join.

    Raises:
        ValueError: an argument is not as above.
    """

def mutex_watershed_of_grid(
    affinity: NDArray[np.float32] | NDArray[np.float64],
    offsets: _Offsets,
    zeros: NDArray[np.int64],
    strided: NDArray[np.bool_],
    strides: NDArray[np.int64],
    mask: NDArray[np.bool_] | None = None,
    seeds: NDArray[np.int64] | None = None,
    keeps_seeds: bool = False,
) -> NDArray[np.int64]:
    """Return (n,) int64 labels, numbered by first pixel, of the mutex watershed of a grid.

    Args:
        affinity, offsets, mask: as for `contract_grid`.
        zeros: (A,) fixed-point affinities in [0, 1] at which the edges of an offset neither attract nor repel.
        strided: (A,) of which offsets only edges count whose first pixel's coordinates are multiples of the strides.
        strides: (rank,) at least 1.
        seeds: (n,), and keeps_seeds: as for `mutex_watershed`.

    Raises:
        ValueError: an argument is not as above.
    """

def associate(
    edges: NDArray[np.int64],
    weights: NDArray[Any],
    order: NDArray[np.int64],
    threshold: float,
    initial: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return (n_nodes,) int64 labels grown from `initial`; nodes that no label reaches stay negative.

    Args:
        edges: (m, 2) nodes; no self-loops.
        weights: (m,) affinities.
        order: nodes in the order in which they are visited.
        threshold: nodes join at affinities of at least this.
        initial: (n_nodes,) labels; negative where there is none yet.

    Raises:
        ValueError: an argument is not as above.
    """

def cascade(
    levels: list[tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]],
    thing: NDArray[np.bool_],
    affinity: tuple[str, int],
    grouping: tuple[str, int, float | None] | None,
    cuts_last: bool,
    disputed: float = 1.0,
    pieces: tuple[int, float] | None = None,
    regrouping: tuple[str, int, float | None] | None = None,
) -> NDArray[np.int32]:
    """Return (h, w) the segments of the last level: all levels of a cascade in one call.

    Args:
        levels: coarsest first: affinity (A, h, w) in [0, 1], semantic (C, h, w), embedding (k, h, w), offsets (A, 2).
        thing: (C,) which classes are things.
        affinity: linkage and threshold, at least 0 but for "sum", of `contract` for the grid of each level.
        grouping: linkage, threshold and beta of `contract_by_position`, or where beta is None of `contract`, for the
            segments of each level; None unites none.
        cuts_last: False returns the labels that the last level inherits, unlabelled pixels being -1.
        disputed: the largest share of affinities below one half inside of a segment that is inherited.
        pieces: a number of pixels and a threshold. In the end, the pixels of segments of fewer join neighbours by greedy
            association, in raster order, at affinities of at least the threshold, or become background.
        regrouping: the same as `grouping`, of the last level alone, at the very end.

    Raises:
        ValueError: an argument is not as above, or the mean of a segment is not finite.
    """

def is_thing(semantic: NDArray[np.float32], thing: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return (h, w) bool: the most likely class of each pixel, the first of equally likely ones, is a thing.

    Args:
        semantic: (C, h, w) probabilities.
        thing: (C,) which classes are things.

    Raises:
        ValueError: a shape is not as above, or there is no class.
    """

def upsample(labels: NDArray[np.int32], is_thing: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the labels (h, w) of a level from those of the next coarser one; see `partitioners.upsampling`.

    Args:
        labels: (ceil(h / 2), ceil(w / 2)).
        is_thing: (h, w).

    Raises:
        ValueError: a shape is not as above.
    """

def region_graph(
    labels: NDArray[np.int32], affinity: NDArray[np.float32], offsets: NDArray[np.int64]
) -> tuple[int, NDArray[np.int32], NDArray[np.int64], NDArray[np.float32]]:
    """Return the graph of a grid whose segments are contracted into nodes, without edges inside of them.

    Args:
        labels: (h, w) segments 1…n, unlabelled pixels (-1), background (0), which is left out.
        affinity: (A, h, w).
        offsets: (A, 2) pairs (dy, dx).

    Returns:
        n_nodes: the segments, after them the unlabelled pixels in raster order.
        nodes: (h, w) the node of each pixel, counted from 1; 0 for background.
        edges: (m, 2) nodes, counted from 0; parallel ones are kept, in the order of `affinity` in memory.
        weights: (m,) affinities.

    Raises:
        ValueError: an argument is not as above.
    """

def relabel(labels: NDArray[np.int32], parts: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return (h, w) labels with segment i + 1 made part of parts[i]; parts are counted from 1 by their first pixels.

    Args:
        labels: (h, w) at most n; what is not above 0 becomes 0.
        parts: (n,) below n; segments of a negative part become 0.

    Raises:
        ValueError: an argument is not as above.
    """

def reachable(labels: NDArray[np.int32], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the unlabelled pixels (below 0), as indices in raster order, that have a neighbour other than background.

    Args:
        labels: (h, w).
        offsets: (A, 2) pairs (dy, dx): neighbours are those at ± each.

    Raises:
        ValueError: a shape is not as above.
    """

def grow(
    labels: NDArray[np.int32],
    affinity: NDArray[np.float32],
    offsets: NDArray[np.int64],
    order: NDArray[np.int64],
    threshold: float,
) -> NDArray[np.int32]:
    """Return (h, w) labels grown from those above 0 by greedy association; unlabelled pixels that none reaches stay.

    Args:
        labels: (h, w).
        affinity: (A, h, w).
        offsets: (A, 2) pairs (dy, dx).
        order: the pixels that are to get a label, in the order in which they are visited.
        threshold: pixels join at affinities of at least this.

    Raises:
        ValueError: an argument is not as above.
    """

def segment_statistics(
    labels: NDArray[np.int32], semantic: NDArray[Any], embedding: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return pixels (n,), boxes (n, 4), mean semantic (n, C) and mean embedding (n, k) of the segments 1…n.

    Args:
        labels: (h, w), 0 for pixels of no segment.
        semantic: (C, h, w), both float32 or convertible to float64.
        embedding: (k, h, w).

    Raises:
        ValueError: an argument is not as above.
    """

def all_pairs(
    semantic: NDArray[np.float64], embedding: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return edges (m, 2) and affinities (m,) of all pairs of segments; see `partitioners.grouping`.

    Args:
        semantic: (n, C) mean class distributions.
        embedding: (n, k) mean embeddings.

    Raises:
        ValueError: an argument is not as above, or not finite.
    """

def pairs_in_reach(
    semantic: NDArray[np.float64], embedding: NDArray[np.float64], scale: float, threshold: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return those of `all_pairs` that lie within a connected component of the affinities above the threshold.

    Args:
        semantic: (n, C) mean class distributions.
        embedding: (n, k) mean embeddings.
        scale: fixed-point units per unit of affinity.
        threshold: at least 0; an affinity is above it if it is so in fixed point, rounded.

    Raises:
        ValueError: an argument is not as above, or not finite.
    """

def instances(
    labels: NDArray[np.int32],
    semantic: NDArray[np.float32],
    thing: NDArray[np.bool_],
    min_size: int,
    stride: int,
    height: int,
    width: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """Return labels (height, width), classes (n,) and scores (n,) of an image's instances.

    Args:
        labels: (h, w) segments from 1 on; 0 is background.
        semantic: (C, h, w) probabilities.
        thing: (C,) which classes are things.
        min_size: segments of fewer pixels become background.
        stride: image pixels per pixel of `labels`, in each direction.
        height: of the image, at most h · stride, above (h - 1) · stride.
        width: likewise.

    Raises:
        ValueError: an argument is not as above, or there are segments and no class is a thing.
    """

def rescore(
    labels: NDArray[np.int32],
    semantics: Sequence[NDArray[np.float32]],
    thing: NDArray[np.bool_],
    affinity: NDArray[np.float32],
    offsets: NDArray[np.int64],
    small: float,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Return pixels (n,), classes (n,) and scores (n,) of instances.

    The class is the thing of the largest mean probability. The score is that probability, times the mean affinity of the pairs
    in the instance, times the mean of 1 - affinity over those of which one is in it, times n / (n + small) for n pixels.

    Args:
        labels: (h, w) of 0, which is background, to n, each of which occurs.
        semantics: (C, h, w) probabilities, then those of coarser levels, each of half the height and width, rounded up.
            Their means over an instance's pixels are averaged.
        thing: (C,) which classes are things, at least one.
        affinity: (A, h, w).
        offsets: (A, 2).
        small: at least 0.

    Raises:
        ValueError: an argument is not as above.
    """
