"""Small multiples: which part of a study is on which axes."""

from collections.abc import Callable

import pandas as pd
import pytest
from matplotlib.axes import Axes

from spectrum.report.figures.panels import panels, split_by
from spectrum.report.statistics.findings import Findings, findings
from spectrum.results.results import Results

Make = Callable[..., Results]


@pytest.fixture
def crossed(study: Make) -> Findings:
    parts = [
        study(truth={"1": 0.9, "4": 0.9}, seeds=2, trials=0, intermediate=word, residual=residual)
        for word in ("none", "relu", "elu")
        for residual in (True, False)
    ]
    return findings(Results("crossed", pd.concat([part.runs for part in parts])))


def test_parts_are_named_by_what_varies_among_the_factors_asked_for(crossed: Findings) -> None:
    parts = split_by(crossed, ("intermediate",))
    assert list(parts) == ["nothing in between", "relu in between", "elu in between"]
    assert [[group.group.factors["residual"] for group in part.groups] for part in parts.values()] == [
        [True, False]
    ] * 3
    assert list(split_by(crossed, ("residual",))) == ["with residuals", "no residuals"]


def test_where_nothing_varies_there_is_one_part_without_a_name(crossed: Findings) -> None:
    assert split_by(crossed, ("budget", "order")) == {"": crossed}


def test_each_part_is_drawn_on_axes_of_its_own_two_to_a_row(crossed: Findings) -> None:
    drawn: list[list[str]] = []

    def draw(part: Findings, ax: Axes) -> Axes:
        drawn.append([group.label for group in part.groups])
        ax.set_xlim(0, len(drawn))
        return ax

    whole = panels(split_by(crossed, ("intermediate",)), (draw,), same_scales=True)
    assert [len(labels) for labels in drawn] == [2, 2, 2]
    assert tuple(whole.get_size_inches()) == (7.0, 5.2)
    assert [ax.get_title("left") for ax in whole.axes] == ["nothing in between", "relu in between", "elu in between"]
    assert {ax.get_xlim() for ax in whole.axes} == {(0.0, 3.0)}
    apart = panels(split_by(crossed, ("intermediate",)), (draw,), same_scales=False)
    assert [ax.get_xlim()[1] for ax in apart.axes] == [4.0, 5.0, 6.0]


def test_several_draws_of_a_part_share_a_row_and_its_title(crossed: Findings) -> None:
    def draw(part: Findings, ax: Axes) -> Axes:
        return ax

    whole = panels(split_by(crossed, ("residual",)), (draw, draw, draw), same_scales=False)
    assert [ax.get_title("left") for ax in whole.axes] == ["with residuals", "", "", "no residuals", "", ""]
    assert tuple(whole.get_size_inches()) == (10.5, 5.2)
