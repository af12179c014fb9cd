"""What the command line takes for a network, for the size of its images, and for what kernels cost."""

from pathlib import Path

from spectrum.architecture.kernel_costs import KernelCosts
from spectrum.architecture.networks import named
from spectrum.architecture.spec import Network
from spectrum.definition_file import read_definition
from spectrum.errors import DefinitionError, in_a_row, quoted
from spectrum.segments import SegmentsValue


def is_import_path(name: str) -> bool:
    """Whether a network is named by the function that returns it, package.module:function."""
    return ":" in name and not name.endswith(".json")


def network_of(name: str, *, classes: int | None, segments: SegmentsValue | None = None) -> Network:
    """The network of that name, or in that JSON file; with other classes or segments where they are given.

    Raises:
        DefinitionError: where there is no such network, or the file cannot be read.
    """
    options = {"classes": classes, "segments": segments}
    given = {option: value for option, value in options.items() if value is not None}
    if not name.endswith(".json"):
        return named(name, **given)
    return Network.from_json(_text(Path(name), "network", remedy="write one with to_json()")).replace(**given)


def image_of(text: str) -> tuple[int, int, int]:
    """Channels, height and width from text such as 3x299x299; raises DefinitionError for any other."""
    sizes = text.lower().split("x")
    if len(sizes) != 3 or not all(size.isdecimal() and len(size) < 7 for size in sizes):
        raise DefinitionError(f"an image is channels x height x width, got {quoted(text)}; use for example 3x299x299")
    channels, height, width = map(int, sizes)
    return channels, height, width


def kernel_costs_in(path: Path) -> KernelCosts:
    """What `spectrum tune-kernels` wrote on this kind of machine.

    Raises:
        DefinitionError: the file holds something else, or is of another kind of processor: a study keeps its kernels,
            so that a mistake would stay.
    """
    from spectrum.architecture.processor import kinds_here

    remedy = "write one here with `spectrum tune-kernels`"
    text = _text(path, "kernels", remedy=remedy)
    try:
        costs = KernelCosts.from_json(text)
    except DefinitionError as error:
        reason, _, _ = str(error).partition("; ")
        raise DefinitionError(
            f"a kernels file is one that `spectrum tune-kernels` wrote, got {path}: {reason}; {remedy}"
        ) from None
    if costs.processor not in kinds_here():
        raise DefinitionError(
            f"a kernels file is of the kind of processor that computes by it, got {path} of {quoted(costs.processor)} "
            f"on {in_a_row(kinds_here())}; {remedy}"
        )
    return costs


def _text(path: Path, what: str, *, remedy: str) -> str:
    content = read_definition(path, what=f"{what} file", remedy=remedy)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DefinitionError(
            f"a {what} file is UTF-8 text, got other bytes in {path}: {error.reason}; {remedy}"
        ) from None
