"""The commands on networks and data: thin, as all of them."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from spectrum import terminal
from spectrum.architecture.shapes import Image
from spectrum.errors import DefinitionError, choose_from
from spectrum.segments import SegmentsValue

FIGURES = ("canonical", "simplified", "reformulated", "extreme")
"""The modules of `sp.inception`, in the order of the paper's figures."""
FIGURE_IMAGE = (192, 35, 35)
"""What comes into the first Inception module of Inception V3."""

TOLERANCE = 0.01
"""That of `spectrum.rewriting.rewrite` and of budgets."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def count(
    network: Annotated[
        str,
        typer.Argument(help="A name from `spectrum networks`, a network's JSON file, or package.module:function."),
    ],
    image: Annotated[
        str | None, typer.Option(help="Channels x height x width; by default, what the network is made for.")
    ] = None,
    segments: Annotated[str | None, typer.Option(help="A number, depthwise, plain, or widths such as 3+5.")] = None,
    classes: Annotated[int | None, typer.Option(help="The number of classes.")] = None,
    tolerance: Annotated[
        float | None,
        typer.Option(
            help=f"By what fraction layers of a rewritten model, and all of it, may be off; by default, {TOLERANCE}."
        ),
    ] = None,
    layers: Annotated[bool, typer.Option("--layers", help="List every layer.")] = False,
    measured: Annotated[bool, typer.Option("--measure", help="Also count the built network with fvcore.")] = False,
    as_json: AsJson = False,
) -> None:
    """Count the parameters, MACs and activations of a network, or of any model that a function of yours returns.

    With --segments, such a model is rewritten, and the table shows each layer before and after.

    Examples: `spectrum count xception --image 3x299x299`, `spectrum count my_models:resnet --image 3x224x224 --layers`
    """
    from spectrum.cost.closed_form import count as count_network
    from spectrum.network_argument import image_of, is_import_path, network_of
    from spectrum.segments import parse

    if is_import_path(network):
        if image is None or classes is not None:
            raise DefinitionError(
                f"a model of one's own is counted for an image, and has the classes that it has, got "
                f"{'classes' if image else 'no image'}; give for example --image 3x224x224 alone"
            )
        points = None if segments is None else parse(segments)
        _count_own(network, image_of(image), points, tolerance, layers=layers, as_json=as_json)
        return
    _refuse_tolerance(tolerance)
    spec = network_of(network, classes=classes, segments=None if segments is None else parse(segments))
    shape = spec.image if image is None else image_of(image)
    if shape is None:
        raise DefinitionError(f"{network} does not say which images it is made for; add for example --image 3x32x32")
    costs = {"closed form": count_network(spec, shape)}
    if measured:
        from spectrum.cost.measured import measure

        costs["fvcore"] = measure(spec, image=shape)
    if as_json:
        print_json({name: terminal.cost_row(cost, layers=layers) for name, cost in costs.items()})
        return
    if layers:
        terminal.show_layers(costs["closed form"])
    terminal.show_costs(costs)


def show(
    network: Annotated[
        str,
        typer.Argument(help=f"A name from `spectrum networks`, a network's JSON file, or {', '.join(FIGURES)}."),
    ],
    image: Annotated[
        str | None, typer.Option(help="Channels x height x width; by default, what the network is made for.")
    ] = None,
    segments: Annotated[str | None, typer.Option(help="A number, depthwise, plain, or widths such as 3+5.")] = None,
    classes: Annotated[int | None, typer.Option(help="The number of classes.")] = None,
    apart: Annotated[
        bool | None, typer.Option("--apart/--together", help="Draw segments one by one; by default in a module.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The SVG file to write; by default, named after the network.")
    ] = None,
) -> None:
    """Draw a network, or a module of the paper's figures 1 to 4, as SVG.

    Examples: `spectrum show xception`, `spectrum show extreme --out figure4.svg`
    """
    from spectrum.architecture.networks import NAMED
    from spectrum.drawing.draw import draw
    from spectrum.network_argument import image_of, is_import_path, network_of
    from spectrum.segments import parse

    given = None if image is None else image_of(image)
    if network in FIGURES:
        if segments is not None or classes is not None:
            raise DefinitionError(
                f"the segments and classes of {network} are fixed, got --segments or --classes; leave them out"
            )
        from spectrum.architecture.families import inception

        drawn = draw(getattr(inception, network)(), image=given or FIGURE_IMAGE, apart=apart)
    elif network in NAMED or network.endswith(".json"):
        spec = network_of(network, classes=classes, segments=None if segments is None else parse(segments))
        drawn = draw(spec, image=given, apart=apart)
    elif is_import_path(network):
        listing = f"`spectrum count {network} --image {image or '3x224x224'} --layers` lists its layers"
        raise DefinitionError(
            f"what is drawn is a network of this library or a module of a figure, got {network}, a model of one's own, "
            f"which is code and cannot be drawn; {listing}"
        )
    else:
        raise DefinitionError(choose_from("network, or module of a figure,", network, [*NAMED, *FIGURES]))
    print(drawn.save(out or Path(f"{Path(network).stem}.svg")))


def _refuse_tolerance(tolerance: float | None) -> None:
    if tolerance is not None:
        raise DefinitionError(
            f"a tolerance is for a model of one's own that is rewritten, got {tolerance} without --segments, or for a "
            "network that is counted as it is; leave it out, or give package.module:function and --segments"
        )


def _count_own(
    path: str, image: Image, segments: SegmentsValue | None, tolerance: float | None, *, layers: bool, as_json: bool
) -> None:
    """Count a user's own model, or rewrite it and show what each layer costs before and after."""
    from spectrum.cost.measured import measure
    from spectrum.rewriting.imported_model import imported_model
    from spectrum.rewriting.rewrite import rewrite

    model = imported_model(path)
    if segments is None:
        _refuse_tolerance(tolerance)
        costs, report = {"fvcore": measure(model, image=image)}, None
    else:
        within = TOLERANCE if tolerance is None else tolerance
        report = rewrite(model, segments=segments, image=image, tolerance=within).report
        costs = {"before": report.before, "after": report.after}
    if as_json:
        rows: dict[str, Any] = {name: terminal.cost_row(cost, layers=layers) for name, cost in costs.items()}
        print_json(rows if report is None else rows | {"left": dict(report.left)})
        return
    if report is not None:
        terminal.show_rewritten(report)
    if layers:
        terminal.show_layers(list(costs.values())[-1])
    terminal.show_costs(costs)


def networks(as_json: AsJson = False) -> None:
    """List the named networks and what they cost along the spectrum.

    Example: `spectrum networks`
    """
    from spectrum.architecture.networks import NAMED
    from spectrum.cost.closed_form import count as count_network
    from spectrum.segments import DEPTHWISE, PLAIN

    rows = [
        {"network": name, "segments": segments or "towers", "image": make().image}
        | terminal.cost_row(count_network(make(segments=segments)))
        for name, make in NAMED.items()
        for segments in (*(() if make().open else (None,)), PLAIN, 1, 4, 32, DEPTHWISE)
    ]
    if as_json:
        print_json(rows)
    else:
        terminal.show_networks(rows)


def data(
    name: Annotated[
        str | None,
        typer.Argument(help="A known data set, an .npz, a folder or a function; by default, list the known."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the known data sets, or read and check one; a known one is downloaded if it is not there.

    Examples: `spectrum data`, `spectrum data fashion-mnist`, `spectrum data images.npz`,
    `spectrum data photos@64x48`
    """
    from dataclasses import asdict

    from spectrum.training.data.catalog import KNOWN, describe, kind_of

    if name is None:
        found = list(KNOWN.values())
    elif kind_of(name) == "function":
        found = [describe(name)]
    else:
        from spectrum.training.data.loading import load

        found = [load(name).info]
    if as_json:
        print_json([asdict(info) for info in found])
    else:
        terminal.show_data(found)


def tune_kernels(
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("kernels.json"),
) -> None:
    """Measure once how fast this machine computes segmented convolutions, for `spectrum run --kernels`.

    What AVX2, AVX-512 and AMX processors take is known; others, and unlike ones of these kinds, gain by it. It takes
    three minutes or so, best with nothing else running.

    Example: `spectrum tune-kernels`
    """
    from rich.console import Console
    from rich.progress import Progress

    from spectrum.cost.tuned_kernels import tune_kernels as measure_kernels
    from spectrum.results.files import write_atomically

    with Progress(console=Console(stderr=True)) as bars:
        task = bars.add_task("measuring kernels", total=None)
        costs = measure_kernels(on_progress=lambda done, total: bars.update(task, completed=done, total=total))
    write_atomically(out, costs.to_json() + "\n")
    print(
        f"{out}: kernels of this processor ({costs.processor}); use them with `spectrum run STUDY.py --kernels {out}`"
    )


def print_json(value: Any) -> None:
    """JSON on standard output."""
    print(json.dumps(value, indent=2))
