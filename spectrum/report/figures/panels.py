"""Small multiples: what one figure shows of each combination of factors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spectrum.report.figures.legends import make_room_below, same_legend_once, set_title
from spectrum.report.figures.style import COLUMN, bare
from spectrum.report.statistics.findings import Findings
from spectrum.report.statistics.group_findings import GroupFindings
from spectrum.report.statistics.groups import factor_label


def panels(
    parts: Mapping[str, Findings], draws: Sequence[Callable[[Findings, Axes], Axes]], *, same_scales: bool
) -> Figure:
    """One figure that draws each part of some findings: several draws side by side, or up to two parts a row."""
    number = len(parts) * len(draws)
    columns = min(number, 2) if len(draws) == 1 else len(draws)
    rows = -(-number // columns)
    figure, axes = bare((COLUMN[0] * columns, COLUMN[1] * rows), rows, columns)
    for place, (title, part) in enumerate(parts.items()):
        of_part = axes[place * len(draws) :][: len(draws)]
        set_title(of_part[0], title)
        for ax, draw in zip(of_part, draws, strict=True):
            draw(part, ax)
    for ax in axes[number:]:
        ax.remove()
    if same_scales:
        _same_scales(axes[:number])
    same_legend_once(axes[:number], columns)
    make_room_below(axes[:number], columns)
    return figure


def split_by(found: Findings, factors: Sequence[str]) -> dict[str, Findings]:
    """The findings of each combination of some factors, by those of their values that vary."""
    varying = [name for name in factors if len({group.group.factors[name] for group in found.groups}) > 1]
    if not varying:
        return {"": found}
    parts: dict[str, list[GroupFindings]] = {}
    for group in found.groups:
        parts.setdefault(factor_label(group.group.factors, varying), []).append(group)
    return {title: replace(found, groups=tuple(groups)) for title, groups in parts.items()}


def _same_scales(axes: Sequence[Axes]) -> None:
    for limits, set_limits in ((Axes.get_xlim, Axes.set_xlim), (Axes.get_ylim, Axes.set_ylim)):
        lows, highs = zip(*map(limits, axes), strict=True)
        for ax in axes:
            set_limits(ax, min(lows), max(highs))
