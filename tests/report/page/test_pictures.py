"""Figures inside a page, and the sentence where there is none."""

from base64 import b64decode
from collections.abc import Callable

from spectrum.report.figures.gallery import FIGURES, all_figures
from spectrum.report.page.pictures import pictures
from spectrum.report.statistics.findings import findings
from spectrum.results.results import Results

Make = Callable[..., Results]


def test_every_figure_is_embedded_as_outlines(study: Make) -> None:
    found = findings(study(truth={"1": 0.9, "4": 0.9}, seeds=2))
    made = pictures(found)
    assert [each.title for each in made] == [FIGURES[name].title.format("Accuracy") for name in all_figures(found)]
    for each in made:
        head, content = each.source.split(",")
        assert head == "data:image/svg+xml;base64"
        drawn = b64decode(content)
        assert drawn.lstrip().startswith(b"<?xml")
        assert b"<text" not in drawn


def test_wide_is_more_than_one_column(study: Make) -> None:
    made = {each.title: each for each in pictures(findings(study(truth={"1": 0.9, "4": 0.9}, seeds=2)))}
    assert (made["Training profiles"].width, made["Training profiles"].wide) == (7.0, True)
    assert (made["Learning rates"].width, made["Learning rates"].wide) == (3.5, False)


def test_what_cannot_be_drawn_says_why(study: Make) -> None:
    results = study(truth={"1": 0.9, "4": 0.9}, seeds=2)
    made = {each.title: each for each in pictures(findings(Results("bare", results.runs)))}
    assert made["Training profiles"].error.startswith("training profiles need the epochs of confirmation runs")
    assert made["Training profiles"].source == ""
    assert made["Learning rates"].error == ""
