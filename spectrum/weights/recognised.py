"""Which library names its layers as given weights do, and what their tensors are called here. No torch."""

from typing import NamedTuple

from spectrum.architecture.tensors import Shapes
from spectrum.errors import DefinitionError, quoted
from spectrum.weights.formats import (
    keras_inception_v3,
    keras_xception,
    timm_xception,
    torchvision_resnet,
    torchvision_vgg,
)
from spectrum.weights.formats.source_format import SourceFormat
from spectrum.weights.slots import layer_of, layers_in, places

FORMATS = (
    keras_xception.FORMAT,
    keras_inception_v3.FORMAT,
    timm_xception.FORMAT,
    torchvision_resnet.FORMAT,
    torchvision_vgg.FORMAT,
)


class Renamed(NamedTuple):
    """Given tensors with their names in a network.

    Attributes:
        names: of each given tensor, by its own name; None where the network has no place for it.
        source: how they were named; None where it was as here.
    """

    names: dict[str, str | None]
    source: SourceFormat | None


def renamed(given: Shapes, wanted: Shapes) -> Renamed:
    """What given tensors are called in a network with the wanted ones.

    Raises:
        DefinitionError: their names are of no kind that is known.
    """
    if any(name in wanted and layer_of(name) != "classifier" for name in given):
        return Renamed({name: name if name in wanted else None for name in given}, None)
    for known in FORMATS:
        if any(map(known.mark.fullmatch, given)):
            return Renamed(_translated(known, given, wanted), known)
    sources = ", ".join(known.whose for known in FORMATS)
    first = ", ".join(list(given)[:3]) or "none"
    raise DefinitionError(
        f"given weights have the names of this network's layers, or those of {sources}, got {quoted(first)}; load them "
        "into the network that they are of, and rename them"
    )


def _translated(known: SourceFormat, given: Shapes, wanted: Shapes) -> dict[str, str | None]:
    here, slots = places(layers_in(wanted)), known.slots(layers_in(given))

    def name_of(tensor: str) -> str | None:
        slot = slots.get(layer_of(tensor))
        if slot is None or slot not in here:
            return None
        own = tensor.rpartition(".")[2]
        name = f"{here[slot]}.{own}"
        in_segments = f"{here[slot]}.weights.0"
        return in_segments if own == "weight" and in_segments in wanted else name if name in wanted else None

    return {tensor: name_of(tensor) for tensor in given}
