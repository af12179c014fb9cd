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
from spectrum.report.figures.effect_curves import effect_curves, effects_by_width
from spectrum.report.figures.panels import panels
from spectrum.report.figures.race_course import race_course
from spectrum.report.figures.response_curves import response_curves
from spectrum.report.figures.style import STYLE
from spectrum.report.figures.training_profiles import training_profiles
from spectrum.report.figures.tuned_learning_rates import tuned_learning_rates
from spectrum.report.statistics.findings import Findings, findings
from spectrum.results.columns import FACTORS
from spectrum.results.results import Results

OTHERS = tuple(name for name in FACTORS if name != "budget")


@dataclass(frozen=True)
class Picture:
    """A figure that can be asked for by name.

    Attributes:
        title: what a heading calls it; {} stands for what the study is scored by.
        draws: what is drawn side by side, each on axes of its own.
        split: the factors of which every combination is drawn apart.
        same_scales: whether all axes have the same range of x and of y.
        of_factors: whether it is of crossed factors alone, and says nothing of a study without any.
    """

    title: str
    draws: tuple[Callable[[Findings, Axes], Axes], ...]
    split: tuple[str, ...] = OTHERS
    same_scales: bool = False
    of_factors: bool = False


FIGURES = {
    "accuracy_vs_segments": Picture("{} against segments", (accuracy_vs_segments,), same_scales=True),
    "differences": Picture("Differences from the leading point", (differences,)),
    "effect_curves": Picture("Effects of the factors", (effect_curves,), split=(), of_factors=True),
    "effects_by_width": Picture("Effects by width of the segments", (effects_by_width,), split=(), of_factors=True),
    "race_course": Picture("Differences as seeds came in", (race_course,)),
    "training_profiles": Picture(
        "Training profiles",
        (partial(training_profiles, legend=False), partial(training_profiles, quantity="validation_loss")),
        split=tuple(FACTORS),
    ),
    "accuracy_vs_time": Picture("{} against time", (accuracy_vs_time,), same_scales=True),
    "accuracy_vs_macs": Picture("{} against MACs", (accuracy_vs_macs,), same_scales=True),
    "response_curves": Picture("Response curves of tuning", (response_curves,), split=tuple(FACTORS)),
    "tuned_learning_rates": Picture("Learning rates", (tuned_learning_rates,)),
    "budget_match": Picture("Match with the budget", (budget_match,)),
}


def all_figures(results: Results | Findings) -> list[str]:
    """The names of the figures that say something of a study."""
    crossed = bool(findings(results).factors)
    return [name for name, picture in FIGURES.items() if crossed or not picture.of_factors]


@public
def figure(name: str, results: Results | Findings) -> Figure:
    """A figure by its name, drawn without pyplot: axes for each combination of the factors besides the budget.

    Raises:
        DefinitionError: where there is no such figure, or nothing to draw yet.
    """
    if name not in FIGURES:
        raise DefinitionError(choose_from("figure", name, FIGURES))
    picture = FIGURES[name]
    with mpl.rc_context(STYLE):
        return panels(findings(results), picture.draws, split=picture.split, same_scales=picture.same_scales)
