"""The command `spectrum`: a thin layer over the public API.

Exit codes: 0 done, 1 an error that the user can put right, 2 a wrong call, 3 a study with failed runs, 130 stopped.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from spectrum import terminal
from spectrum.errors import DefinitionError, SpectrumError, choose_from

app = typer.Typer(
    name="spectrum",
    help="Which number of channel segments gives the best accuracy at the same parameters and the same FLOPs?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program instead of a table.")]
StudyFile = Annotated[str, typer.Argument(metavar="STUDY.py", help="A Python file with STUDY = sp.Study(...).")]
StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="A study's name under runs/, or its folder.")]
STOPPED = 130


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Options of every command."""


@app.command()
def count(
    network: Annotated[str, typer.Argument(help="A name from `spectrum networks`, or a spec in a JSON file.")],
    image: Annotated[
        str | None, typer.Option(help="Channels x height x width; the network's own if not given.")
    ] = None,
    segments: Annotated[str | None, typer.Option(help="A count, depthwise, plain, or widths such as 3+5.")] = None,
    classes: Annotated[int | None, typer.Option(help="Outputs of the classifier.")] = None,
    layers: Annotated[bool, typer.Option("--layers", help="A row a layer.")] = False,
    measured: Annotated[bool, typer.Option("--measure", help="Also count the built module with fvcore.")] = False,
    as_json: AsJson = False,
) -> None:
    """Parameters, MACs, activations and effective parameters of a network.

    Example: `spectrum count xception --image 3x299x299`
    """
    from spectrum.architecture.spec import tree_and_image
    from spectrum.cost.closed_form import count as count_network
    from spectrum.segments import parse

    spec = _network(network, classes)
    if segments is not None:
        spec = spec.replace(segments=parse(segments))
    shape = tree_and_image(spec, None if image is None else _image(image))[1]
    costs = {"closed form": count_network(spec, shape)}
    if measured:
        from spectrum.cost.measured import measure

        costs["fvcore"] = measure(spec, image=shape)
    if as_json:
        _print_json({name: terminal.cost_row(cost, layers=layers) for name, cost in costs.items()})
        return
    if layers:
        terminal.show_layers(costs["closed form"])
    terminal.show_costs(costs)


@app.command()
def plan(study: StudyFile, as_json: AsJson = False) -> None:
    """Every point of a study with its matched widths and costs; nothing is trained.

    Example: `spectrum plan studies/fashion_mnist.py`
    """
    from spectrum.search.study_file import read_study

    planned = read_study(study).plan()
    if as_json:
        _print_json([point.row() for point in planned.points])
    else:
        terminal.show_plan(planned)


@app.command()
def run(
    study: StudyFile,
    workers: Annotated[int, typer.Option(help="Processes, of one thread each.")] = 1,
    storage: Annotated[str | None, typer.Option(help="An Optuna storage URL; a journal file if not given.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Run a study, or go on with one that was stopped; Ctrl-C stops it and loses nothing.

    Example: `spectrum run studies/digits.py --workers 2`
    """
    from spectrum.search.study_file import read_study

    declared = read_study(study)
    try:
        folder = declared.run(workers=workers, storage=storage, progress=not quiet)
    except KeyboardInterrupt:
        terminal.say(f"stopped; finished runs and checkpoints are kept, `spectrum run {study}` goes on")
        raise typer.Exit(STOPPED) from None
    raise typer.Exit(_conclude(folder))


def _conclude(folder: Path) -> int:
    """Say what the study came to; 3 if runs failed."""
    from spectrum.report.verdict import verdict
    from spectrum.results.results import load

    results = load(folder)
    print(verdict(results))
    failed = int((results.runs["status"] == "failed").sum())
    if failed:
        terminal.say(f"{failed} runs failed: `spectrum status {folder.name}` lists them, running again retries them")
    return 3 if failed else 0


@app.command()
def status(
    study: Annotated[str | None, typer.Argument(metavar="STUDY", help="A study; all under runs/ if not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """How far a study is: runs finished, diverged, failed, running and missing.

    Example: `spectrum status digits`
    """
    from spectrum.search.folder import study_names
    from spectrum.search.status import status as status_of

    found = [status_of(name) for name in ([study] if study else study_names())]
    if as_json:
        _print_json([one.row() for one in found])
    else:
        terminal.show_status(found)


@app.command()
def plot(
    study: StudyName,
    figure: Annotated[str, typer.Option(help="The name of a figure, or all.")] = "all",
    out: Annotated[Path | None, typer.Option(help="A folder; the study's own `figures` if not given.")] = None,
    suffix: Annotated[str, typer.Option("--format", help="png, pdf or svg.")] = "png",
) -> None:
    """Draw the figures of a study from its table of runs.

    Example: `spectrum plot digits --figure accuracy_vs_segments --format pdf`
    """
    from spectrum.report import plots
    from spectrum.results.results import find_folder, load

    if figure != "all" and figure not in plots.FIGURES:
        raise DefinitionError(choose_from("figure", figure, ["all", *plots.FIGURES]))
    results = load(study)
    folder = out or find_folder(study) / "figures"
    for name in plots.FIGURES if figure == "all" else [figure]:
        print(plots.save(plots.figure(name, results), folder / f"{name}.{suffix}"))


@app.command()
def report(
    study: StudyName,
    out: Annotated[Path | None, typer.Option(help="A file; report.html in the study's folder if not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the verdict and the points of a study, and write its report as one HTML file.

    Example: `spectrum report digits`
    """
    from spectrum.report.html import write_report
    from spectrum.report.verdict import verdict
    from spectrum.results.results import find_folder, load

    results = load(study)
    found = verdict(results)
    path = write_report(results, out or find_folder(study) / "report.html")
    if as_json:
        points = found.table().to_json(orient="records")
        _print_json({"verdict": found.numbers(), "points": json.loads(points), "report": str(path)})
        return
    print(f"{found}\n")
    terminal.show_summary(found.table())
    print(f"\n{path}")


@app.command()
def networks(as_json: AsJson = False) -> None:
    """The named networks, and what they cost along the spectrum.

    Example: `spectrum networks`
    """
    from spectrum.architecture.networks import NAMED
    from spectrum.cost.closed_form import count as count_network
    from spectrum.segments import DEPTHWISE, PLAIN

    rows = [
        {"network": name, "segments": segments, "image": make().image}
        | terminal.cost_row(count_network(make().at(segments)))
        for name, make in NAMED.items()
        for segments in (PLAIN, 1, 4, 32, DEPTHWISE)
    ]
    if as_json:
        _print_json(rows)
    else:
        terminal.show_networks(rows)


@app.command()
def data(
    name: Annotated[str | None, typer.Argument(help="A data set to fetch and check; all known ones if none.")] = None,
    as_json: AsJson = False,
) -> None:
    """The data sets: list the known ones, or read one (downloading it if need be) and check it.

    Examples: `spectrum data`, `spectrum data fashion-mnist`, `spectrum data images.npz`
    """
    from dataclasses import asdict

    from spectrum.training.data.catalog import KNOWN

    if name is None:
        found = list(KNOWN.values())
    else:
        from spectrum.training.data.loading import load

        found = [load(name).info]
    if as_json:
        _print_json([asdict(info) for info in found])
    else:
        terminal.show_data(found)


def _network(name: str, classes: int | None) -> Any:
    from spectrum.architecture.networks import named
    from spectrum.architecture.spec import Network

    if not name.endswith(".json"):
        return named(name) if classes is None else named(name, classes=classes)
    path = Path(name)
    if not path.is_file():
        raise DefinitionError(f"a network is read from a JSON file, got no file {name!r}; write one with to_json()")
    try:
        spec = Network.from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DefinitionError(f"a network is read from JSON text, got {name!r}: {error}; give another file") from None
    return spec if classes is None else spec.replace(classes=classes)


def _image(text: str) -> tuple[int, int, int]:
    sizes = text.lower().split("x")
    if len(sizes) != 3 or not all(size.isdecimal() for size in sizes):
        raise DefinitionError(f"an image is channels x height x width, got {text!r}; use for example 3x299x299")
    channels, height, width = map(int, sizes)
    return channels, height, width


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2))


def main() -> None:
    """Run the command line: errors are one sentence on stderr, unless --debug asks for the traceback."""
    try:
        app()
    except SpectrumError as error:
        if "--debug" in sys.argv:
            raise
        terminal.say(str(error))
        sys.exit(1)
    except OSError as error:
        if "--debug" in sys.argv:
            raise
        terminal.say(
            f"what a command prints and reads can be written and read, got: {error}; make room or correct the path"
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
