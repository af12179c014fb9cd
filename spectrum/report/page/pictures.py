"""The figures of a study as a page holds them: inside the page, or the sentence that says why there is none."""

from base64 import b64encode
from dataclasses import dataclass

from spectrum.errors import SpectrumError
from spectrum.report.figures.gallery import FIGURES, all_figures, figure
from spectrum.report.figures.saving import render
from spectrum.report.figures.style import COLUMN
from spectrum.report.statistics.findings import Findings


@dataclass(frozen=True)
class EmbeddedPicture:
    """A figure for a page.

    Attributes:
        title: its caption.
        source: the figure as a data URI; '' where it cannot be drawn.
        width: in inches.
        error: why it cannot be drawn; '' where it can.
    """

    title: str
    source: str = ""
    width: float = 0.0
    error: str = ""

    @property
    def wide(self) -> bool:
        """Whether it is wider than one column."""
        return self.width > COLUMN[0]


def pictures(found: Findings) -> list[EmbeddedPicture]:
    """Every figure of the gallery that says something of the study."""
    scored_by = found.metric.heading
    return [_picture(name, FIGURES[name].title.format(scored_by), found) for name in all_figures(found)]


def _picture(name: str, title: str, found: Findings) -> EmbeddedPicture:
    try:
        drawn = figure(name, found)
    except SpectrumError as error:
        return EmbeddedPicture(title, error=str(error))
    content = b64encode(render(drawn, "svg", outlines=True)).decode("ascii")
    return EmbeddedPicture(title, f"data:image/svg+xml;base64,{content}", width=drawn.get_figwidth())
