"""The plan of a study: every point with the network that meets the budget there. No training, no torch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

from spectrum.architecture.spec import Network
from spectrum.cost.budget import Budget
from spectrum.cost.closed_form import saturated
from spectrum.cost.matching.match import Match, match
from spectrum.declaration import Declaration
from spectrum.errors import DefinitionError
from spectrum.search.tune import Tune
from spectrum.segments import SegmentsValue, label
from spectrum.training.data.catalog import DataInfo, describe
from spectrum.training.recipe import Recipe

if TYPE_CHECKING:
    import pandas

    from spectrum.search.study import Study

Phase = Literal["tune", "confirm"]

TUNING_SEED = 1_000_000
"""Seeds of tuning trials start here, so that no confirming run repeats one."""


@dataclass(frozen=True)
class Point:
    """One place in the space of a study, with its matched network.

    Attributes:
        label: how tables and plots name it: its segments, and the factors that the study crosses.
        saturated: names of the spatial convolutions with fewer channels than segments.
    """

    label: str
    segments: SegmentsValue
    order: str
    intermediate: str
    residual: bool
    budget: Budget
    match: Match
    saturated: tuple[str, ...]

    def row(self) -> dict[str, Any]:
        """What the plan says of the point, by column of the results."""
        match, budget = self.match, self.budget
        return {
            "point": self.label,
            "segments": label(self.segments),
            "order": self.order,
            "intermediate": self.intermediate,
            "residual": self.residual,
            "budget": budget.label,
            "budget_params": budget.params,
            "budget_macs": budget.macs,
            "tolerance": budget.tolerance,
            "params": match.cost.params,
            "macs": match.cost.macs,
            "activations": match.cost.activations,
            "effective_params": match.cost.effective_params,
            "params_error": match.params_error,
            "macs_error": match.macs_error,
            "scale": match.scale,
            "tilt": match.distortion,
            "saturated": len(self.saturated),
        }


class Run(Declaration):
    """One planned training run: a pure function of what is written here, identified by its digest.

    Attributes:
        number: of the tuning trial, or of the fresh seed.
    """

    network: Network
    data: str
    recipe: Recipe
    tune: Tune
    phase: Phase
    number: int

    @property
    def seed(self) -> int:
        """Paired across points: the same order of the data and the same augmentation for the same number."""
        return self.number + (TUNING_SEED if self.phase == "tune" else 0)


@dataclass(frozen=True)
class Plan:
    """What a study will do: its points, and the runs at each."""

    study: "Study"
    info: DataInfo
    points: tuple[Point, ...]

    def runs(self, point: Point, phase: Phase) -> list[Run]:
        """The runs of a phase at a point, in their order."""
        study = self.study
        numbers = range(study.tune.trials if phase == "tune" else study.seeds)
        return [
            Run(
                network=point.match.network,
                data=study.data,
                recipe=study.recipe,
                tune=study.tune,
                phase=phase,
                number=number,
            )
            for number in numbers
        ]

    def frame(self) -> "pandas.DataFrame":
        """A row a point."""
        import pandas

        return pandas.DataFrame([point.row() for point in self.points])

    @property
    def epochs(self) -> int:
        """Epochs of training that the whole study takes."""
        study = self.study
        each = study.tune.trials * (study.tune.epochs or study.recipe.epochs) + study.seeds * study.recipe.epochs
        return each * len(self.points)


def plan_of(study: "Study") -> Plan:
    """The plan of a study; see `Study.plan`."""
    info = describe(study.data)
    if info.classes != study.network.classes:
        raise DefinitionError(
            f"a network has as many classes as its data, got {study.network.classes} for {info.name} with "
            f"{info.classes}; change the network's classes"
        )
    points = tuple(_points(study, info))
    _refuse_shared_networks(points)
    return Plan(study, info, points)


def _points(study: "Study", info: DataInfo) -> Iterator[Point]:
    factors = study.factors
    orders, between = factors.order or (None,), factors.intermediate or (None,)
    seen = set()
    for budget, segments, order, intermediate, residual in product(
        study.budget, study.segments, orders, between, factors.residual
    ):
        network = study.network.at(segments, order=order, intermediate=intermediate, residual=residual)
        if (network.tree, budget) in seen:
            continue  # a plain convolution has no order and nothing between: one point, not several
        seen.add((network.tree, budget))
        found = match(network, budget, image=info.image, by=study.match)
        yield Point(
            label=_label(study, network, residual),
            segments=segments,
            order=network.order,
            intermediate=network.intermediate,
            residual=residual,
            budget=budget,
            match=found,
            saturated=saturated(found.network, info.image),
        )


def _refuse_shared_networks(points: Sequence[Point]) -> None:
    """Two budgets so close that one network meets both would share its runs."""
    first: dict[Network, Point] = {}
    for point in points:
        other = first.setdefault(point.match.network, point)
        if other is not point:
            raise DefinitionError(
                f"every point of a study has a network of its own, got one at {point.label} for {other.budget.label} "
                f"and for {point.budget.label}; set the budgets further apart, or lower their tolerance"
            )


def _label(study: "Study", network: Network, residual: bool) -> str:
    factors = study.factors
    crossed: list[str] = [
        value
        for value, values in ((network.order, factors.order), (network.intermediate, factors.intermediate))
        if len(values) > 1
    ]
    if len(factors.residual) > 1:
        crossed.append("residual" if residual else "no residual")
    return ", ".join([label(network.segments), *crossed])
