"""Xception in Keras Applications: block2_sepconv1, block2_sepconv1_bn; layers of skips are numbered, like conv2d_2."""

import re

from spectrum.weights.convention import Convention
from spectrum.weights.formats.source_format import SourceFormat, classifier_in, numbered
from spectrum.weights.slots import Layers, Slot

IN_BLOCK = re.compile(r"block(\d+)_(?:conv|sepconv)(\d+)(?:_bn)?(?:\.(depthwise|pointwise))?")


def _slots(layers: Layers) -> dict[str, Slot]:
    found = classifier_in(layers)
    for name, kind in layers.items():
        if inside := IN_BLOCK.fullmatch(name):
            module, number = int(inside[1]) - 1, int(inside[2]) - 1
            if inside[3]:  # two convolutions in a separable one
                number = 2 * number + (inside[3] == "pointwise")
            found[name] = Slot(f"{module}.body.{kind}", number)
    skips = {name: kind for name, kind in layers.items() if name not in found}
    for kind in ("conv", "norm"):
        found |= {name: Slot(f"skip.{kind}", number) for name, number in numbered(skips, kind).items()}
    return found


FORMAT = SourceFormat(
    whose="Xception of Keras",
    network="sp.networks.xception()",
    mark=re.compile(r"block2_sepconv1\.depthwise\.weight"),
    slots=_slots,
    convention=Convention.of("same", 1e-3),
)
