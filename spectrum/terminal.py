"""Tables for the terminal: each fits 80 columns and says the unit in its head."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from spectrum.cost.budget import quantity
from spectrum.cost.quantities import Cost

if TYPE_CHECKING:
    import pandas

    from spectrum.search.plan import Plan
    from spectrum.search.status import Status
    from spectrum.training.data.catalog import DataInfo


def say(message: str) -> None:
    """One sentence on stderr."""
    print(f"spectrum: {message}", file=sys.stderr)


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, text: int = 1, gap: int = 2) -> None:
    """Print a table; its first `text` columns are words, the others numbers, `gap` spaces apart."""
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, gap, 0, 0)
    )
    for position, column in enumerate(columns):
        table.add_column(column, justify="left" if position < text else "right", overflow="fold")
    for row in rows:
        table.add_row(*map(str, row))
    Console(highlight=False).print(table)


def cost_row(cost: Cost, *, layers: bool = False) -> dict[str, Any]:
    """A cost as plain data."""
    row: dict[str, Any] = {
        "params": cost.params,
        "macs": cost.macs,
        "flops": cost.flops,
        "activations": cost.activations,
        "effective_params": cost.effective_params,
    }
    return row | {"layers": [layer._asdict() for layer in cost.layers]} if layers else row


def show_costs(costs: Mapping[str, Cost]) -> None:
    """Exact counts, a column a way of counting."""
    names = {
        "params": "parameters",
        "macs": "MACs",
        "flops": "FLOPs (2 a MAC)",
        "activations": "activations",
        "effective_params": "effective parameters",
    }
    rows = [cost_row(cost) for cost in costs.values()]
    show(
        "",
        ["one image, evaluation", *costs],
        [
            [label, *(f"{row[name]:,}" if row[name] is not None else "-" for row in rows)]
            for name, label in names.items()
        ],
    )


def show_layers(cost: Cost) -> None:
    """A row a layer."""
    show(
        "",
        ["layer", "kernel", "channels", "segments", "size", "params", "MACs"],
        [
            (
                layer.name,
                f"{layer.kernel[0]}x{layer.kernel[1]}"
                if layer.kind == "convolution"
                else layer.kind.removeprefix("batch "),
                f"{layer.in_channels}>{layer.out_channels}",
                layer.segments,
                f"{layer.size[0]}x{layer.size[1]}",
                f"{layer.params:,}",
                quantity(layer.macs),
            )
            for layer in cost.layers
        ],
        text=2,
    )


def show_plan(plan: "Plan") -> None:
    """The points of a study, how far each is off its budget, and what the whole will take."""
    study = plan.study
    for budget in study.budget:
        points = [point for point in plan.points if point.budget == budget]
        show(
            f"{study.name}: {budget.label}, each within {budget.tolerance:.1%}",
            ["point", "params", "off", "MACs", "off", "eff.", "activ.", "width", "moved", "full"],
            [
                (
                    point.label,
                    f"{point.match.cost.params:,}",
                    f"{point.match.params_error:+.2%}",
                    quantity(point.match.cost.macs),
                    f"{point.match.macs_error:+.2%}",
                    f"{(point.match.cost.effective_params or 0) / point.match.cost.params:.1%}",
                    quantity(point.match.cost.activations),
                    f"x{point.match.scale:.2f}",
                    f"x{point.match.distortion:.2f}",
                    len(point.saturated) or "",
                )
                for point in points
            ],
        )
    runs = study.tune.trials + study.seeds
    _print_wrapped(
        "eff.: degrees of freedom as a share of params; activ.: activations; width: matched over declared; moved: "
        "change of the stages' proportions; full: layers of fewer channels than segments, one a channel there"
    )
    for point in plan.points:
        if point.saturated:
            _print_wrapped(f"{point.label} segments: full in {', '.join(point.saturated)}")
    _print_wrapped(
        f"{len(plan.points)} points x ({study.tune.trials} tuning trials + {study.seeds} fresh seeds) = "
        f"{runs * len(plan.points)} runs, {plan.epochs:,} epochs of {plan.info.train:,} images"
    )


def _print_wrapped(text: str) -> None:
    Console(highlight=False).print(text)


def show_status(found: "Sequence[Status]") -> None:
    """How far each study is."""
    for one in found:
        show(
            f"{one.name}: {'running' if one.conducted else 'finished' if one.finished else 'stopped'}",
            ["phase", *one.counts["tune"]],
            [(phase, *counts.values()) for phase, counts in one.counts.items()],
        )
    if not found:
        print("no studies under runs/; start one with `spectrum run studies/digits.py`")


def show_networks(rows: Sequence[Mapping[str, Any]]) -> None:
    """The named networks along the spectrum."""
    show(
        "",
        ["network", "segments", "image", "params", "MACs", "effective params"],
        [
            (
                row["network"],
                row["segments"],
                "x".join(map(str, row["image"])),
                f"{row['params']:,}",
                f"{row['macs']:,}",
                f"{row['effective_params']:,}",
            )
            for row in rows
        ],
        text=3,
    )


def show_data(found: "Sequence[DataInfo]") -> None:
    """Data sets and the sizes of their splits."""
    show(
        "",
        ["data", "image", "classes", "train", "validation", "test"],
        [
            (
                info.name,
                "x".join(map(str, info.image)),
                info.classes,
                *(f"{size:,}" for size in (info.train, info.validation, info.test)),
            )
            for info in found
        ],
        text=2,
    )


def show_summary(points: "pandas.DataFrame") -> None:
    """The points of a study, finished or not, as `Verdict.table` gives them: a table a group."""
    from spectrum.report.brief import NOTE, brief

    for group, table in brief(points).items():
        show(group, list(table.columns), table.to_numpy().tolist(), gap=1)
    _print_wrapped(NOTE)
