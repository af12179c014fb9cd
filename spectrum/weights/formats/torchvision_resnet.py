"""ResNet and ResNeXt as torchvision and timm name them: conv1, layer1.0.conv1, layer1.0.downsample.0, fc."""

import re

from spectrum.weights.convention import Convention
from spectrum.weights.formats.source_format import SourceFormat
from spectrum.weights.slots import Layers, Slot

IN_BLOCK = re.compile(r"layer(\d+)\.(\d+)\.(?:downsample\.[01]|(?:conv|bn)(\d))")


def _slots(layers: Layers) -> dict[str, Slot]:
    inside = {name: match for name in layers if (match := IN_BLOCK.fullmatch(name))}
    blocks = sorted({(int(match[1]), int(match[2])) for match in inside.values()})
    modules = {block: module for module, block in enumerate(blocks, start=1)}  # after the stem
    found = {"conv1": Slot("0.body.conv", 0), "bn1": Slot("0.body.norm", 0), "fc": Slot("classifier", 0)}
    for name, match in inside.items():
        module = modules[int(match[1]), int(match[2])]
        side, number = ("skip", 0) if match[3] is None else ("body", int(match[3]) - 1)
        found[name] = Slot(f"{module}.{side}.{layers[name]}", number)
    return found


FORMAT = SourceFormat(
    whose="ResNet of torchvision",
    network="sp.networks.resnet50() or its like",
    mark=re.compile(r"layer1\.0\.conv1\.weight"),
    slots=_slots,
    convention=Convention.of("symmetric", 1e-5),
)
