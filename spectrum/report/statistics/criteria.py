"""How results are judged: the level of tests, the margin of equivalence, the kind of interval."""

from dataclasses import dataclass

from spectrum.errors import DefinitionError, choose_from, quoted
from spectrum.report.statistics.intervals import METHODS


@dataclass(frozen=True)
class Criteria:
    """What every finding of a report is judged by.

    Attributes:
        alpha: the level of every test; intervals have the level 1 - alpha.
        margin: the largest difference that counts as equivalent; a fraction of the score, 0.003 being 0.3 points.
        interval: the method for the interval of a mean, by its name in `intervals.METHODS`.

    Raises:
        DefinitionError: where alpha is not between 0 and 1, the margin is not above 0, or there is no such method.
    """

    alpha: float = 0.05
    margin: float = 0.003
    interval: str = "t"

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise DefinitionError(f"the level of a test lies between 0 and 1, got alpha={quoted(self.alpha)}; use 0.05")
        if not 0 < self.margin < 1:
            raise DefinitionError(
                f"the margin of equivalence is a fraction between 0 and 1, got {quoted(self.margin)}; "
                "use 0.003 for 0.3 points"
            )
        if self.interval not in METHODS:
            raise DefinitionError(choose_from("interval method", self.interval, METHODS))

    @property
    def level(self) -> float:
        """The level of intervals: 0.95 for tests at 0.05."""
        return 1 - self.alpha
