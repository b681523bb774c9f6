"""The average precision of nucleus segmentation: the share of right instances among all, right or wrong.

2018 Data Science Bowl; Schmidt et al., "Cell Detection with Star-Convex Polygons", MICCAI 2018, section 3.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.metrics.matching import Match

THRESHOLDS = np.arange(10, 19) / 20
"""0.5, 0.55, …, 0.9: intersection over union must exceed them."""


def nuclei_precision(match: Match) -> np.ndarray:
    """Return (9,) float64, TP / (TP + FN + FP) of one image at each of `THRESHOLDS`.

    An image without true instances gives 0 if any were found, and 1 if none were: nothing is wrong with it. Where
    there is void or a crowd, neither is to be found, and what lies on them with more than half of its pixels is not
    counted unless it matches.
    """
    excused = 2 * match.unscored_pixels > match.found_pixels
    single = ~match.is_group[match.pair_true]
    pair_found, iou = match.pair_found[single], match.iou[single]
    result = np.ones(len(THRESHOLDS))
    for index, threshold in enumerate(THRESHOLDS):
        right = pair_found[iou > threshold]
        counted = ~excused
        counted[right] = True
        everything = int((~match.is_group).sum()) + int(counted.sum()) - len(right)
        if everything:
            result[index] = len(right) / everything
    return result


def mean_nuclei_precision(matches: Sequence[Match]) -> float:
    """Return the mean of `nuclei_precision` over thresholds and images, in [0, 1]; NaN for no image."""
    return float(np.mean([nuclei_precision(match) for match in matches])) if matches else float("nan")
