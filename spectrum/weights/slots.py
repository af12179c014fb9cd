"""Where the layers with weights stand in a network: what it has in common with the same network of other names.

No torch: names and shapes are enough.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from spectrum.architecture.tensors import Shapes

Kind = Literal["conv", "norm", "linear"]
Layers = dict[str, Kind]
"""What each layer is, by its name, in their order."""


class Slot(NamedTuple):
    """A place in a network: the number-th, from 0, in a group of layers.

    The groups are all "conv" and all "norm"; those of all skips, "skip.conv" and "skip.norm"; those of a module,
    "3.body.conv" to "3.skip.norm"; the linear layers "hidden" and, with one in it, "classifier".
    """

    group: str
    number: int


def layer_of(tensor: str) -> str:
    """The name of the layer that a tensor belongs to."""
    layer, _, own = tensor.rpartition(".")
    return layer.removesuffix(".weights") if own.isdigit() else layer


def layers_in(shapes: Shapes) -> Layers:
    """The layers that tensors belong to."""
    found: Layers = {}
    for name, shape in shapes.items():
        if name.endswith(".running_mean"):
            found[layer_of(name)] = "norm"
        elif len(shape) == 4:
            found[layer_of(name)] = "conv"
        elif len(shape) == 2:
            found[layer_of(name)] = "linear"
    return found


def places(layers: Layers) -> Mapping[Slot, str]:
    """The layer in each place of one of this library's networks; an auxiliary classifier has none."""
    found: dict[Slot, str] = {}
    known: Counter[str] = Counter()
    for path, kind in layers.items():
        for group in _groups(path, kind):
            found[Slot(group, known[group])] = path
            known[group] += 1
    return found


def _groups(path: str, kind: Kind) -> Iterator[str]:
    names = path.split(".")
    if "branch" in names:
        return
    if kind == "linear":
        yield "classifier" if path == "classifier" else "hidden"
        return
    yield kind
    side = "skip" if "skip" in names else "body"
    if side == "skip":
        yield f"skip.{kind}"
    if names[0] == "features" and len(names) > 1:
        yield f"{names[1]}.{side}.{kind}"
