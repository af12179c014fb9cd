"""Points compared by how many of their runs diverged: a diverged run is an event, not a score."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import fisher_exact, hypergeom

Whole = NDArray[np.int_]


def diverges_more(diverged: Whole, runs: Whole, *, alpha: float) -> NDArray[np.bool_]:
    """Whether point i is shown to diverge more often than j [k, k], from how many of its runs did [k].

    Two-sided Fisher's exact tests, all pairs at once: Bonferroni's correction by the pairs that can be significant at
    all (Tarone 1990), since where hardly any run diverged no test could be, whatever runs had been hit.
    """
    k = len(diverged)
    p, least = np.ones((k, k)), np.ones((k, k))
    for i in range(k):
        for j in range(i):
            counts = (int(diverged[i]), int(diverged[j])), (int(runs[i]), int(runs[j]))
            if not any(counts[0]):
                continue
            p[i, j], least[i, j] = _p(*counts), _least_p(*counts)
    reachable = np.sort(least[np.tril_indices(k, -1)])
    tests = next(number for number in range(1, k * k + 2) if (reachable <= alpha / number).sum() <= number)
    p = np.minimum(p, p.T)
    rate = diverged / np.maximum(runs, 1)
    return np.asarray((p <= alpha / tests) & (rate[:, None] > rate[None, :]))


@lru_cache(maxsize=4096)
def _p(diverged: tuple[int, int], runs: tuple[int, int]) -> float:
    table = [[lost, of - lost] for lost, of in zip(diverged, runs, strict=True)]
    return float(fisher_exact(table)[1])


@lru_cache(maxsize=4096)
def _least_p(diverged: tuple[int, int], runs: tuple[int, int]) -> float:
    """The smallest p that so many diverged runs could give, however they fell on the two points."""
    lost = sum(diverged)
    if not lost or not min(runs):
        return 1.0
    fewest, most = max(0, lost - runs[1]), min(lost, runs[0])
    return float(min(hypergeom.pmf(fewest, sum(runs), runs[0], lost), hypergeom.pmf(most, sum(runs), runs[0], lost)))
