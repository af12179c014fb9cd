"""Which tensors of a network given weights are for: what fits by name and shape, and what does not. No torch."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import prod

from spectrum.architecture.tensors import Shapes
from spectrum.errors import DefinitionError
from spectrum.weights.formats.source_format import SourceFormat
from spectrum.weights.recognised import renamed
from spectrum.weights.slots import layer_of

LISTED = 4
"""How many names an error lists of each kind."""
COUNTER = "num_batches_tracked"
"""The count of batches that a norm has seen, which it does not compute with: it may be missing."""
STATISTICS = ("running_mean", "running_var", COUNTER)
CLASSIFIER = "classifier"


@dataclass(frozen=True)
class Fit:
    """Given tensors beside those of a network.

    Attributes:
        taken: of each tensor of the network that one fits, the name of that one.
        ones: scales of norms that have none in the source: they are one.
        missing: tensors of the network for which none is given.
        extra: given tensors for which the network has no place.
        misshaped: given tensors of another shape, by the name of the network's tensor.
        source: the library that named them, where it is another one.
        share: of the network's parameters, those that are taken.
    """

    taken: dict[str, str]
    ones: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    misshaped: dict[str, str]
    source: SourceFormat | None
    share: float


def fitted(given: Shapes, wanted: Shapes, *, classifier: bool = True) -> Fit:
    """Lay given tensors beside those of a network, without its classifier if not wanted.

    Raises:
        DefinitionError: the given names are of no kind that is known, or there is no classifier to leave out.
    """
    names, source = renamed(given, wanted)
    if not classifier:
        left = {name for name in wanted if layer_of(name) == CLASSIFIER}
        if not left:
            raise DefinitionError(
                "classifier=False leaves the layer named classifier as it is, got a network without one; leave that out"
            )
        names = {tensor: name for tensor, name in names.items() if name not in left}
        wanted = {name: shape for name, shape in wanted.items() if name not in left}
    there = {name: tensor for tensor, name in names.items() if name is not None}
    fits = {name: tensor for name, tensor in there.items() if given[tensor] == wanted[name]}
    ones = tuple(_scales_of_one(there, wanted)) if source else ()
    return Fit(
        taken=fits,
        ones=ones,
        missing=tuple(name for name in wanted if name not in there and name not in ones and not _counts(name)),
        extra=tuple(tensor for tensor, name in names.items() if name is None and not _counts(tensor)),
        misshaped={name: tensor for name, tensor in there.items() if name not in fits},
        source=source,
        share=_size(wanted, fits) / _size(wanted, wanted),
    )


def _scales_of_one(there: Iterable[str], wanted: Shapes) -> Iterator[str]:
    """The scales of norms for which all but a scale is given."""
    for name in there:
        scale = f"{layer_of(name)}.weight"
        if name.endswith(".running_mean") and scale in wanted and scale not in there:
            yield scale


def _counts(name: str) -> bool:
    return name.endswith(COUNTER)


def _size(shapes: Shapes, names: Iterable[str]) -> int:
    return sum(prod(shapes[name]) for name in names if not name.endswith(STATISTICS))


def check_some(share: float) -> None:
    """Raise DefinitionError where nothing of given weights fits."""
    if not share:
        raise DefinitionError(
            "a network starts from given weights where they fit by name and shape, got none that do; give those of a "
            "network of as many channels"
        )


def check_whole(fit: Fit, given: Shapes, wanted: Shapes) -> None:
    """Raise DefinitionError, with the names, where given weights are not those of a network, one by one."""
    other = [f"{tensor} {_shape(given[tensor])} for {_shape(wanted[name])}" for name, tensor in fit.misshaped.items()]
    faults = {"missing": fit.missing, "extra": fit.extra, "misshaped": other}
    if not any(faults.values()):
        return
    got = "; ".join(f"{len(names)} {fault}: {_listed(names)}" for fault, names in faults.items() if names)
    raise DefinitionError(f"given weights are those of the network, name by name, got {got}; {_remedy(fit)}")


def _listed(names: Iterable[str]) -> str:
    known = list(names)
    return ", ".join(known[:LISTED]) + (f" and {len(known) - LISTED} more" if len(known) > LISTED else "")


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "one number"


def _remedy(fit: Fit) -> str:
    misfits = {*fit.misshaped, *fit.missing}
    if misfits and not fit.extra and all(layer_of(name) == CLASSIFIER for name in misfits):
        return "give classifier=False to leave the classifier as it is"
    network = fit.source.network if fit.source else "the network that they are of"
    return f"build {network} with the same options"
