"""Every figure can be asked for by its name, at any moment of a study, and nothing on it covers anything."""

import warnings
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib.text import Text
from PIL import Image

from spectrum.errors import DefinitionError
from spectrum.report.figures import (
    accuracy_vs_macs,
    accuracy_vs_segments,
    accuracy_vs_time,
    budget_match,
    differences,
    effect_curves,
    effects_by_width,
    race_course,
    response_curves,
    training_profiles,
    tuned_learning_rates,
)
from spectrum.report.figures.gallery import FIGURES, all_figures, figure
from spectrum.report.figures.saving import save
from spectrum.results.results import Results
from spectrum.segments import DEPTHWISE, PLAIN

Make = Callable[..., Results]
DENSE = (PLAIN, "1", "2", "3", "4", "6", "8", "12", "16", "24", "32", "48", "64", DEPTHWISE)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_can_be_drawn_while_a_study_runs(name: str, unfinished: Results, tmp_path: Path) -> None:
    path = save(figure(name, unfinished), tmp_path / f"{name}.png")
    with Image.open(path) as picture:
        by_group = ("training_profiles", "response_curves", "race_course")
        assert picture.size[0] == (1400 if name in by_group else 700)
        assert picture.info["dpi"] == pytest.approx((200, 200), abs=0.1)


def crossed(study: Make) -> Results:
    words = ("none", "relu", "elu")
    parts = [study(truth=dict.fromkeys(DENSE, 0.9), seeds=2, intermediate=word) for word in words]
    return Results("crossed", pd.concat([each.runs for each in parts]), pd.concat([each.epochs for each in parts]))


def crossed_twice(study: Make) -> Results:
    """Two factors with long names, as a table written by hand may have them."""
    parts = [
        study(truth={PLAIN: 0.89, "1": 0.9, "4": 0.91, DEPTHWISE: 0.92}, seeds=2, intermediate=word, residual=residual)
        for word in ("none", "a leaky relu of slope 0.01, batch-normalized")
        for residual in (True, False)
    ]
    return Results("twice", pd.concat([each.runs for each in parts]), pd.concat([each.epochs for each in parts]))


@pytest.mark.parametrize("kind", ["unfinished", "crossed", "crossed twice"])
@pytest.mark.parametrize("name", FIGURES)
def test_nothing_covers_anything_or_leaves_the_page(name: str, kind: str, unfinished: Results, study: Make) -> None:
    drawn = figure(name, {"unfinished": lambda _: unfinished, "crossed": crossed}.get(kind, crossed_twice)(study))
    drawn.draw_without_rendering()
    page = drawn.bbox.padded(1.0)
    boxes = [ax.get_window_extent() for ax in drawn.axes]
    for ax in drawn.axes:
        texts = [text for text in (ax.xaxis.label, ax.yaxis.label, ax.title, ax._left_title) if text.get_text()]
        legend = ax.get_legend()
        shown = [*(text.get_window_extent() for text in texts), *([legend.get_window_extent()] if legend else [])]
        for extent in shown:
            assert page.x0 <= extent.x0 <= extent.x1 <= page.x1
            assert page.y0 <= extent.y0 <= extent.y1 <= page.y1
            assert not any(extent.overlaps(box.padded(-1.0)) for box in boxes)
        labels = [*ax.get_xticklabels(), *ax.get_yticklabels()]
        assert all(text.get_fontsize() >= 8 for text in (*texts, *labels))


@pytest.mark.parametrize("name", [name for name in FIGURES if name != "training_profiles"])
def test_what_is_not_known_keeps_no_figure_from_being_drawn(name: str, study: Make, altered: Make) -> None:
    two = {"1": 0.9, "4": 0.9}
    uncounted = dict.fromkeys(["params", "macs", "params_error", "macs_error"])
    odd = [
        study(truth={PLAIN: 0.9}, seeds=1),
        study(truth=two, seeds=2, **uncounted),
        study(truth=two, seeds=2, trials=0, lr_low=None, lr_high=None),
        altered(altered(study(truth=two, seeds=2), "1", [0, 1], "missing"), "4", [0, 1], "missing"),
        altered(altered(study(truth=two, seeds=2), "1", [0, 1], "diverged"), "4", [0, 1], "diverged"),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for results in odd:
            drawn = figure(name, results)
            drawn.draw_without_rendering()
            assert drawn.axes[0].get_ylabel()


def test_factors_have_axes_of_one_scale_each(study: Make) -> None:
    results = crossed(study)
    for name in ("accuracy_vs_segments", "accuracy_vs_time", "accuracy_vs_macs"):
        drawn = figure(name, results)
        assert [ax.get_title("left") for ax in drawn.axes] == [
            "nothing in between", "relu in between", "elu in between",
        ]  # fmt: skip
        assert len({(ax.get_xlim(), ax.get_ylim()) for ax in drawn.axes}) == 1


def test_profiles_have_accuracy_and_loss_side_by_side_for_each_group(unfinished: Results) -> None:
    drawn = figure("training_profiles", unfinished)
    assert [ax.get_ylabel() for ax in drawn.axes] == ["validation accuracy (%)", "validation loss (nats)"] * 2
    assert [ax.get_title("left") for ax in drawn.axes] == ["100 k params, 3 M MACs", "", "400 k params, 12 M MACs", ""]
    assert [ax.get_legend() is None for ax in drawn.axes] == [True, False, True, True]


def test_factors_have_a_figure_where_they_are_crossed(study: Make) -> None:
    of_factors = {"effect_curves", "effects_by_width"}
    assert of_factors <= set(all_figures(crossed(study)))
    assert not of_factors & set(all_figures(study(seeds=2)))


def test_a_race_has_a_figure_of_its_course(study: Make) -> None:
    fixed = study(seeds=4)
    raced = Results("race", fixed.runs, fixed.epochs, {"seeds": {"looks": [2, 4]}})
    assert "race_course" in all_figures(raced)
    assert "race_course" not in all_figures(fixed)


def test_macs_have_a_figure_where_they_differ_by_more_than_the_tolerance(study: Make, unfinished: Results) -> None:
    assert "accuracy_vs_macs" in all_figures(unfinished)
    assert "accuracy_vs_macs" not in all_figures(study(seeds=2))


@pytest.mark.parametrize("name", ["effect_curves", "effects_by_width"])
def test_what_is_compared_several_times_has_axes_of_one_scale_each(name: str, study: Make) -> None:
    parts = [study(seeds=2, intermediate=word, residual=kept) for word in ("none", "relu") for kept in (True, False)]
    drawn = figure(name, Results("twice", pd.concat([each.runs for each in parts])))
    assert [ax.get_title("left") for ax in drawn.axes] == [
        "relu in between against nothing in between", "with residuals against no residuals",
    ]  # fmt: skip
    assert [[text.get_text() for text in ax.get_legend().get_texts()] for ax in drawn.axes] == [
        ["with residuals", "no residuals"], ["nothing in between", "relu in between"],
    ]  # fmt: skip
    assert len({ax.get_ylim() for ax in drawn.axes}) == 1
    assert tuple(drawn.get_size_inches()) == (7.0, 2.6)


def test_an_unknown_figure_is_refused_with_a_guess(study: Make) -> None:
    with pytest.raises(DefinitionError, match=r"no figure 'acuracy_vs_segments'; did you mean 'accuracy_vs_segments'"):
        figure("acuracy_vs_segments", study(seeds=2))


@pytest.mark.parametrize("draw", [accuracy_vs_segments, accuracy_vs_time, accuracy_vs_macs, budget_match,
                                  differences, effect_curves, effects_by_width, race_course, response_curves,
                                  training_profiles, tuned_learning_rates])  # fmt: skip
def test_what_is_no_result_is_refused_by_name(draw: Callable[..., object]) -> None:
    with pytest.raises(DefinitionError, match=rf"results of {draw.__name__} is a Results or a Findings, got 'digits'"):
        draw("digits")


def test_the_users_settings_stay(study: Make) -> None:
    before = dict(mpl.rcParams)
    figure("accuracy_vs_segments", study(seeds=2))
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", FIGURES)
def test_no_figure_of_a_study_scored_by_map_speaks_of_accuracy(
    name: str, unfinished: Results, ranked_images: Make
) -> None:
    drawn = figure(name, ranked_images(unfinished, k=7))
    words = " ".join(text.get_text() for text in drawn.findobj(Text)).lower()
    assert "accuracy" not in words
    of_other_things = ("differences", "race_course", "tuned_learning_rates", "budget_match")
    assert ("map@7" in words) == (name not in of_other_things)
    drawn.draw_without_rendering()
    assert "accuracy" not in FIGURES[name].title.lower()
