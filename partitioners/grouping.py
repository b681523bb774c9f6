"""The graph on which segments are grouped: all pairs, by what they look like."""

from __future__ import annotations

import numpy as np

from partitioners.graph import AffinityGraph
from partitioners.segments import Segments

ALPHA = np.log(2)
"""The α of equation 2: a squared distance of 1 between embeddings makes an affinity of one half."""


def grouping_graph(segments: Segments) -> AffinityGraph:
    """Return the complete graph on n segments, weighted A_s ⊙ A_g (Algorithm 3, lines 39 to 41).

    A_s is 1 minus the Jensen-Shannon divergence, in bits, of two segments' mean class distributions; A_g is the
    Gaussian of the distance of their mean embeddings (equation 2). The size of an edge is the number of pixel pairs
    behind it, |u| · |v|. Edges come in the order (0, 1), (0, 2), … (1, 2), …
    """
    n_segments = len(segments)
    first, second = np.triu_indices(n_segments, 1)
    entropies = _entropy(segments.semantic)
    weights = np.empty(len(first))
    start = 0
    for u in range(n_segments - 1):  # row by row: all pairs at once would need n² C numbers
        others = slice(u + 1, n_segments)
        divergence = _entropy((segments.semantic[u] + segments.semantic[others]) / 2)
        divergence -= (entropies[u] + entropies[others]) / 2
        distance = ((segments.embedding[u] - segments.embedding[others]) ** 2).sum(axis=1)
        stop = start + n_segments - u - 1
        weights[start:stop] = np.clip(1 - divergence, 0, 1) * np.exp(-ALPHA * distance)
        start = stop
    edges = np.stack([first, second], axis=1)
    return AffinityGraph(n_segments, edges, weights, segments.pixels[first] * segments.pixels[second], segments)


def _entropy(distributions: np.ndarray) -> np.ndarray:
    """Return the (n,) Shannon entropies, in bits, of the rows of (n, C) distributions."""
    return -(distributions * np.log2(np.where(distributions > 0, distributions, 1))).sum(axis=1)
