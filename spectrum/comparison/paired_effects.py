"""Contrasts between two sets of points that differ in one thing: at each pair, on average, and beyond the average."""

from collections.abc import Sequence

import numpy as np

from spectrum.comparison.layout import Array

SHIFT = 97
"""Draws by which one group's are ahead of another's."""


def paired_effects(pairs: Sequence[tuple[int, int]], points: int) -> Array:
    """The first of each pair minus the second, the mean of these, and each one's departure from it.

    [2 pairs + 1, points]; a single pair has no departure: [2, points].
    """
    single = np.zeros((len(pairs), points))
    for row, (one, other) in enumerate(pairs):
        single[row, one], single[row, other] = 1.0, -1.0
    mean = single.mean(axis=0)
    return np.vstack([single, mean, single - mean] if len(pairs) > 1 else [single, mean])


def apart(draws: Array, group: int) -> Array:
    """The draws [draws, k] of a group in another order, the same for all its points.

    Every group's draws come from the same random numbers; in one order, those of two groups would rise and fall
    together, and their differences would look smaller than they are.
    """
    return np.roll(draws, SHIFT * group, axis=0)
