"""Inception V3 in Keras Applications: conv2d_7 and batch_normalization_7, counted as they are made, tower by tower."""

import re

from spectrum.weights.convention import Convention
from spectrum.weights.formats.source_format import SourceFormat, classifier_in, numbered
from spectrum.weights.slots import Layers, Slot


def _slots(layers: Layers) -> dict[str, Slot]:
    found = classifier_in(layers)
    for kind in ("conv", "norm"):
        found |= {name: Slot(kind, number) for name, number in numbered(layers, kind).items()}
    return found


FORMAT = SourceFormat(
    whose="Inception V3 of Keras",
    network="sp.networks.inception_v3()",
    mark=re.compile(r"conv2d(_\d+)?\.weight"),
    slots=_slots,
    convention=Convention.of("same", 1e-3),
)
