"""The forest plot of differences."""

from collections.abc import Callable

import pytest

from spectrum.report.figures.differences import differences, forest
from spectrum.report.figures.style import bare
from spectrum.report.statistics.findings import findings
from spectrum.results.results import Results

Make = Callable[..., Results]


def test_a_row_for_every_point_with_what_the_findings_say(study: Make) -> None:
    found = findings(study(seeds=5))
    (group,) = found.groups
    table = forest(found).set_index("segments")
    assert list(table.index) == list(group.compared)
    for point in group.compared:
        each = group.difference(point, str(group.leader))
        expected = (each.difference, each.low, each.high) if each else (0.0, 0.0, 0.0)
        assert tuple(table.loc[point, ["difference", "low", "high"]]) == pytest.approx([100 * x for x in expected])
    assert table.loc[group.leader, "shown"] == "leader"


def test_points_stand_from_few_segments_at_the_top_to_depthwise(unfinished: Results) -> None:
    _, (ax,) = bare((3.5, 2.6))
    differences(unfinished, ax)
    places = dict(zip((text.get_text() for text in ax.get_yticklabels()), ax.get_yticks(), strict=True))
    assert places["plain"] > places["1"] > places["depthwise"]
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        f"{group.label}:\n{group.leader} leads" for group in findings(unfinished).groups
    ]


def test_what_is_shown_is_filled(study: Make) -> None:
    _, (ax,) = bare((3.5, 2.6))
    results = study(truth={"1": 0.90, "4": 0.95, "8": 0.9502}, seeds=5)
    differences(results, ax)
    faces = {str(line.get_markerfacecolor()) == "white" for line in ax.get_lines() if len(line.get_xdata()) == 1}
    assert faces == {True, False}


def test_before_anything_is_compared_it_says_so(study: Make) -> None:
    _, (ax,) = bare((3.5, 2.6))
    differences(study(seeds=1), ax)
    legend = ax.get_legend()
    assert legend is not None
    assert legend.get_texts()[0].get_text() == "100 k params, 3 M MACs:\nnot compared yet"
    assert forest(findings(study(seeds=1))).empty


@pytest.mark.parametrize(("trials", "said"), [(3, True), (8, False)])
def test_where_tuning_could_not_be_judged_the_legend_says_what_holds(study: Make, trials: int, said: bool) -> None:
    _, (ax,) = bare((3.5, 2.6))
    differences(study(truth={"1": 0.90, "depthwise": 0.95}, seeds=5, trials=trials), ax)
    legend = ax.get_legend()
    assert legend is not None
    assert legend.get_title().get_text().endswith("at the learning rates used") == said
