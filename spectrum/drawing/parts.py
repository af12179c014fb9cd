"""What a diagram is made of: boxes, stacked and side by side. No layers any more, and no coordinates yet."""

from dataclasses import dataclass
from typing import Literal

from spectrum.architecture.shapes import Shape

Kind = Literal["pointwise", "spatial", "linear", "pool", "plain"]


@dataclass(frozen=True)
class Box:
    """A layer; its kind is its colour."""

    text: str
    kind: Kind


@dataclass(frozen=True)
class Stack:
    """Parts after each other, from top to bottom; an empty one is a line."""

    parts: "tuple[Part, ...]"


@dataclass(frozen=True)
class Fork:
    """Parts of one input side by side.

    Attributes:
        join: what is done with their outputs; empty where the first goes on and the others end by themselves.
    """

    branches: "tuple[Part, ...]"
    join: str


Part = Box | Stack | Fork


@dataclass(frozen=True)
class Stage:
    """A module, or a layer of the head, with its place in the network.

    Attributes:
        first, last: the paths of its layers' weights; of the first and of the last of equal ones.
        copies: how many equal ones follow each other.
        entry, output: what comes in and what goes out.
    """

    part: Part
    first: str
    last: str
    copies: int
    entry: Shape
    output: Shape
