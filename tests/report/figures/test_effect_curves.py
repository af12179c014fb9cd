"""Effects of crossed factors along the spectrum, on effects that are known."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

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


def test_a_table_without_widths_has_no_effects_by_width(crossed: Findings) -> None:
    runs = crossed.results.runs.assign(segment_width=float("nan"))
    _, (ax,) = bare((3.5, 2.6))
    effects_by_width(Results("crossed", runs), ax)
    assert [text.get_text() for text in ax.texts] == ["no factor is crossed, or nothing to compare yet"]


def test_without_crossed_factors_it_says_so(study: Make) -> None:
    _, (ax,) = bare((3.5, 2.6))
    effect_curves(study(seeds=3), ax)
    assert [text.get_text() for text in ax.texts] == ["no factor is crossed, or nothing to compare yet"]
