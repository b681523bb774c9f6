"""Names for arrays of any width; where the width matters, a type says it, as in `NDArray[np.int32]`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

IntegerArray = NDArray[np.integer[Any]]
FloatArray = NDArray[np.floating[Any]]
