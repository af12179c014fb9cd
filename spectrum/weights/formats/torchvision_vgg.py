"""VGG as torchvision names it: features.0, features.2, ..., classifier.0, classifier.3, classifier.6."""

import re

from spectrum.weights.convention import Convention
from spectrum.weights.formats.source_format import SourceFormat
from spectrum.weights.slots import Layers, Slot

LAYER = re.compile(r"(?:features|classifier)\.(\d+)")


def _slots(layers: Layers) -> dict[str, Slot]:
    """In the order of their numbers, which poolings and activations count, too."""
    numbers = {name: int(match[1]) for name in layers if (match := LAYER.fullmatch(name))}
    found: dict[str, Slot] = {}
    for kind, group in (("conv", "conv"), ("norm", "norm"), ("linear", "hidden")):
        ours = sorted((name for name in numbers if layers[name] == kind), key=numbers.__getitem__)
        found |= {name: Slot(group, number) for number, name in enumerate(ours)}
    last = max((name for name in numbers if layers[name] == "linear"), key=numbers.__getitem__, default=None)
    return found | ({last: Slot("classifier", 0)} if last else {})


FORMAT = SourceFormat(
    whose="VGG of torchvision",
    network="sp.networks.vgg16() or its like",
    mark=re.compile(r"features\.\d+\.weight"),
    slots=_slots,
    convention=Convention.of("symmetric", 1e-5),
)
