"""Xception as timm's `legacy_xception` has it: conv1, block2.rep.4.pointwise, block2.skip, block2.skipbn, bn3, fc."""

import re

from spectrum.weights.convention import Convention
from spectrum.weights.formats.source_format import SourceFormat
from spectrum.weights.slots import Kind, Layers, Slot

IN_BLOCK = re.compile(r"block(\d+)\.(?:rep\.(\d+)(?:\.(conv1|pointwise))?|skip|skipbn)")
OUTSIDE = re.compile(r"(?:conv|bn)([1-4])(?:\.(conv1|pointwise))?")
LAST = 13
"""The module of the last two separable convolutions, conv3 and conv4; conv1 and conv2 are the stem, module 0."""


def _slot(name: str, kind: Kind) -> Slot | None:
    if name == "fc":
        return Slot("classifier", 0)
    if inside := IN_BLOCK.fullmatch(name):
        if inside[2] is None:
            return Slot(f"{inside[1]}.skip.{kind}", 0)
        # A ReLU, a separable convolution and a norm each time; the first block begins without its ReLU.
        return Slot(f"{inside[1]}.body.{kind}", _number(int(inside[2]) // 3, inside[3]))
    if outside := OUTSIDE.fullmatch(name):
        late, number = divmod(int(outside[1]) - 1, 2)
        return Slot(f"{LAST * late}.body.{kind}", _number(number, outside[2]))
    return None


def _number(number: int, part: str | None) -> int:
    """Of a convolution, given the part that it is of the number-th separable one; or of a layer that is whole."""
    return number if part is None else 2 * number + (part == "pointwise")


def _slots(layers: Layers) -> dict[str, Slot]:
    return {name: slot for name, kind in layers.items() if (slot := _slot(name, kind))}


FORMAT = SourceFormat(
    whose="legacy_xception of timm",
    network="sp.networks.xception(convention='pytorch')",
    mark=re.compile(r"block1\.rep\.0\.conv1\.weight"),
    slots=_slots,
    convention=Convention.of("symmetric", 1e-5),
)
