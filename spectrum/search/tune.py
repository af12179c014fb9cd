"""How each point of a study is tuned."""

from typing import Any, Literal, Self, get_args

from pydantic import Field, StrictInt, field_validator, model_validator

from spectrum.declaration import Declaration
from spectrum.errors import DefinitionError, quoted
from spectrum.tuning.fewest import least_trials

Range = tuple[float, float]
Sampler = Literal["grid", "tpe", "gp", "cma-es", "qmc", "random"]

SPREAD = 5.0
"""How far a range reaches on both sides of the recipe's own value, as a factor."""

FEW: dict[Sampler, int] = {"tpe": 20, "gp": 10, "cma-es": 20}
"""The trials that a sampler needs to know better than chance, about: it learns from those that it has seen."""


def around(value: float) -> Range:
    """The range that is tuned over where a recipe's own value is all that is known."""
    return value / SPREAD, value * SPREAD


def _no_range(got: object) -> DefinitionError:
    return DefinitionError(
        f"a tuning range is (low, high) with 0 < low < high, got {quoted(got)}; use for example (0.02, 0.5)"
    )


class Tune(Declaration):
    """The tuning that every point gets alike: the same trials over the same ranges, on the validation split.

    Settings are read off a response surface that is fitted to the trials of all points together (`spectrum.tuning`),
    since the best of a few noisy trials is mostly the luckiest.

    Attributes:
        trials: how many, at each point.
        lr: lowest and highest learning rate; a range around the recipe's where not given (see `around`).
        weight_decay: lowest and highest, or None to leave the recipe's.
        epochs: of a trial; the recipe's where not given. With fewer, the best learning rate may be another.
        sampler: "grid", the same settings at every point, evenly spread; or one of Optuna's, "tpe", "gp", "cma-es",
            "qmc" or "random", that chooses the second half of the trials from the point's own history.
        pruner: "median" ends trials that do worse than half of that point's earlier ones; "none" ends none.
    """

    trials: StrictInt = Field(default=8, ge=1)
    lr: Range | None = None
    weight_decay: Range | None = None
    epochs: StrictInt | None = Field(default=None, ge=1)
    sampler: Sampler = "grid"
    pruner: Literal["none", "median"] = "none"

    @field_validator("lr", "weight_decay", mode="before")
    @classmethod
    def _pair(cls, limits: Any) -> Any:
        if limits is not None and not (isinstance(limits, list | tuple) and len(limits) == 2):
            raise _no_range(limits)
        return limits

    @field_validator("lr", "weight_decay")
    @classmethod
    def _ordered(cls, limits: Range | None) -> Range | None:
        if limits is not None and not 0 < limits[0] < limits[1]:
            raise _no_range(limits)
        return limits

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.trials < self.common:
            raise DefinitionError(
                f"a point's best settings are read off a quadratic through {self.common} trials or more, got "
                f"trials={self.trials}; use for example trials=8"
            )
        if self.sampler == "cma-es" and self.weight_decay is None:
            raise DefinitionError(
                "cma-es searches two settings or more, got the learning rate alone; give weight_decay a range, or use "
                f"another of {', '.join(get_args(Sampler))}"
            )
        return self

    @property
    def common(self) -> int:
        """How many trials have settings that are the same at every point: all of a grid, else half, and the fewest."""
        least = least_trials(1 if self.weight_decay is None else 2)
        return max(least, self.trials if self.sampler == "grid" else (self.trials + 1) // 2)

    @property
    def few(self) -> int | None:
        """How many trials the sampler would need, where it has fewer."""
        wanted = FEW.get(self.sampler, 0)
        return wanted if self.trials < wanted else None
