"""A whole figure for a file: small multiples where a study crosses several factors, drawn without pyplot."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spectrum.errors import DefinitionError, choose_from
from spectrum.report.groups import groups, varies, words
from spectrum.report.plots.budget import budget_match
from spectrum.report.plots.cost import accuracy_vs_macs, accuracy_vs_time
from spectrum.report.plots.profiles import training_profiles
from spectrum.report.plots.segments import accuracy_vs_segments
from spectrum.report.plots.style import COLUMN, STYLE, bare
from spectrum.report.plots.tuning import tuned_learning_rates
from spectrum.results.columns import FACTORS
from spectrum.results.results import Results

FIGURES: dict[str, Callable[..., Axes]] = {
    "accuracy_vs_segments": accuracy_vs_segments,
    "training_profiles": training_profiles,
    "accuracy_vs_time": accuracy_vs_time,
    "accuracy_vs_macs": accuracy_vs_macs,
    "tuned_learning_rates": tuned_learning_rates,
    "budget_match": budget_match,
}
OTHERS = tuple(name for name in FACTORS if name != "budget")


def figure(name: str, results: Results) -> Figure:
    """A figure by its name: a panel for each combination of the factors besides the budget.

    Training profiles have a row for each group, accuracy beside loss.

    Raises:
        DefinitionError: where there is no such figure, or nothing to draw yet.
    """
    if name not in FIGURES:
        raise DefinitionError(choose_from("figure", name, FIGURES))
    with mpl.rc_context(STYLE):
        return _profiles(results) if name == "training_profiles" else _panels(name, results)


def _panels(name: str, results: Results) -> Figure:
    parts = split(results, OTHERS)
    columns = min(len(parts), 2)
    rows = -(-len(parts) // columns)
    made, axes = bare((COLUMN[0] * columns, COLUMN[1] * rows), rows, columns)
    for ax, (title, part) in zip(axes, parts.items(), strict=False):
        FIGURES[name](part, ax)
        _entitle(ax, title)
    if name.startswith("accuracy"):
        _same_height(axes[: len(parts)])
    for ax in axes[len(parts) :]:
        ax.remove()
    return made


def _profiles(results: Results) -> Figure:
    parts = split(results, FACTORS)
    made, axes = bare((2 * COLUMN[0], COLUMN[1] * len(parts)), len(parts), 2)
    for row, (title, part) in enumerate(parts.items()):
        accuracy, loss = axes[2 * row : 2 * row + 2]
        training_profiles(part, accuracy)
        training_profiles(part, loss, quantity="validation_loss")
        accuracy.legend([]).remove()
        loss.set_title("")
        accuracy.set_title("; ".join(filter(None, (title, accuracy.get_title("left")))))
    return made


def split(results: Results, factors: Sequence[str]) -> dict[str, Results]:
    """The results of each combination of some factors, by those of their values that vary."""
    keys: dict[str, list[str]] = {}
    for group in groups(results):
        title = "; ".join(words(name, group.factors[name]) for name in factors if varies(results, name))
        keys.setdefault(title, []).extend(group.runs["key"])
    if len(keys) == 1:
        return dict.fromkeys(keys, results)
    return {title: _only(results, wanted) for title, wanted in keys.items()}


def _only(results: Results, keys: Sequence[str]) -> Results:
    def chosen(table: pd.DataFrame) -> pd.DataFrame:
        return table[table["key"].isin(keys)]

    return replace(results, runs=chosen(results.runs), epochs=chosen(results.epochs))


def _same_height(axes: Sequence[Axes]) -> None:
    lows, highs = zip(*(ax.get_ylim() for ax in axes), strict=True)
    for ax in axes:
        ax.set_ylim(min(lows), max(highs))


def _entitle(ax: Axes, title: str) -> None:
    """Name a panel, above its legend where that stands above the axes."""
    heading = ax.legend_.get_title() if ax.legend_ else None
    if heading is None or heading.get_text() == "segments":
        ax.set_title(title)
    elif title:
        heading.set_text(f"{title}\n{heading.get_text()}")
        heading.set_color("black")
