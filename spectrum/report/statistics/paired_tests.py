"""Two points on the same seeds: how much they differ, whether they differ at all, whether they are equivalent."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from spectrum.report.statistics.scores import SAME, Scores


@dataclass(frozen=True)
class Pair:
    """The difference of two points over n paired seeds.

    Attributes:
        n: seeds that both points have.
        difference: mean of the first minus mean of the second, a fraction.
        sd: standard deviation of the difference between seeds.
    """

    n: int
    difference: float
    sd: float

    @property
    def testable(self) -> bool:
        """Whether the seeds show any spread to judge the difference by."""
        return self.n >= 2 and self.sd >= SAME

    @property
    def error(self) -> float:
        """Standard error of the difference."""
        return self.sd / float(np.sqrt(self.n))

    def interval(self, level: float) -> tuple[float, float]:
        """The interval of the difference at a level, by Student's t; (nan, nan) where there is no spread."""
        if not self.testable:
            return (np.nan, np.nan)
        half = float(special.stdtrit(self.n - 1, (1 + level) / 2)) * self.error
        return (self.difference - half, self.difference + half)

    def above(self, bound: float = 0.0) -> float:
        """p of the one-sided paired t-test that the difference is above the bound; nan where there is no spread."""
        return self._tail((self.difference - bound) / self.error) if self.testable else np.nan

    @property
    def p(self) -> float:
        """p of the two-sided paired t-test; 1 where the points agree in every seed."""
        if self.n >= 2 and not self.testable and abs(self.difference) < SAME:
            return 1.0
        return 2 * self._tail(abs(self.difference) / self.error) if self.testable else np.nan

    def equivalence(self, margin: float) -> float:
        """p of the two one-sided tests (TOST, Schuirmann 1987) that the difference is within ± margin."""
        if not self.testable:
            return np.nan
        return max(self.above(-margin), self._tail((margin - self.difference) / self.error))

    def _tail(self, t: float) -> float:
        return float(special.stdtr(self.n - 1, -t))


def pair(first: Scores, second: Scores) -> Pair:
    """The pair of two points, from their scores on the same seeds: two arrays [n]."""
    differences = first - second
    sd = float(differences.std(ddof=1)) if len(differences) > 1 else np.nan
    return Pair(len(differences), float(differences.mean()) if len(differences) else np.nan, sd)
