"""Tables for the terminal: each fits 80 columns.

Rich is loaded with the first table: before that, a command has a study file read in another process.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spectrum.cost.quantities import Cost, quantity
from spectrum.results.study_folder import runs_folder

if TYPE_CHECKING:
    from spectrum.report.statistics.findings import Findings
    from spectrum.results.study_progress import Status
    from spectrum.rewriting.rewrite_report import RewriteReport
    from spectrum.training.data.catalog import DataInfo


LISTED = 40
"""Trained networks that a table has at most."""


def say(message: str) -> None:
    """One sentence on stderr."""
    print(f"spectrum: {message}", file=sys.stderr)


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, text: int = 1, gap: int = 2) -> None:
    """Print a table; its first `text` columns are words, the others numbers, `gap` spaces apart."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0))
    height = max(column.count("\n") for column in columns)
    for position, column in enumerate(columns):
        head = "\n" * (height - column.count("\n")) + column
        table.add_column(head, justify="left" if position < text else "right", overflow="fold")
    for row in rows:
        table.add_row(*map(str, row))
    if title:
        show_text(title, style="bold")
    show_text(table)


def show_text(text: Any, *, style: str | None = None) -> None:
    """Print a table, or text in lines of the terminal's width, without blanks at their ends."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        console.print(text, style=style)
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))


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
    """Exact counts, one column for each way of counting."""
    names = {
        "params": "parameters",
        "macs": "MACs",
        "flops": "FLOPs (2 per MAC)",
        "activations": "activations",
        "effective_params": "effective parameters",
    }
    rows = [cost_row(cost) for cost in costs.values()]
    show(
        "",
        ["for one image", *costs],
        [
            [label, *(f"{row[name]:,}" if row[name] is not None else "-" for row in rows)]
            for name, label in names.items()
        ],
    )


def show_layers(cost: Cost) -> None:
    """The layers of a network, one per line."""
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


def show_rewritten(report: "RewriteReport") -> None:
    """What stands in the place of each layer of a user's model, what both cost, and what was left as it is."""
    rows = [
        (
            name,
            block.order,
            f"{block.original.in_channels}>{block.inner}>{block.original.out_channels}",
            f"{block.number}{'*' if block.saturated else ''}",
            f"{block.original.params:,}",
            f"{block.params_error:+.2%}",
            quantity(block.original.macs),
            f"{block.macs_error:+.2%}",
        )
        for name, block in report.layers.items()
    ]
    show("", ["layer", "order", "channels", "segments", "params", "off", "MACs", "off"], rows, text=3, gap=1)
    show_text("channels: into > inside > out of the block; params, MACs: of the layer before; off: how much more (+)")
    for order in report.orders:
        show_text(order)
    if report.saturated:
        show_text("*: fewer channels than segments; one segment for each channel")
    for name, reason in report.left.items():
        show_text(f"left as it is: {name}, since {reason}")
    print()


def show_status(found: "Sequence[Status]") -> None:
    """How far each study is."""
    for one in found:
        show(
            f"{one.name}: {'running' if one.running else 'finished' if one.finished else 'stopped'}",
            ["phase", *one.counts["tune"]],
            [(phase, *counts.values()) for phase, counts in one.counts.items()],
        )
        _show_kept(one, alone=len(found) == 1)
    if not found:
        print(f"there are no studies in {runs_folder()}; start one with `spectrum run STUDY.py`")


def _show_kept(one: "Status", *, alone: bool) -> None:
    """The trained networks of a study by point and seed; beside other studies, how many there are."""
    if not one.kept:
        return
    folder = one.kept[0].path.parent
    if not alone:
        show_text(f"{len(one.kept)} trained networks in {folder}; `spectrum status {one.name}` lists them")
        return
    print()
    several = len({each.budget for each in one.kept}) > 1
    show(
        f"trained networks in {folder}, for spectrum predict and export",
        ["point", *["budget"] * several, "seed", "file"],
        [(each.point, *[each.budget] * several, each.seed, each.path.name) for each in one.kept[:LISTED]],
        text=1 + several,
    )
    if len(one.kept) > LISTED:
        show_text(f"and {len(one.kept) - LISTED} more; --json has all of them")


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
        ["data", "image", "classes", "in an image", "train", "validation", "test"],
        [
            (
                info.name,
                "x".join(map(str, info.image)),
                info.classes,
                "several" if info.multi_label else "one",
                *(f"{size:,}" for size in (info.train, info.validation, info.test)),
            )
            for info in found
        ],
        text=2,
    )


def show_points(found: "Findings") -> None:
    """The points of a study, finished or not: one table for each group."""
    from spectrum.report.verdict.short_table import legend, short_table

    for group, table in short_table(found).items():
        show(group, list(table.columns), table.to_numpy().tolist(), gap=1)
    show_text(legend(found))
