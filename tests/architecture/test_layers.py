"""The tree: paths, shapes, and the widths in it that may change."""

import pytest

from spectrum.architecture.layers import (
    Activation,
    Chain,
    Concatenation,
    Convolution,
    Dropout,
    Flatten,
    Free,
    GlobalPool,
    Linear,
    Node,
    Norm,
    Pool,
    Sum,
    free_widths,
    steps,
    with_channels,
)
from spectrum.errors import DefinitionError

FREE = Free(("modules", 0, "channels", 0), 1, inside=False)
TREE = Chain(
    (
        ("stem", Convolution(8, (3, 3), 2, free=FREE)),
        ("norm", Norm(1e-3, 0.1)),
        ("towers", Concatenation((
            ("a", Convolution(4)),
            ("b", Chain((("pool", Pool("average", stride=1)), ("conv", Convolution(2))))),
        ))),
        ("residual", Sum((("body", Chain((("conv", Convolution(None, (3, 3), segments=3)),))), ("skip", Chain())))),
        ("relu", Activation("relu")),
        ("pool", GlobalPool()),
        ("dropout", Dropout()),
        ("classifier", Linear(10)),
    )
)  # fmt: skip


def test_paths_and_shapes_from_image_to_logits() -> None:
    found = steps(TREE, (3, 9, 9))
    assert [(step.path, step.output) for step in found] == [
        ("stem", (8, 5, 5)),
        ("norm", (8, 5, 5)),
        ("towers.a", (4, 5, 5)),
        ("towers.b.pool", (8, 5, 5)),
        ("towers.b.conv", (2, 5, 5)),
        ("residual.body.conv", (6, 5, 5)),
        ("relu", (6, 5, 5)),
        ("pool", (6, 1, 1)),
        ("dropout", (6, 1, 1)),
        ("classifier", (10, 1, 1)),
    ]
    assert [step.chain for step in found] == [
        "", "", None, "towers.b", "towers.b", "residual.body", "", "", "", ""
    ]  # fmt: skip


def test_flattening_takes_every_pixel() -> None:
    tree = Chain((("flatten", Flatten()), ("classifier", Linear(2))))
    assert steps(tree, (3, 4, 5))[0].output == (60, 1, 1)


def test_trees_are_values() -> None:
    again = Chain(TREE.children)
    assert again == TREE
    assert hash(again) == hash(TREE)
    assert Norm(1e-3, 0.1) != Activation("relu")
    with pytest.raises(AttributeError):
        TREE.children = ()  # type: ignore[misc]


def test_free_widths_are_named_once_and_changed_everywhere() -> None:
    tree = Chain((("a", TREE), ("b", Convolution(8, free=FREE)), ("c", Convolution(7))))
    assert free_widths(tree) == {FREE: 8}
    changed = with_channels(tree, lambda free: 11)
    assert free_widths(changed) == {FREE: 11}
    assert with_channels(changed, lambda free: 8) == tree


@pytest.mark.parametrize(
    ("node", "sentence"),
    [
        (Sum((("a", Convolution(4)), ("b", Chain()))), "branches of a sum have one shape, got 4 x 8 x 8 and 3 x 8 x 8 "
         "at here; project one"),
        (Concatenation((("a", Convolution(4, stride=2)), ("b", Chain()))), "branches that are concatenated have one "
         "height and width, got 4 x 4 x 4 and 3 x 8 x 8 at here; give them the same strides and padding"),
        (Linear(4), "a linear layer takes a vector, got 3 x 8 x 8 at here; put a GlobalPool or a Flatten before it"),
    ],
)  # fmt: skip
def test_what_does_not_fit(node: Node, sentence: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        steps(Chain((("here", node),)), (3, 8, 8))
    assert str(caught.value) == sentence
