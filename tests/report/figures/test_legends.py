"""Legends outside their axes, one of those that say the same."""

import pytest

from spectrum.report.figures.legends import legend_below, legend_beside, same_legend_once
from spectrum.report.figures.style import bare


def test_a_legend_below_is_below_the_label_of_the_axis() -> None:
    whole, (ax,) = bare((3.5, 2.6))
    ax.plot([0, 1], [0, 1], label="one")
    ax.set_xlabel("segments")
    ax.set_xticks([0, 1], ["plain\n(regular)", "1"])
    legend_below(ax, "dots: seeds")
    whole.draw_without_rendering()
    legend = ax.get_legend()
    assert legend is not None
    assert legend.get_window_extent().y1 <= ax.xaxis.label.get_window_extent().y0
    assert legend.get_window_extent().y0 >= -1
    assert legend.get_title().get_text() == "dots: seeds"


@pytest.mark.parametrize(("number", "columns"), [(1, 1), (11, 1), (12, 2), (23, 3)])
def test_a_long_legend_beside_has_several_columns(number: int, columns: int) -> None:
    whole, (ax,) = bare((3.5, 2.6))
    for i in range(number):
        ax.plot([0, 1], [0, 1], label=str(i))
    legend_beside(ax, "segments")
    whole.draw_without_rendering()
    legend = ax.get_legend()
    assert legend is not None
    assert len({round(text.get_window_extent().x0) for text in legend.get_texts()}) == columns
    assert legend.get_window_extent().x0 >= ax.get_window_extent().x1 - 1


def test_of_legends_that_say_the_same_one_is_left() -> None:
    for write, kept in ((legend_beside, 1), (legend_below, 2)):
        _, axes = bare((7.0, 5.2), 2, 2)
        for ax in axes:
            ax.plot([0, 1], [0, 1], label="one")
            write(ax, "segments")
        same_legend_once(axes, 2)
        assert [place for place, ax in enumerate(axes) if ax.get_legend()] == [kept]


def test_legends_that_differ_all_stay() -> None:
    _, axes = bare((7.0, 2.6), 1, 2)
    for name, ax in zip("ab", axes, strict=True):
        ax.plot([0, 1], [0, 1], label=name)
        legend_beside(ax, "segments")
    same_legend_once(axes, 2)
    assert all(ax.get_legend() for ax in axes)
