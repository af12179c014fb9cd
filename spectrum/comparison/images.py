"""What the choice of test images adds to how sure a difference is.

Intervals over seeds speak of these images. For images like these, the spread of a difference from image to image counts
as well: small where two points err on the same images.
"""

import numpy as np
from numpy.typing import NDArray

from spectrum.comparison.layout import Array


def image_errors(correct: NDArray[np.bool_], filled: NDArray[np.bool_]) -> Array:
    """Standard errors [k, k] of differences by the images alone; correct [n, k, images], filled [n, k].

    Over the seeds that two points have in common. What varies with seed and image together is counted once, with the
    seeds. nan for points with no seed in common.
    """
    k = correct.shape[1]
    errors = np.zeros((k, k))
    for i in range(k):
        for j in range(i):
            both = filled[:, i] & filled[:, j]
            apart = correct[both, i].astype(np.float64) - correct[both, j]
            errors[i, j] = errors[j, i] = _error(apart) if both.any() else np.nan
    return errors


def _error(apart: Array) -> float:
    """Of the mean of differences [seeds, images] over images."""
    seeds, images = apart.shape
    across = apart.mean(axis=0).var(ddof=1)
    within = apart.var(axis=0, ddof=1).mean() / seeds if seeds > 1 else 0.0
    return float(np.sqrt(max(across - within, 0.0) / images))
