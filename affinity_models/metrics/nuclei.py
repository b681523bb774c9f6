"""The measure of nucleus segmentation, the critical success index (CSI): of all instances, true or found, the share of right ones.

Used by the 2018 Data Science Bowl (over thresholds up to 0.95) and by Schmidt et al., "Cell Detection with Star-Convex
Polygons", MICCAI 2018, section 3, as here. Both call it average precision, which is a name of five measures: Hirling et
al., "Segmentation metric misinterpretations in bioimage analysis", Nature Methods 2023. Here AP is always the area under
the curve of precision against recall, `affinity_models.metrics.cityscapes`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from affinity_models.metrics.matching import Match

THRESHOLDS = np.arange(10, 19) / 20
"""0.5, 0.55, …, 0.9: intersection over union must exceed them."""
NOTE = "CSI: TP / (TP + FN + FP), mean over IoU 0.5, 0.55 … 0.9 and over images; CSI50: at 0.5. Often called AP."
"""The note on it below tables."""


def success_index(match: Match) -> NDArray[np.float64]:
    """Return (9,) float64, TP / (TP + FN + FP) of one image at each of `THRESHOLDS`.

    An image without true instances gives 0 if any were found, and 1 if none were: nothing is wrong with it. Where
    there is void or a crowd, neither is to be found, and what lies on them with more than half of its pixels, so that
    it can match nothing, is not counted.
    """
    n_true = int((~match.is_group).sum())
    n_found = int((2 * match.unscored_pixels <= match.found_pixels).sum())
    single = ~match.is_group[match.pair_true]
    right = (match.iou[single] > THRESHOLDS[:, None]).sum(axis=1)
    everything = n_true + n_found - right
    index: NDArray[np.float64] = np.divide(right, everything, out=np.ones(len(THRESHOLDS)), where=everything > 0)
    return index


def mean_success_index(matches: Sequence[Match]) -> dict[str, float]:
    """Return the means of `success_index` over images, in [0, 1]: CSI over all thresholds, CSI50 at 0.5; NaN for no image."""
    found = np.array([success_index(match) for match in matches]).reshape(-1, len(THRESHOLDS))
    mean = found.mean(axis=0) if matches else np.full(len(THRESHOLDS), np.nan)
    return {"CSI": float(mean.mean()), "CSI50": float(mean[0])}
