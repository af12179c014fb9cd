"""Figures as files: the same bytes for the same figure."""

import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spectrum.errors import DefinitionError, quoted
from spectrum.public import public
from spectrum.report.figures.style import STYLE
from spectrum.results.files import write_atomically

SUFFIXES = (".pdf", ".png", ".svg")


@public
def save(drawn: Figure | Axes, path: str | Path) -> Path:
    """Write a figure, or the figure of some axes, as .pdf, .svg or .png (200 dots an inch); returns the path.

    Raises:
        DefinitionError: where the name of the file ends in none of these.
        StoreError: where the file cannot be written.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in SUFFIXES:
        raise DefinitionError(f"the name of a figure ends in {', '.join(SUFFIXES)}, got {quoted(path.name)}; change it")
    whole = drawn if isinstance(drawn, Figure) else drawn.figure.figure
    write_atomically(path, render(whole, kind.lstrip(".")))
    return path


def render(whole: Figure, kind: str, *, outlines: bool = False) -> bytes:
    """The bytes of a 'pdf', 'svg' or 'png', without dates or random names in them.

    `outlines` draws the letters of an SVG, which then looks the same where the font is missing.
    """
    letters: dict[Any, Any] = {"svg.fonttype": "path"} if outlines else {}
    undated = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(kind)
    buffer = BytesIO()
    with mpl.rc_context({**STYLE, **letters, "svg.hashsalt": "spectrum"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")  # letters that the font lacks show as boxes
        whole.savefig(buffer, format=kind, dpi=200, metadata=undated)
    return buffer.getvalue()
