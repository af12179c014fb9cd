"""Legends outside their axes, one of those that say the same."""

import pytest

from spectrum.report.figures.legends import (
    legend_below,
    legend_beside,
    make_room_below,
    same_legend_once,
    set_title,
    wrapped,
)
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


def test_lines_are_as_long_as_their_width_allows() -> None:
    text = "relu in between against nothing in between"
    assert wrapped(text, 1000.0) == text
    assert wrapped(text, 100.0) == "relu in between against\nnothing in between"
    assert wrapped(text, 1.0).split("\n") == text.split()
    assert wrapped("400 k params:\n1 leads", 1000.0) == "400 k params:\n1 leads"
    assert wrapped("", 10.0) == ""


def test_a_long_title_stays_on_the_figure() -> None:
    whole, (ax,) = bare((3.5, 2.6))
    set_title(ax, "400 k params, 12 M MACs; depthwise-first; relu in between; with residuals")
    whole.draw_without_rendering()
    extent = ax._left_title.get_window_extent()
    assert "\n" in ax.get_title("left")
    assert 0 <= extent.x0 <= extent.x1 <= whole.bbox.x1


def test_a_figure_grows_by_the_lines_that_its_legends_have_above_the_usual() -> None:
    for lines, expected in ((2, 2.6), (3, 2.6), (7, 2.6 + 4 * 1.25 * 8 / 72)):
        whole, axes = bare((7.0, 2.6), 1, 2)
        for ax in axes:
            for i in range(lines):
                ax.plot([0, 1], [0, 1], label=str(i))
            legend_below(ax, "dots: seeds")
        make_room_below(axes, columns=2)
        assert whole.get_size_inches().tolist() == pytest.approx([7.0, expected])


def test_a_legend_beside_needs_no_room_below() -> None:
    whole, (ax,) = bare((3.5, 2.6))
    for i in range(9):
        ax.plot([0, 1], [0, 1], label=str(i))
    legend_beside(ax, "segments")
    make_room_below([ax])
    assert whole.get_size_inches().tolist() == [3.5, 2.6]
