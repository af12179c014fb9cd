"""Arrays of test accuracies: fractions, one row per seed, one column per point."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Mask = NDArray[np.bool_]

SAME: Final = 1e-9
"""Accuracies that differ by less are one number that was rounded differently."""
