"""Figures as files."""

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import pytest

from spectrum.errors import DefinitionError, StoreError
from spectrum.report.figures.accuracy_vs_segments import accuracy_vs_segments
from spectrum.report.figures.gallery import figure
from spectrum.report.figures.saving import render, save
from spectrum.report.figures.style import bare
from spectrum.results.results import Results

Make = Callable[..., Results]


@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG"), (".pdf", b"%PDF"), (".svg", b"<?xml")])
def test_the_ending_chooses_the_kind_and_the_bytes_repeat(
    suffix: str, start: bytes, study: Make, tmp_path: Path
) -> None:
    results = study(seeds=2)
    first, second = (save(figure("budget_match", results), tmp_path / f"{n}{suffix}") for n in "ab")
    assert first.read_bytes().startswith(start)
    assert first.read_bytes() == second.read_bytes()


def test_axes_are_saved_with_the_figure_that_they_are_on(study: Make, tmp_path: Path) -> None:
    (whole, (ax,)), (_, (other,)) = bare((3.5, 2.6)), bare((3.5, 2.6))
    for each in (ax, other):
        accuracy_vs_segments(study(seeds=2), each)
    assert save(whole, tmp_path / "whole.svg").read_bytes() == save(other, tmp_path / "axes.svg").read_bytes()


def test_letters_are_text_or_outlines(study: Make) -> None:
    drawn = figure("budget_match", study(seeds=2))
    assert b">off budget (%)</text>" in render(drawn, "svg")
    assert b"<text" not in render(drawn, "svg", outlines=True)


def test_refusals(study: Make, tmp_path: Path) -> None:
    drawn = figure("budget_match", study(seeds=2))
    with pytest.raises(
        DefinitionError, match=r"name of a figure ends in .pdf, .png, .svg, got 'curve.jpeg'; change it"
    ):
        save(drawn, tmp_path / "curve.jpeg")
    with pytest.raises(DefinitionError, match=r"drawn of save is a Figure or a Axes, got 5"):
        save(5, tmp_path / "curve.png")  # type: ignore[arg-type]
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"curve.png"):
        save(drawn, tmp_path / "file" / "curve.png")


def test_files_are_drawn_without_pyplot_and_its_backend(study: Make, tmp_path: Path) -> None:
    from matplotlib import pyplot

    pyplot.close("all")
    backend = mpl.rcParams["backend"]
    save(figure("accuracy_vs_segments", study(seeds=2)), tmp_path / "curve.png")
    assert pyplot.get_fignums() == []
    assert mpl.rcParams["backend"] == backend
