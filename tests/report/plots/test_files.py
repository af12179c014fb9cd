"""Figures as files, and what drawing does to the user's matplotlib: nothing."""

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import pytest
from PIL import Image

from spectrum.errors import DefinitionError, StoreError
from spectrum.report.plots import FIGURES, accuracy_vs_segments, figure, save
from spectrum.results.results import Results

Make = Callable[..., Results]


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_can_be_drawn_while_a_study_runs(name: str, unfinished: Results, tmp_path: Path) -> None:
    path = save(figure(name, unfinished), tmp_path / f"{name}.png")
    with Image.open(path) as picture:
        wide = 1400 if name == "training_profiles" else 700
        assert picture.size[0] == wide
        assert picture.info["dpi"] == pytest.approx((200, 200), abs=0.1)


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_covers_anything_or_leaves_the_page(name: str, unfinished: Results) -> None:
    drawn = figure(name, unfinished)
    drawn.draw_without_rendering()
    page = drawn.bbox.padded(1.0)
    for ax in drawn.axes:
        box = ax.get_window_extent()
        if ax.legend_ is not None:
            legend = ax.legend_.get_window_extent()
            assert legend.y0 >= box.y1 - 1 or legend.x0 >= box.x1 - 1
            assert page.x0 <= legend.x0 <= legend.x1 <= page.x1
            assert page.y0 <= legend.y0 <= legend.y1 <= page.y1
        texts = [*ax.get_xticklabels(), *ax.get_yticklabels(), ax.xaxis.label, ax.yaxis.label, ax.title]
        assert all(text.get_fontsize() >= 8 for text in texts)


@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG"), (".pdf", b"%PDF"), (".svg", b"<?xml")])
def test_the_ending_chooses_the_kind_and_the_bytes_repeat(
    suffix: str, start: bytes, study: Make, tmp_path: Path
) -> None:
    results = study(seeds=2)
    first, second = (save(figure("budget_match", results), tmp_path / f"{n}{suffix}") for n in "ab")
    assert first.read_bytes().startswith(start)
    assert first.read_bytes() == second.read_bytes()


def test_refusals(study: Make, tmp_path: Path) -> None:
    drawn = figure("budget_match", study(seeds=2))
    with pytest.raises(
        DefinitionError, match=r"saved as .pdf, .png, .svg, got 'curve.jpeg'; end its name in one of them"
    ):
        save(drawn, tmp_path / "curve.jpeg")
    with pytest.raises(
        DefinitionError, match=r"there is no figure 'acuracy_vs_segments'; did you mean 'accuracy_vs_seg"
    ):
        figure("acuracy_vs_segments", study(seeds=2))
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"curve.png cannot be written"):
        save(drawn, tmp_path / "file" / "curve.png")


def test_the_users_settings_stay(study: Make) -> None:
    before = dict(mpl.rcParams)
    figure("accuracy_vs_segments", study(seeds=2))
    assert dict(mpl.rcParams) == before


def test_files_are_drawn_without_pyplot_and_its_backend(study: Make, tmp_path: Path) -> None:
    from matplotlib import pyplot

    pyplot.close("all")
    backend = mpl.rcParams["backend"]
    save(figure("accuracy_vs_segments", study(seeds=2)), tmp_path / "curve.png")
    assert pyplot.get_fignums() == []
    assert mpl.rcParams["backend"] == backend


def test_without_axes_pyplot_shows_the_figure(study: Make) -> None:
    from matplotlib import pyplot

    mpl.use("agg")
    ax = accuracy_vs_segments(study(seeds=2))
    try:
        assert ax.figure.number in pyplot.get_fignums()
    finally:
        pyplot.close(ax.figure)


def test_a_users_axes_are_drawn_on(study: Make) -> None:
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    assert accuracy_vs_segments(study(seeds=2), ax) is ax
