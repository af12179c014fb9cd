"""What a network does that none of its tensors shows: how it pads where it halves an image, and eps of batch norm."""

from typing import NamedTuple, Self

from spectrum.architecture.layers import Convolution, Node, Norm, Pool, steps
from spectrum.architecture.shapes import Image, Padding
from spectrum.errors import DefinitionError


class Convention(NamedTuple):
    """Paddings of the windows larger than a pixel that halve an image, where they pad; and eps of batch norms."""

    paddings: frozenset[Padding]
    eps: frozenset[float]

    @classmethod
    def of(cls, padding: Padding, eps: float) -> Self:
        """Those of a network with one of each."""
        return cls(frozenset({padding}), frozenset({eps}))

    @classmethod
    def of_tree(cls, tree: Node, image: Image) -> Self:
        """Those that a tree of layers declares."""
        layers = [step.layer for step in steps(tree, image)]
        windows = [
            (layer.padding, layer.stride, layer.kernel) for layer in layers if isinstance(layer, Pool | Convolution)
        ]
        return cls(
            frozenset(padding for padding, stride, kernel in windows if halving(padding, stride, kernel)),
            frozenset(layer.eps for layer in layers if isinstance(layer, Norm)),
        )


def halving(padding: Padding, stride: int, kernel: int | tuple[int, ...]) -> bool:
    """Whether it matters how a window pads: "same" and "symmetric" differ with a stride alone, and never at 1 x 1."""
    sides = kernel if isinstance(kernel, tuple) else (kernel,)
    return padding != "valid" and stride > 1 and max(sides) > 1


def check_convention(found: Convention, wanted: Convention, *, whose: str, network: str) -> None:
    """Raise DefinitionError where a network, given these weights, would not compute what their source does."""
    if not (found.paddings <= wanted.paddings and found.eps <= wanted.eps):
        raise DefinitionError(
            f"{whose} pads {_written(wanted)}, got a network that pads {_written(found)} and would compute something "
            f"else; build {network}"
        )


def _written(convention: Convention) -> str:
    paddings = " and ".join(map(repr, sorted(convention.paddings))) or "nothing"
    eps = " and ".join(f"{each:g}" for each in sorted(convention.eps))
    return f"{paddings} and has batch norm of eps {eps}" if eps else paddings
