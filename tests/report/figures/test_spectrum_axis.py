"""The axis of the spectrum: octaves, named ends, no label on another."""

import itertools

import pytest
from matplotlib.figure import Figure

from spectrum.report.figures.spectrum_axis import positions, spectrum_axis, ticks


def test_plain_is_a_step_before_one_and_depthwise_a_step_beyond_the_largest() -> None:
    assert positions(["plain", "1", "2", "12", "16", "depthwise"]) == pytest.approx(
        {"plain": -1.0, "1": 0.0, "2": 1.0, "12": 3.585, "16": 4.0, "depthwise": 5.0}, abs=1e-3
    )
    assert positions(["depthwise"]) == {"depthwise": 0.0}


def names(points: list[str]) -> list[str]:
    ax = Figure().subplots()
    spectrum_axis(ax, positions(points))
    return [label.get_text() for label in ax.get_xticklabels()]


def test_the_ends_are_named_and_one_segment_is_no_regular_convolution() -> None:
    assert sorted(names(["plain", "1", "2", "depthwise"])) == ["\ndepthwise", "1", "2", "plain\n(regular)"]
    assert sorted(names(["1", "8"])) == ["1", "8"]


def test_powers_of_two_go_before_their_neighbours() -> None:
    where = positions(["1", "2", "3", "4", "6", "8", "12", "16", "24", "32", "48", "64", "depthwise"])
    labelled, bare = ticks(where)
    assert set(labelled) == {"1", "2", "3", "4", "6", "8", "12", "16", "24", "32", "48", "64", "depthwise"} - set(bare)
    assert set(bare) <= {"3", "6", "12", "24", "48"}
    x = sorted(where[point] for point in labelled)
    assert min(b - a for a, b in itertools.pairwise(x)) >= 0.45


def test_the_labels_do_not_touch_in_one_column_of_a_paper() -> None:
    figure = Figure(figsize=(3.5, 2.6), layout="constrained")
    ax = figure.subplots()
    spectrum_axis(ax, positions(["plain", *map(str, (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)), "depthwise"]))
    ax.tick_params(labelsize=8)
    figure.draw_without_rendering()
    # The word depthwise stands a line below the numbers: there it has to miss the other end only.
    shown = {label.get_text().strip(): label.get_window_extent() for label in ax.get_xticklabels()}
    assert not shown["depthwise"].overlaps(shown["plain\n(regular)"])
    boxes = [box for text, box in shown.items() if text != "depthwise"]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
