"""The plan of a study: every point with the network that meets the budget there. No training, no torch."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, Literal

from spectrum.architecture.own_network import OwnNetwork
from spectrum.architecture.spec import Network
from spectrum.cost.budget import Budget
from spectrum.cost.closed_form import saturated
from spectrum.cost.matching.match import Match, match
from spectrum.cost.segment_width import segment_width
from spectrum.errors import DefinitionError, as_argument
from spectrum.public import public
from spectrum.results.columns import FACTORS
from spectrum.search.own_match import OwnMatch, own_matches
from spectrum.search.study import Study
from spectrum.search.tune import Tune
from spectrum.segments import PLAIN, SegmentsValue, label
from spectrum.training.data.catalog import DataInfo, describe
from spectrum.training.mean_average_precision import MeanAveragePrecision, metric_for
from spectrum.training.recipe import Recipe
from spectrum.weights.fitting import check_some
from spectrum.weights.start import Start, start_in

Phase = Literal["tune", "confirm"]

TUNING_SEED = 1_000_000
"""Seeds of tuning trials start here, so that no confirming run repeats one."""


@dataclass(frozen=True)
class Point:
    """One place in the space of a study, with its matched network and all that its runs have in common.

    Attributes:
        label: how tables and plots name it: its segments, and the factors that the study crosses.
        factors: the values of what the study may cross with the segments, by column of the results.
        declared: its network before that is matched.
        saturated: names of the spatial convolutions with fewer channels than segments.
        start: weights that its network starts from, where they fit; None where it is initialised as usual.
        taken: the share of its parameters that these are taken for.
    """

    label: str
    segments: SegmentsValue
    factors: Mapping[str, Any]
    budget: Budget
    declared: Network | OwnNetwork
    match: Match | OwnMatch
    saturated: tuple[str, ...]
    data: str
    recipe: Recipe
    tune: Tune
    start: Start | None = None
    taken: float | None = None
    metric: MeanAveragePrecision | None = None

    @cached_property
    def digest(self) -> str:
        """The identity of what its runs have in common.

        Network, data, recipe and tuning; and the weights given, and the metric if it is MAP.
        """
        parts = [self.match.network.to_json(), self.data, self.recipe.to_json(), self.tune.to_json()]
        parts += [self.start.digest] if self.start else []
        parts += [self.metric.to_json()] if self.metric else []
        return _digest(json.dumps(parts))

    def row(self) -> dict[str, Any]:
        """What the plan says of the point, by column of the results."""
        match, budget = self.match, self.budget
        return {
            "point": self.label,
            "segments": label(self.segments),
            **self.factors,
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
            "distortion": match.distortion,
            "saturated": len(self.saturated),
            "segment_width": segment_width(match.cost.layers),
            **(match.row() if isinstance(match, OwnMatch) else {}),
            "taken": self.taken,
        }


@dataclass(frozen=True, eq=False)
class Run:
    """One planned training run.

    Attributes:
        number: of the tuning trial, or of the fresh seed.
    """

    point: Point
    phase: Phase
    number: int

    @cached_property
    def key(self) -> str:
        """Its identity, 16 hex digits: of its point, its phase and its number, on which all that it does depends."""
        return _digest(f"{self.point.digest} {self.phase} {self.number}")

    @property
    def seed(self) -> int:
        """Paired across points: the same order of the data and the same augmentation for the same number."""
        return self.number + (TUNING_SEED if self.phase == "tune" else 0)

    @property
    def epochs(self) -> int:
        """How long it trains at most."""
        return (self.phase == "tune" and self.point.tune.epochs) or self.point.recipe.epochs

    def described(self) -> dict[str, Any]:
        """What it is, for those who look into the store by other means."""
        point = self.point
        return {
            "point": point.label,
            "segments": label(point.segments),
            "budget": point.budget.label,
            "phase": self.phase,
            "number": self.number,
            "seed": self.seed,
        }


@dataclass(frozen=True, repr=False)
class Plan:
    """What a study will do: its points, and the runs at each.

    Attributes:
        study: as it was declared, with the metric that follows from its data, and with what a model of one's own costs
            for a budget, where it left these open.
    """

    study: Study
    info: DataInfo
    points: tuple[Point, ...]

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """Every run: tuning before confirming, and by number across the points."""
        phases: tuple[tuple[Phase, int], ...] = (("tune", self.study.tuning.trials), ("confirm", self.study.most_seeds))
        return tuple(
            Run(point, phase, number) for phase, count in phases for number in range(count) for point in self.points
        )

    @property
    def epochs(self) -> int:
        """Epochs of training that the whole study takes at most."""
        return sum(run.epochs for run in self.runs)

    def __repr__(self) -> str:
        """A line for each point; `spectrum plan` shows more."""
        head = f"Plan of {self.study.name}: {len(self.points)} points, at most {len(self.runs)} runs"
        costs = (
            f"{point.label}: {point.match.cost.params:,} params, {point.match.cost.macs:,} MACs"
            for point in self.points
        )
        return "\n  ".join([head, *costs])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@public
def plan(study: Study) -> Plan:
    """Every point of a study with its matched widths and what it costs; nothing is trained, torch is not loaded.

    A model of one's own is made and looked at in a process of its own, where torch is.

    Raises:
        BudgetError: where a point cannot meet a budget.
        DataError: where the data cannot be found.
        DefinitionError: where network and data, or data and metric, do not fit, two points would be one, or nothing of
            the weights that they start from fits.
        StoreError: where these cannot be read.
    """
    info = describe(study.data)
    if isinstance(study.network, Network) and info.classes != study.network.classes:
        raise DefinitionError(
            f"a network has as many classes as its data, got {study.network.classes} for {info.name} with "
            f"{info.classes}; change the network's classes"
        )
    metric = metric_for(info, recipe=study.recipe, metric=study.metric)
    study = study if metric == study.metric else study.replace(metric=metric)
    start = None if study.start is None else start_in(study.start)
    points = tuple(_points(study, info, start))
    study = study if study.budget else study.replace(budget=points[0].budget)
    _refuse_shared_networks(points)
    if start is not None:
        check_some(max(point.taken or 0.0 for point in points))
    return Plan(study, info, points)


def _points(study: Study, info: DataInfo, start: Start | None) -> Iterator[Point]:
    for budget in study.budget or (None,):
        places = list(product(study.segments, study.factors.combinations()))
        network = study.network
        if budget is not None and isinstance(network, OwnNetwork):
            network = network.replace(tolerance=budget.tolerance)
        networks = [network.at(segments, **chosen) for segments, chosen in places]
        # A plain convolution has no order and nothing between: one point, not several.
        first = {_function_of(network): place for place, network in reversed(list(enumerate(networks)))}
        chosen = [(places[place][0], networks[place]) for place in sorted(first.values())]
        matches = _matched([at_point for _, at_point in chosen], budget, study, info)
        for (segments, at_point), (met, found) in zip(chosen, matches, strict=True):
            yield _point(study, info, start, met, segments, at_point, found)


def _function_of(network: Network | OwnNetwork) -> object:
    """What two points that compute the same have in common."""
    if isinstance(network, Network):
        return network.tree
    return network.segments if network.segments == PLAIN else network


def _matched(
    networks: Sequence[Network | OwnNetwork], budget: Budget | None, study: Study, info: DataInfo
) -> Iterator[tuple[Budget, Match | OwnMatch]]:
    """Each at its budget: that of the study, or what a model of one's own costs."""
    own = [network for network in networks if isinstance(network, OwnNetwork)]
    answers = own_matches(own, budget, info, kept=study.keep != "none") if own else {}
    for network in networks:
        if isinstance(network, OwnNetwork):
            yield answers[network].budget, answers[network]
        elif budget is not None:
            yield budget, match(network, budget, image=info.image, by=study.match)


def _point(
    study: Study,
    info: DataInfo,
    start: Start | None,
    budget: Budget,
    segments: SegmentsValue,
    network: Network | OwnNetwork,
    found: Match | OwnMatch,
) -> Point:
    factors = network.factors
    crossed = [FACTORS[name].words(factors[name]) for name in factors if len(getattr(study.factors, name)) > 1]
    return Point(
        label=", ".join([label(segments), *crossed]),
        segments=segments,
        factors=factors,
        budget=budget,
        declared=network,
        match=found,
        saturated=found.saturated if isinstance(found, OwnMatch) else saturated(found.network, info.image),
        data=study.data,
        recipe=study.recipe,
        tune=study.tuning,
        start=start,
        taken=None if start is None else _taken(start, found, info),
        metric=study.metric,
    )


def _taken(start: Start, found: Match | OwnMatch, info: DataInfo) -> float:
    if isinstance(found, OwnMatch):
        return start.share_of(found.network, found.tensors)
    return start.share(found.network, info.image)


def _refuse_shared_networks(points: Sequence[Point]) -> None:
    """Two budgets so close that one network meets both, or two segments so many that both are one per channel."""
    first: dict[object, Point] = {}
    for point in points:
        other = first.setdefault((point.match.cost.layers, tuple(point.factors.values())), point)
        if other is point:
            continue
        if other.budget == point.budget:
            raise DefinitionError(
                f"every point of a study has a network of its own, got the same at {as_argument(other.label)} and at "
                f"{as_argument(point.label)}, where no layer has as many channels as segments; leave one of them out"
            )
        raise DefinitionError(
            f"every point of a study has a network of its own, got one at {as_argument(point.label)} for "
            f"{other.budget.label} and for {point.budget.label}; set the budgets further apart, or lower their "
            "tolerance"
        )
