"""The command `spectrum`: a thin layer over the public API.

`spectrum.__main__` turns errors into sentences and exit codes.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from spectrum import __version__, cli_models, cli_networks, terminal
from spectrum.cli_networks import AsJson, print_json
from spectrum.errors import DefinitionError, SpectrumError, choose_from

app = typer.Typer(
    name="spectrum",
    help="Which number of channel segments gives the best accuracy at the same parameters and the same FLOPs?",
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

StudyFile = Annotated[
    str, typer.Argument(metavar="STUDY.py", help="A Python file that declares STUDY = sp.Study(...).")
]
StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="The name of a study in runs/, or its folder.")]
DONE, FAILED_RUNS, STOPPED = 0, 3, 130


def _print_version(asked: bool) -> None:
    if asked:
        print(f"spectrum {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Options of every command."""


@app.command()
def plan(study: StudyFile, as_json: AsJson = False) -> None:
    """Show every point of a study: its matched widths and what it costs. Nothing is trained.

    Example: `spectrum plan studies/fashion_mnist.py`
    """
    from spectrum.search.study_file import read_study

    declared = read_study(study)  # before all that takes its time to load, most of which this does meanwhile
    from spectrum.plan_table import show_plan, solved_at
    from spectrum.search.plan import plan as plan_study

    planned = plan_study(declared)
    if as_json:
        print_json([point.row() | {"modules": solved_at(point)} for point in planned.points])
    else:
        show_plan(planned)


@app.command()
def run(
    study: StudyFile,
    workers: Annotated[int, typer.Option(help="How many processes to use, one thread each.")] = 1,
    storage: Annotated[
        str | None, typer.Option(help="An Optuna storage URL; by default, a journal file in the study's folder.")
    ] = None,
    kernels: Annotated[
        Path | None,
        typer.Option(help="What `spectrum tune-kernels` wrote; by default, what is known here."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Run a study, or resume one. Ctrl-C stops it; nothing that is finished is lost.

    Example: `spectrum run studies/digits.py --workers 2`
    """
    from spectrum.search.study_file import read_study

    declared = read_study(study)
    from spectrum.network_argument import kernel_costs_in
    from spectrum.search.run_study import run as run_study

    costs = None if kernels is None else kernel_costs_in(kernels)
    _run_to_its_end(
        lambda: run_study(declared, workers=workers, storage=storage, progress=not quiet, kernels=costs),
        again=f"spectrum run {study}",
    )


@app.command()
def extend(
    study: StudyName,
    seeds: Annotated[int | None, typer.Option(help="How many seeds each point is to have.")] = None,
    segments: Annotated[
        list[str] | None, typer.Option(help="A number of segments to add, depthwise or plain; may be repeated.")
    ] = None,
    workers: Annotated[int, typer.Option(help="How many processes to use, one thread each.")] = 1,
    storage: Annotated[
        str | None, typer.Option(help="An Optuna storage URL; by default, a journal file in the study's folder.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Give a study more seeds or points. What it has stays, and the verdict says what looking again costs.

    Example: `spectrum extend digits --seeds 20 --workers 2`
    """
    from spectrum.search.extend_study import extend as extend_study
    from spectrum.segments import parse

    added = [parse(each) for each in segments or []]
    _run_to_its_end(
        lambda: extend_study(study, seeds=seeds, segments=added, workers=workers, storage=storage, progress=not quiet),
        again=f"spectrum extend {study}",
    )


def _run_to_its_end(make: Callable[[], Path], *, again: str) -> NoReturn:
    """Make the runs of a study and print its verdict; exit with the code that says how it went."""
    try:
        folder = make()
    except KeyboardInterrupt:
        terminal.say(f"stopped; what is done is kept, and `{again}` goes on from there")
        raise typer.Exit(STOPPED) from None
    raise typer.Exit(_conclude(folder))


def _conclude(folder: Path) -> int:
    """Print the verdict; the exit code tells whether runs have failed."""
    from spectrum.report.verdict.verdict import verdict
    from spectrum.results.results import load

    results = load(folder)
    print(verdict(results))
    failed = int((results.runs["status"] == "failed").sum())
    if failed:
        terminal.say(f"{failed} runs failed; see `spectrum report {folder.name}`, or run the study again to retry them")
    return FAILED_RUNS if failed else DONE


@app.command()
def status(
    study: Annotated[
        str | None,
        typer.Argument(metavar="STUDY", help="The name of a study in runs/, or its folder; by default, all."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show how far a study has come.

    Example: `spectrum status digits`
    """
    from spectrum.results.study_folder import study_names
    from spectrum.results.study_progress import status as status_of

    found = [status_of(name) for name in ([study] if study else study_names())]
    if as_json:
        print_json([one.row() for one in found])
    else:
        terminal.show_status(found)


@app.command()
def plot(
    study: StudyName,
    figure: Annotated[str, typer.Option(help="The name of a figure, or all.")] = "all",
    out: Annotated[
        Path | None, typer.Option(help="The folder to write to; by default, figures/ in the study's folder.")
    ] = None,
    suffix: Annotated[str, typer.Option("--format", help="png, pdf or svg.")] = "png",
) -> None:
    """Draw the figures of a study.

    Example: `spectrum plot digits --figure accuracy_vs_segments --format pdf`
    """
    from spectrum.report import figures
    from spectrum.results.results import load
    from spectrum.results.study_folder import find_folder

    if figure != "all" and figure not in figures.FIGURES:
        raise DefinitionError(choose_from("figure", figure, ["all", *figures.FIGURES]))
    results = load(study)
    folder = out or find_folder(study) / "figures"
    for name in figures.all_figures(results) if figure == "all" else [figure]:
        try:
            drawn = figures.figure(name, results)
        except SpectrumError as error:  # what a study that is not finished has no numbers for
            if figure != "all":
                raise
            terminal.say(f"{name} is left out: {error}")
            continue
        print(figures.save(drawn, folder / f"{name}.{suffix}"))


@app.command()
def report(
    study: StudyName,
    out: Annotated[
        Path | None, typer.Option(help="The file to write; by default, report.html in the study's folder.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the verdict on a study and its points, and write an HTML report.

    Example: `spectrum report digits`
    """
    from spectrum.report.page.html_report import write_report
    from spectrum.report.verdict.verdict import verdict
    from spectrum.results.results import load
    from spectrum.results.study_folder import KEPT, WEIGHTS, find_folder

    results = load(study)
    found = verdict(results)
    home = find_folder(study)
    path = write_report(found.findings, out or home / "report.html")
    if as_json:
        points = found.table().to_json(orient="records")
        print_json({"verdict": found.numbers(), "points": json.loads(points), "report": str(path)})
        return
    print(f"{found}\n")
    terminal.show_points(found.findings)
    if number := len(list((home / WEIGHTS).glob(KEPT))):
        networks = "1 trained network is" if number == 1 else f"{number} trained networks are"
        terminal.show_text(f"{networks} in {home / WEIGHTS}; `spectrum status {study}` lists them")
    print(f"\n{path}")


for command in (
    cli_models.predict,
    cli_models.export,
    cli_models.rerun,
    cli_networks.count,
    cli_networks.show,
    cli_networks.networks,
    cli_networks.data,
    cli_networks.tune_kernels,
):
    app.command()(command)
