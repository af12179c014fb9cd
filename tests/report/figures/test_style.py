"""The house style, and where axes come from."""

import matplotlib as mpl

from spectrum.report.figures.style import STYLE, bare, styled


def test_without_axes_pyplot_has_the_figure() -> None:
    from matplotlib import pyplot

    mpl.use("agg")
    with styled(None) as ax:
        pass
    try:
        assert ax.figure.figure.number in pyplot.get_fignums()
        assert tuple(ax.figure.figure.get_size_inches()) == (3.5, 2.6)
    finally:
        pyplot.close(ax.figure.figure)


def test_the_style_holds_for_as_long_as_it_takes() -> None:
    before = dict(mpl.rcParams)
    _, (ax,) = bare((3.5, 2.6))
    with styled(ax) as same:
        assert same is ax
        assert mpl.rcParams["font.size"] == STYLE["font.size"] == 8
    assert dict(mpl.rcParams) == before


def test_bare_axes_come_row_by_row() -> None:
    whole, axes = bare((7.0, 5.2), 2, 3)
    assert len(axes) == 6
    assert [ax.get_subplotspec().num1 for ax in axes] == [0, 1, 2, 3, 4, 5]
    assert whole.axes == axes
