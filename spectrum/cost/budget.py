"""The budget that every point of a study is matched to."""

from math import log
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, StrictInt, model_validator

from spectrum.cost.quantities import quantity
from spectrum.declaration import Declaration
from spectrum.errors import DefinitionError


def _whole(value: Any) -> Any:
    """1e6 is as good as 1_000_000."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[StrictInt, BeforeValidator(_whole)]


class Budget(Declaration):
    """Target parameters and MACs, or one of them alone, each to be met within a tolerance.

    Attributes:
        params: trainable parameters; None where only the MACs are to be met.
        macs: multiply-accumulates of one image (FLOPs = 2 x MACs); None where only the parameters are.
        tolerance: the largest miss allowed on either, as a fraction.
    """

    params: Whole | None = Field(default=None, ge=1)
    macs: Whole | None = Field(default=None, ge=1)
    tolerance: float = Field(default=0.01, gt=0, lt=1)

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if self.params is None and self.macs is None:
            raise DefinitionError("a budget sets params, macs or both, got neither; set at least one")
        return self

    def errors(self, params: float, macs: float) -> tuple[float | None, float | None]:
        """By what fraction each is above (+) or below (-) the budget; None where that is open."""
        return _miss(params, self.params), _miss(macs, self.macs)

    def miss(self, params: float, macs: float) -> float:
        """The larger of the two misses, as a fraction."""
        return max(abs(error) for error in self.errors(params, macs) if error is not None)

    def log_ratios(self, params: float, macs: float) -> list[float]:
        """The logarithms of cost over target, of those targets that there are: parameters, MACs."""
        pairs = ((params, self.params), (macs, self.macs))
        return [log(number / target) for number, target in pairs if target is not None]

    @property
    def label(self) -> str:
        """The budget as axes and tables write it."""
        named = ((self.params, "params"), (self.macs, "MACs"))
        return ", ".join(f"{quantity(target)} {name}" for target, name in named if target is not None)


def _miss(number: float, target: int | None) -> float | None:
    return None if target is None else number / target - 1
