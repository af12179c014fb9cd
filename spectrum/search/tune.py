"""How each point of a study is tuned, and what Optuna's samplers and pruners say within a point.

What is tried next is a pure function of the point's finished trials, so that any interruption changes nothing.
"""

from typing import Literal

from pydantic import Field, StrictInt, field_validator

from spectrum.declaration import Declaration
from spectrum.errors import DefinitionError

Range = tuple[float, float]

SPREAD = 5.0
"""How far a range reaches on both sides of the recipe's own value, as a factor."""


def around(value: float) -> Range:
    """The range that is tuned over where a recipe's own value is all that is known."""
    return value / SPREAD, value * SPREAD


class Tune(Declaration):
    """The tuning that every point gets alike: the same trials over the same ranges, on the validation split.

    The first half of the trials is spread evenly over the logarithm of the learning rate, the same for every point;
    the sampler chooses the others from that point's own history.

    Attributes:
        trials: how many, at each point.
        lr: lowest and highest learning rate; a range around the recipe's where not given (see `around`).
        weight_decay: lowest and highest, or None to leave the recipe's.
        epochs: of a trial; the recipe's where not given.
        sampler: Optuna's "tpe" or "random".
        pruner: Optuna's "median" ends trials that do worse than half of that point's earlier ones; "none" ends none.
    """

    trials: StrictInt = Field(default=8, ge=1)
    lr: Range | None = None
    weight_decay: Range | None = None
    epochs: StrictInt | None = Field(default=None, ge=1)
    sampler: Literal["tpe", "random"] = "tpe"
    pruner: Literal["none", "median"] = "none"

    @field_validator("lr", "weight_decay")
    @classmethod
    def _ordered(cls, limits: Range | None) -> Range | None:
        if limits is not None and not 0 < limits[0] < limits[1]:
            raise DefinitionError(
                f"a tuning range is (low, high) with 0 < low < high, got {limits}; use for example (0.02, 0.5)"
            )
        return limits
