"""The declaration of a study: what is compared, at which budget, on which data, with how much effort."""

from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, model_validator

from spectrum.architecture.between import Between, sequence_text
from spectrum.architecture.modules import Order, Widths
from spectrum.architecture.own_network import OwnNetwork, declared_network
from spectrum.architecture.spec import Network
from spectrum.cost.budget import Budget
from spectrum.cost.matching.protocols import Matching, Protocol
from spectrum.declaration import Declaration
from spectrum.errors import DefinitionError, quoted
from spectrum.search.race_seeds import Seeds, SeedsValue
from spectrum.search.study_name import checked_name
from spectrum.search.tune import Tune, around
from spectrum.segments import Segments, SegmentsValue, label
from spectrum.training import recipes
from spectrum.training.mean_average_precision import MeanAveragePrecision
from spectrum.training.recipe import Recipe


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, Budget | dict) else value


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value


def _as_recipe(value: Any) -> Any:
    return recipes.named(value) if isinstance(value, str) else value


def _as_network(value: Any) -> Any:
    """The network that an import path, or what a declaration dumps to, stands for."""
    if isinstance(value, str) and ":" in value:
        return OwnNetwork(model=value)
    value = declared_network(value)
    if not isinstance(value, Network | OwnNetwork):
        raise DefinitionError(
            "the network of a study is a sp.Network, or names a function that returns a model, got "
            f"{quoted(value)}; use for example sp.networks.small() or 'package.module:function'"
        )
    return value


def _refuse_repeats(what: str, values: Sequence[object]) -> None:
    if len(set(values)) < len(values):
        raise DefinitionError(f"the {what} are distinct, got {', '.join(map(str, values))}; leave the repeated one out")


def _refuse_widths(segments: SegmentsValue) -> None:
    if isinstance(segments, tuple):
        raise DefinitionError(
            f"the segments of a study are counts, got the widths {label(segments)}: to meet a budget the channels have "
            f"to change, and with them the widths; use for example {len(segments)}"
        )


class Factors(Declaration):
    """What a study crosses its segments with: every combination of the values becomes a point.

    Attributes:
        order: orders of the convolutions in a block; the network's own where empty.
        intermediate: what stands between them; the network's own where empty.
        residual: with the residuals as the network declares them (True), or with none (False).
        hidden: widths of the fully connected layers before the classifier, () for none; the network's own where empty.
    """

    order: tuple[Order, ...] = ()
    intermediate: tuple[Between, ...] = ()
    residual: tuple[StrictBool, ...] = Field(default=(True,), min_length=1)
    hidden: tuple[Widths, ...] = Field(default=(), exclude_if=lambda values: not values)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        for name in type(self).model_fields:
            values = getattr(self, name)
            _refuse_repeats(
                f"values of the factor {name!r}",
                [sequence_text(value) if isinstance(value, tuple) else value for value in values],
            )
        return self

    def combinations(self) -> Iterator[dict[str, Any]]:
        """Every combination of the values, as `Network.at` takes them; a factor without values is left out."""
        given = {name: values for name in type(self).model_fields if (values := getattr(self, name))}
        return (dict(zip(given, values, strict=True)) for values in product(*given.values()))


class Study(Declaration):
    """A search study: which number of segments is best at the same parameters and the same MACs?

    Attributes:
        name: names the study's folder and its runs: letters, digits, dots, dashes and underscores.
        network: the network whose widths are matched at every point; or a model of one's own, rewritten at every point,
            by its import path "package.module:function" or as an OwnNetwork.
        segments: the points of the spectrum.
        budget: one budget, or several; what a model of one's own costs where not given.
        data: a known data set, or a user's own: see `spectrum data`.
        recipe: how every run is trained; a Recipe or the name of one.
        tune: the tuning of each point.
        seeds: fresh seeds with which each tuned point is trained again and scored on the test split: as many for each,
            or Seeds, a race in which points that can no longer win get no more.
        factors: what else is crossed with the segments.
        match: how the budget is met: "widths", "inner", "depth" or "resnext", or a Matching of one's own.
        keep: whose trained networks stay in the study's folder: of the "best" seed of each point, by the validation
            split, of "all", or "none". It may change while a study goes on; of runs that are over, none comes back.
        start: a .safetensors file of weights from which every network takes what fits by name and shape: fine-tuning.
            It holds a kept network, or a state dict that `sp.load_weights` knows; for a model of one's own, one with
            the names of its layers. Plan and verdict say how much each point takes: one that takes more begins ahead.
            The file's content belongs to the study, its path does not.
        metric: what points are compared by where images show several classes: MAP@100 where not given. Those of one
            class are compared by accuracy.

    Raises:
        DefinitionError: where a field breaks its rule.
    """

    name: Annotated[str, AfterValidator(checked_name)]
    network: Annotated[Network | OwnNetwork, BeforeValidator(_as_network)]
    segments: tuple[Segments, ...] = Field(min_length=1)
    budget: Annotated[tuple[Budget, ...], BeforeValidator(_as_tuple)] = ()
    data: str = "digits"
    recipe: Annotated[Recipe, BeforeValidator(_as_recipe)] = Recipe()
    tune: Tune = Tune()
    seeds: SeedsValue = 10
    factors: Factors = Factors()
    match: Protocol = Matching()
    keep: Literal["best", "all", "none"] = "best"
    start: Annotated[str, BeforeValidator(_as_text)] | None = Field(default=None, exclude_if=lambda path: path is None)
    metric: MeanAveragePrecision | None = Field(default=None, exclude_if=lambda metric: metric is None)

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        for value in self.segments:
            _refuse_widths(value)
        self._refuse_settings_twice()
        if isinstance(self.seeds, Seeds) and len(self.segments) == 1:
            raise DefinitionError(
                f"a race needs two points, got segments {label(self.segments[0])} alone; add segments, or give a "
                "number of seeds"
            )
        _refuse_repeats("segments of a study", [label(value) for value in self.segments])
        _refuse_repeats("budgets of a study, to three digits,", [budget.label for budget in self.budget])
        if isinstance(self.network, OwnNetwork):
            self._check_own()
        elif not self.budget:
            raise DefinitionError(
                "a study has a budget to which its points are matched, got none; add for example "
                "budget=sp.Budget(params=100_000, macs=3_000_000)"
            )
        elif len(self.segments) > 1 and not self.network.open:
            raise DefinitionError(
                f"a study varies the segments of its network, got {len(self.segments)} values for one whose modules "
                "all have their own or are not separable; leave the segments of at least one separable module open"
            )
        return self

    def _check_own(self) -> None:
        """What a study of a user's own model has no use for."""
        if self.match != Matching():
            raise DefinitionError(
                f"a model of one's own is matched layer by layer, got match={self.match.name or self.match!r}; "
                "leave it out"
            )
        if False in self.factors.residual:
            raise DefinitionError(
                "residuals of a model of one's own are in its code, got the factor residual=False; leave that out"
            )
        if self.factors.hidden:
            raise DefinitionError(
                "fully connected layers of a model of one's own are in its code, got the factor "
                f"hidden={self.factors.hidden!r}; leave that out"
            )

    def _refuse_settings_twice(self) -> None:
        """No setting of the recipe that the tuning would silently replace."""
        for name in ("lr", "weight_decay"):
            own, limits = getattr(self.recipe, name), getattr(self.tune, name)
            if limits is not None and own != Recipe.model_fields[name].default:
                remedy = "leave tune.lr out to tune around the recipe's" if name == "lr" else "leave one of them out"
                raise DefinitionError(
                    f"{name} is either tuned or the recipe's, got tune.{name}={limits} and recipe.{name}={own:g}; "
                    f"{remedy}"
                )

    @property
    def most_seeds(self) -> int:
        """How many seeds a point gets at most."""
        return self.seeds.looks[-1] if isinstance(self.seeds, Seeds) else self.seeds

    @property
    def tuning(self) -> Tune:
        """How each point is tuned, the learning rates included where the study leaves them to its recipe."""
        return self.tune if self.tune.lr else self.tune.replace(lr=around(self.recipe.lr))
