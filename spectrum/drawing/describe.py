"""From the tree of layers to the parts of a diagram: what stands after what, and what beside it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from spectrum.architecture.layers import Chain, Concatenation, Convolution, Joint, Node, Norm, Sum, steps
from spectrum.architecture.shapes import Image, Shape
from spectrum.drawing.boxes import convolution_part, layer_box
from spectrum.drawing.parts import Box, Fork, Part, Stack, Stage


class Description:
    """The parts of a tree.

    Args:
        tree: a network's, or a module's.
        image: channels, height and width of what comes in.
        apart: whether the segments of a convolution are boxes of their own.

    Raises:
        DefinitionError: where the image is too small, or does not fit.
    """

    def __init__(self, tree: Node, image: Image, *, apart: bool) -> None:
        self._steps = {step.path: step for step in steps(tree, image)}
        self._tree, self._entry, self._apart = tree, Shape(*image), apart

    def stages(self) -> tuple[Stage, ...]:
        """Its modules and the layers of its head; of equal ones that follow each other, one with their number."""
        stages, shape = [], self._entry
        for path, node in _stages(self._tree):
            part, output = self._part(node, path, shape)
            stages.append(Stage(part, path, path, 1, shape, output))
            shape = output
        return tuple(_once(stages))

    def _part(self, node: Node, path: str, entry: Shape) -> tuple[Part, Shape]:
        """What draws a node, and the shape of what comes out of it."""
        if isinstance(node, Chain):
            return self._stack(node, path, entry)
        if isinstance(node, Joint):
            return self._fork(node, path, entry)
        step = self._steps[path]
        if isinstance(node, Convolution):
            return convolution_part(node, step.output.channels, apart=self._apart), step.output
        return layer_box(node), step.output

    def _stack(self, chain: Chain, path: str, entry: Shape) -> tuple[Part, Shape]:
        prefix = f"{path}." if path else ""
        parts: list[Part] = []
        for name, child in chain.children:
            part, entry = self._part(child, prefix + name, entry)
            if isinstance(child, Norm) and parts and (normed := _with_norm(parts[-1])):
                parts[-1] = normed
            else:
                parts.extend(part.parts if isinstance(part, Stack) else [part])
        return (parts[0] if len(parts) == 1 else Stack(tuple(parts))), entry

    def _fork(self, node: Joint, path: str, entry: Shape) -> tuple[Part, Shape]:
        drawn = [self._part(child, f"{path}.{name}", entry) for name, child in node.children]
        branches, shapes = tuple(part for part, _ in drawn), [shape for _, shape in drawn]
        if isinstance(node, Sum):
            return Fork(branches, "+"), shapes[0]
        if isinstance(node, Concatenation):
            return Fork(branches, "concat"), shapes[0]._replace(channels=sum(shape.channels for shape in shapes))
        return Fork((Stack(()), *branches), ""), entry


def _stages(tree: Node) -> Iterator[tuple[str, Node]]:
    """The modules of the features and what comes behind them, with their paths."""
    for name, node in tree.children if isinstance(tree, Chain) else (("", tree),):
        if name == "features" and isinstance(node, Chain):
            yield from ((f"{name}.{key}", child) for key, child in node.children)
        else:
            yield name, node


def _with_norm(part: Part) -> Part | None:
    """A convolution with the batch norm right behind it in the same box; None for another part."""
    if isinstance(part, Box) and part.kind in ("pointwise", "spatial"):
        return replace(part, text=f"{part.text} + BN")
    return None


def _once(stages: list[Stage]) -> Iterator[Stage]:
    for _, equal in groupby(stages, key=lambda stage: (stage.part, stage.entry, stage.output)):
        copies = list(equal)
        yield replace(copies[0], last=copies[-1].first, copies=len(copies))
