"""Accuracy against time and MACs: the numbers, and what is off the scale."""

from collections.abc import Callable

import pytest
from matplotlib.axes import Axes

from spectrum.report.figures.accuracy_vs_cost import accuracy_vs_macs, accuracy_vs_time, costs
from spectrum.report.figures.style import bare
from spectrum.report.statistics.findings import findings
from spectrum.results.results import Results

Make = Callable[..., Results]


def axes() -> Axes:
    _, (ax,) = bare((3.5, 2.6))
    return ax


def test_costs(study: Make) -> None:
    results = study(truth={"1": 0.9, "depthwise": 0.92}, seeds=3, macs=3_100_000)
    table, limits = costs(findings(results))
    confirm = results.runs[(results.runs["segments"] == "1") & (results.runs["phase"] == "confirm")]
    assert table["step"].iloc[0] == pytest.approx(1000 * confirm["step_seconds"].median())
    assert table["macs"].tolist() == pytest.approx([3.1, 3.1])
    assert limits[0] < table["mean"].min()
    assert limits[1] > table["mean"].max()


@pytest.mark.parametrize("draw", [accuracy_vs_time, accuracy_vs_macs])
def test_the_legend_names_points_and_groups(draw: Callable[[Results, Axes], Axes], unfinished: Results) -> None:
    legend = draw(unfinished, axes()).get_legend()
    assert legend is not None
    entries = [text.get_text() for text in legend.get_texts()]
    assert entries[:3] == ["plain", "1", "2"]
    assert entries[-2:] == ["100 k params,\n3 M MACs", "400 k params,\n12 M MACs"]
    assert legend.get_title().get_text() == "mean,\n95% interval\n(n = 8 to 10)\n\nsegments"


@pytest.mark.parametrize("draw", [accuracy_vs_time, accuracy_vs_macs])
def test_markers_are_whole_also_where_the_axes_are_narrow(draw: Callable[[Results, Axes], Axes], study: Make) -> None:
    figure, (ax,) = bare((1.9, 2.6))
    draw(study(truth={"1": 0.9, "4": 0.91, "depthwise": 0.92}, seeds=2), ax)
    figure.draw_without_rendering()
    left, right = ax.transAxes.transform([(0, 0), (1, 0)])[:, 0]
    assert right - left < 50 * figure.dpi / 72  # points: hardly any room beside the legend
    dots = [line for line in ax.get_lines() if line.get_marker() == "o" and len(line.get_xdata())]
    assert len(dots) == 3
    for line in dots:
        (place,) = ax.transData.transform(line.get_xydata())[:, 0]
        radius = line.get_markersize() / 2 * figure.dpi / 72
        assert left < place - radius < place + radius < right


def test_axes_are_named_with_their_units(study: Make) -> None:
    results = study(seeds=2)
    assert accuracy_vs_time(results, axes()).get_xlabel() == "time per training step (ms)"
    assert accuracy_vs_macs(results, axes()).get_xlabel() == "MACs per image (millions)"
    assert accuracy_vs_macs(results, axes()).get_ylabel() == "test accuracy (%)"


def test_macs_are_marked_at_the_budgets(unfinished: Results) -> None:
    ax = accuracy_vs_macs(unfinished, axes())
    assert ax.get_xlabel() == "MACs per image (millions, log scale)"
    assert ax.get_xticks().tolist() == pytest.approx([3.0, 12.0], abs=0.1)


def test_a_line_leads_from_few_segments_to_depthwise(study: Make) -> None:
    ax = accuracy_vs_time(study(truth={"1": 0.9, "4": 0.91, "depthwise": 0.92}, seeds=2), axes())
    line = ax.get_lines()[0]
    table, _ = costs(findings(study(truth={"1": 0.9, "4": 0.91, "depthwise": 0.92}, seeds=2)))
    assert list(line.get_xdata()) == pytest.approx(table["step"].tolist())
    assert list(line.get_ydata()) == pytest.approx(table["mean"].tolist())
