"""Effects of crossed factors along the spectrum, on effects that are known."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.text import Text

from spectrum.report.figures.effect_curves import effect_curves, effect_table, effects_by_width
from spectrum.report.figures.style import bare
from spectrum.report.statistics.findings import Findings, findings
from spectrum.results.results import Results

Make = Callable[..., Results]
EFFECT = {"1": 0.0, "4": -0.004, "depthwise": -0.03}


@pytest.fixture
def crossed(given: Make) -> Findings:
    """Nothing between the convolutions, or ReLU, whose effect is given at each segments value."""
    rng = np.random.default_rng(2)
    base = {point: 0.9 + rng.normal(0, 0.0005, 8) for point in EFFECT}
    parts = [
        given({point: base[point] + shift * between for point, shift in EFFECT.items()}, intermediate=word)
        for word, between in (("none", 0), ("relu", 1))
    ]
    return findings(Results("crossed", pd.concat([part.runs for part in parts])))


def test_the_table_has_the_findings_in_points(crossed: Findings) -> None:
    table = effect_table(crossed).set_index("segments")
    assert set(table["effect"]) == {"relu in between against nothing in between"}
    assert table["difference"].to_dict() == pytest.approx({point: 100 * shift for point, shift in EFFECT.items()})
    (effects,) = crossed.factors
    for point, each in effects.at.items():
        assert table.loc[point, ["low", "high"]].tolist() == pytest.approx([100 * each.low, 100 * each.high])


def test_what_is_drawn_is_the_table(crossed: Findings) -> None:
    _, (ax,) = bare((3.5, 2.6))
    effect_curves(crossed, ax)
    line = next(line for line in ax.get_lines() if line.get_marker() == "o")
    assert list(line.get_xdata()) == [0.0, 2.0, 3.0]
    assert list(line.get_ydata()) == pytest.approx([0.0, -0.4, -3.0])
    dotted = next(line for line in ax.get_lines() if line.get_linestyle() == ":")
    assert dotted.get_ydata()[0] == pytest.approx(-3.4 / 3)
    assert ax.get_ylabel() == "gain in accuracy\n(points)"


def test_the_same_effects_stand_at_the_widths_of_the_segments(crossed: Findings) -> None:
    runs = crossed.results.runs.copy()
    runs["segment_width"] = runs["segments"].map({"1": 32.0, "4": 9.0, "depthwise": 1.0})
    runs.loc[(runs["segments"] == "4") & (runs["intermediate"] == "relu"), "segment_width"] = 4.0
    _, (ax,) = bare((3.5, 2.6))
    effects_by_width(Results("crossed", runs), ax)
    line = next(line for line in ax.get_lines() if line.get_marker() == "o")
    assert list(line.get_xdata()) == pytest.approx([5.0, np.log2(6), 0.0])
    assert list(line.get_ydata()) == pytest.approx([0.0, -0.4, -3.0])
    assert {tick.get_text() for tick in ax.get_xticklabels()} == {"32\n1", "6\n4", "1\ndepthwise"}


def test_mean_widths_are_rounded(crossed: Findings) -> None:
    runs = crossed.results.runs.copy()
    runs["segment_width"] = runs["segments"].map({"1": 130.76, "4": 2.54, "depthwise": 1.0})
    _, (ax,) = bare((3.5, 2.6))
    effects_by_width(Results("crossed", runs), ax)
    assert {tick.get_text() for tick in ax.get_xticklabels()} == {"131\n1", "2.5\n4", "1\ndepthwise"}
    assert ax.get_xlabel() == "mean channels a segment (log scale);\nbelow: segments"


@pytest.mark.parametrize("draw", [effect_curves, effects_by_width])
@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("word", ["relu", "a leaky relu of slope 0.01, batch-normalized"])
def test_every_word_is_on_a_figure_of_one_column(
    draw: Callable[[Results], Axes], twice: bool, word: str, study: Make
) -> None:
    kept = (True, False) if twice else (True,)
    parts = [study(seeds=2, intermediate=name, residual=residual) for name in ("none", word) for residual in kept]
    ax = draw(Results("crossed", pd.concat([part.runs for part in parts])))
    whole = ax.figure.figure
    pyplot.close(whole)
    whole.draw_without_rendering()
    page = whole.bbox.padded(1.0)
    low, high = ax.get_ylim()
    beyond = [label for label in ax.get_yticklabels() if not low <= label.get_position()[1] <= high]
    texts = [text for text in whole.findobj(Text) if text.get_text() and text not in beyond]
    assert any(word in text.get_text().replace("\n", " ") for text in texts)
    for text in texts:
        extent = text.get_window_extent()
        assert page.x0 <= extent.x0 <= extent.x1 <= page.x1, text
        assert page.y0 <= extent.y0 <= extent.y1 <= page.y1, text
    assert ax.bbox.width > 0.6 * whole.bbox.width
    assert ax.bbox.height > 1.0 * whole.dpi
    assert whole.get_figwidth() == 3.5
    assert sum(low <= tick <= high for tick in ax.get_yticks()) >= 4


def test_means_are_drawn_where_they_are_few(crossed: Findings) -> None:
    for times, expected in ((1, 1), (4, 0)):
        _, (ax,) = bare((3.5, 2.6))
        effect_curves(replace(crossed, factors=crossed.factors * times), ax)
        assert sum(line.get_linestyle() == ":" and line.get_marker() == "None" for line in ax.get_lines()) == expected
        legend = ax.get_legend()
        assert legend is not None
        assert ("dotted: mean over the segments" in legend.get_title().get_text()) == bool(expected)


def test_a_table_without_widths_has_no_effects_by_width(crossed: Findings) -> None:
    runs = crossed.results.runs.assign(segment_width=float("nan"))
    _, (ax,) = bare((3.5, 2.6))
    effects_by_width(Results("crossed", runs), ax)
    assert [text.get_text() for text in ax.texts] == ["no factor is crossed, or nothing to compare yet"]


def test_without_crossed_factors_it_says_so(study: Make) -> None:
    _, (ax,) = bare((3.5, 2.6))
    effect_curves(study(seeds=3), ax)
    assert [text.get_text() for text in ax.texts] == ["no factor is crossed, or nothing to compare yet"]


def test_where_tuning_could_not_be_judged_the_legend_says_what_holds(crossed: Findings) -> None:
    for known in (True, False):
        _, (ax,) = bare((3.5, 2.6))
        effect_curves(
            replace(crossed, factors=tuple(replace(each, tuning_known=known) for each in crossed.factors)), ax
        )
        legend = ax.get_legend()
        assert legend is not None
        assert ("at the learning rates used" in legend.get_title().get_text()) != known
