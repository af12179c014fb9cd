"""Every figure by its name: to add one, write its function in a file of its own and give it a line here."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spectrum.errors import DefinitionError, choose_from
from spectrum.public import public
from spectrum.report.figures.accuracy_vs_cost import accuracy_vs_macs, accuracy_vs_time
from spectrum.report.figures.accuracy_vs_segments import accuracy_vs_segments
from spectrum.report.figures.budget_match import budget_match
from spectrum.report.figures.differences import differences
from spectrum.report.figures.effect_curves import effect_curves, effects_by_width, split_by_comparison
from spectrum.report.figures.panels import panels, split_by
from spectrum.report.figures.race_course import race_course
from spectrum.report.figures.response_curves import response_curves
from spectrum.report.figures.style import STYLE
from spectrum.report.figures.training_profiles import training_profiles
from spectrum.report.figures.tuned_learning_rates import tuned_learning_rates
from spectrum.report.statistics.findings import Findings, findings
from spectrum.results.columns import FACTORS
from spectrum.results.results import Results

Parts = Callable[[Findings], dict[str, Findings]]

by_group = partial(split_by, factors=tuple(FACTORS))
by_other_factors = partial(split_by, factors=[name for name in FACTORS if name != "budget"])


@dataclass(frozen=True)
class Picture:
    """A figure that can be asked for by name.

    Attributes:
        title: what a heading calls it; {} stands for what the study is scored by.
        draws: what is drawn side by side, each on axes of its own.
        split: the parts that are drawn apart, by their titles.
        same_scales: whether all axes have the same range of x and of y.
        tells: whether it says something of a study.
    """

    title: str
    draws: tuple[Callable[[Findings, Axes], Axes], ...]
    split: Parts = by_other_factors
    same_scales: bool = False
    tells: Callable[[Findings], bool] = lambda _: True


def _crosses_factors(found: Findings) -> bool:
    return bool(found.factors)


def _is_a_race(found: Findings) -> bool:
    return bool(found.schedule.looks)


def _has_several_budgets(found: Findings) -> bool:
    return len({group.group.factors["budget"] for group in found.groups}) > 1


FIGURES = {
    "accuracy_vs_segments": Picture("{} against segments", (accuracy_vs_segments,), same_scales=True),
    "differences": Picture("Differences from the leading point", (differences,)),
    "effect_curves": Picture(
        "Effects of the factors", (effect_curves,), split_by_comparison, same_scales=True, tells=_crosses_factors
    ),
    "effects_by_width": Picture(
        "Effects by width of the segments",
        (effects_by_width,),
        split_by_comparison,
        same_scales=True,
        tells=_crosses_factors,
    ),
    "race_course": Picture("Differences as seeds came in", (race_course,), by_group, tells=_is_a_race),
    "training_profiles": Picture(
        "Training profiles",
        (partial(training_profiles, legend=False), partial(training_profiles, quantity="validation_loss")),
        by_group,
    ),
    "accuracy_vs_time": Picture("{} against time", (accuracy_vs_time,), same_scales=True),
    "accuracy_vs_macs": Picture("{} against MACs", (accuracy_vs_macs,), same_scales=True, tells=_has_several_budgets),
    "response_curves": Picture("Response curves of tuning", (response_curves,), by_group),
    "tuned_learning_rates": Picture("Learning rates", (tuned_learning_rates,)),
    "budget_match": Picture("Match with the budget", (budget_match,)),
}


def all_figures(results: Results | Findings) -> list[str]:
    """The names of the figures that say something of a study."""
    found = findings(results)
    return [name for name, picture in FIGURES.items() if picture.tells(found)]


@public
def figure(name: str, results: Results | Findings) -> Figure:
    """A figure by its name, drawn without pyplot: axes for each part of the study that is best seen apart.

    Raises:
        DefinitionError: where there is no such figure, or nothing to draw yet.
    """
    if name not in FIGURES:
        raise DefinitionError(choose_from("figure", name, FIGURES))
    picture = FIGURES[name]
    with mpl.rc_context(STYLE):
        return panels(picture.split(findings(results)), picture.draws, same_scales=picture.same_scales)
