"""How far the points are from their budgets, in percent."""

from collections.abc import Callable

import pytest

from spectrum.report.figures.budget_match import budget_errors, budget_match
from spectrum.report.figures.style import bare
from spectrum.report.statistics.findings import findings
from spectrum.results.results import Results

Make = Callable[..., Results]


def test_budget_errors_in_percent(study: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, seeds=2, params_error=0.004, macs_error=-0.012)
    table = budget_errors(findings(results))
    assert table["kind"].tolist() == ["parameters", "parameters", "MACs", "MACs"]
    assert table["error"].tolist() == pytest.approx([0.4, 0.4, -1.2, -1.2])
    assert table["tolerance"].tolist() == [1.0] * 4
    assert table["x"].tolist() == pytest.approx([-0.06, 1.94, 0.06, 2.06])


def test_the_axis_is_symmetric_and_holds_all_points(study: Make) -> None:
    _, (ax,) = bare((3.5, 2.6))
    budget_match(study(truth={"1": 0.9, "4": 0.9}, seeds=2, params_error=0.004, macs_error=-0.012), ax)
    assert ax.get_ylim() == pytest.approx((-1.38, 1.38))
    assert ax.get_ylabel() == "off budget (%)"
    legend = ax.get_legend()
    assert legend is not None
    assert legend.get_title().get_text() == "filled: parameters; open: MACs; grey band: ±1%"


def test_a_budget_of_parameters_alone_has_no_error_in_macs(study: Make) -> None:
    table = budget_errors(findings(study(truth={"1": 0.9, "4": 0.9}, seeds=2, macs_error=None)))
    assert table["kind"].unique().tolist() == ["parameters"]
