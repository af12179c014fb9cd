"""What is known of a library's way to name the layers of a network. No torch."""

import re
from collections.abc import Callable
from typing import NamedTuple

from spectrum.weights.convention import Convention
from spectrum.weights.slots import Layers, Slot


class SourceFormat(NamedTuple):
    """The names that some library gives to a network's layers.

    Attributes:
        whose: network, in words.
        network: how this library builds the same.
        mark: a name that such weights have, and no others.
        slots: where each layer stands, by its name; a layer that has no place in such a network is left out.
        convention: what the source does that its weights do not show.
    """

    whose: str
    network: str
    mark: re.Pattern[str]
    slots: Callable[[Layers], dict[str, Slot]]
    convention: Convention


def numbered(layers: Layers, kind: str) -> dict[str, int]:
    """The layers of a kind, counted by the number at the end of their names: "conv2d", "conv2d_1" are 0 and 1.

    From the smallest number on, since Keras goes on counting from one network to the next.
    """
    ends = {name: re.search(r"\d+$", name) for name, other in layers.items() if other == kind}
    numbers = {name: int(end[0]) if end else 0 for name, end in ends.items()}
    first = min(numbers.values(), default=0)
    return {name: number - first for name, number in numbers.items()}


def classifier_in(layers: Layers) -> dict[str, Slot]:
    """The only linear layer, whatever its name; where there are several, none is known to be the classifier."""
    linear = [name for name, kind in layers.items() if kind == "linear"]
    return {linear[0]: Slot("classifier", 0)} if len(linear) == 1 else {}
