"""How groups and points are told apart."""

from collections.abc import Callable

import pandas as pd
import pytest

from spectrum.report.figures.looks import looks, point_colors, sideways
from spectrum.report.statistics.findings import findings
from spectrum.report.statistics.group_findings import GroupFindings
from spectrum.results.results import Results

Make = Callable[..., Results]


def groups_of(*parts: Results) -> tuple[GroupFindings, ...]:
    return findings(Results("several", pd.concat([part.runs for part in parts]))).groups


def luminance(color: tuple[float, float, float]) -> float:
    return sum(share * channel for share, channel in zip((0.2126, 0.7152, 0.0722), color, strict=True))


def test_a_group_alone_is_named_by_its_budget(study: Make) -> None:
    (look,) = looks(groups_of(study(seeds=2)))
    assert (look.name, look.marker, look.line) == ("100 k params, 3 M MACs", "o", "-")


def test_budgets_differ_in_colour(unfinished: Results) -> None:
    small, large = looks(findings(unfinished).groups)
    assert small.color != large.color
    assert (small.marker, small.line) == (large.marker, large.line)
    assert (small.name, large.name) == ("100 k params, 3 M MACs", "400 k params, 12 M MACs")


def test_with_one_budget_factors_differ_in_colour_marker_and_line(study: Make) -> None:
    none, relu = looks(groups_of(*(study(seeds=2, intermediate=word) for word in ("none", "relu"))))
    assert (none.name, relu.name) == ("nothing in between", "relu in between")
    assert none.color != relu.color
    assert (none.marker, none.line) != (relu.marker, relu.line)


def test_with_several_budgets_the_colour_is_that_of_the_budget(study: Make) -> None:
    budgets = ((100_000, 3_000_000), (400_000, 12_000_000))
    found = looks(groups_of(*(study(seeds=2, intermediate=word, budgets=budgets) for word in ("none", "relu"))))
    assert [look.color for look in found] == [found[0].color, found[1].color] * 2
    assert [look.marker for look in found] == ["o", "o", "s", "s"]


def test_points_have_colours_that_differ_and_show_on_white() -> None:
    colors = point_colors(["plain", "1", "2", "4", "8", "16", "depthwise"])
    assert list(colors) == ["plain", "1", "2", "4", "8", "16", "depthwise"]
    lights = [luminance(color) for color in colors.values()]
    assert lights == sorted(lights)
    assert len(set(lights)) == 7
    assert max(lights) < 0.75


def test_groups_stand_beside_each_other(unfinished: Results, study: Make) -> None:
    assert list(sideways(findings(unfinished).groups).values()) == pytest.approx([-0.15, 0.15])
    assert list(sideways(groups_of(study(seeds=2))).values()) == [0.0]
