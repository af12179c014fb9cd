"""The budget that every point of a study is matched to."""

from pydantic import Field, StrictInt

from spectrum.cost.quantities import Cost
from spectrum.declaration import Declaration


class Budget(Declaration):
    """Target parameters and MACs, each to be met within a tolerance.

    Attributes:
        params: trainable parameters.
        macs: multiply-accumulates of one image (FLOPs = 2 x MACs).
        tolerance: the largest miss allowed on either, as a fraction.
    """

    params: StrictInt = Field(ge=1)
    macs: StrictInt = Field(ge=1)
    tolerance: float = Field(default=0.01, gt=0, lt=1)

    def errors(self, cost: Cost) -> tuple[float, float]:
        """By what fraction the cost is above (+) or below (-) the budget: parameters, MACs."""
        return cost.params / self.params - 1, cost.macs / self.macs - 1

    @property
    def label(self) -> str:
        """The budget as axes and tables write it."""
        return f"{quantity(self.params)} params, {quantity(self.macs)} MACs"


def quantity(number: float) -> str:
    """A large number with three digits and its SI prefix: 100 k, 4.7 M, 8.36 G."""
    rounded = float(f"{number:.3g}")
    for unit, prefix in ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")):
        if rounded >= unit:
            return f"{rounded / unit:.10g}{prefix}"
    return f"{rounded:.10g}"
