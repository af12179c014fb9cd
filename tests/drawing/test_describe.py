"""From trees to parts: what is stacked, what is beside it, which modules are one."""

from itertools import pairwise

import pytest

import spectrum as sp
from spectrum.architecture.layers import Activation, Chain, Concatenation, Convolution, Norm, Sum, TrainingOnly
from spectrum.architecture.shapes import Shape
from spectrum.cost.closed_form import count
from spectrum.drawing.describe import Description
from spectrum.drawing.parts import Box, Fork, Part, Stack, Stage

CONV, NORM = Convolution(4, (3, 3)), Norm(1e-3, 0.1)
BOX = Box("3x3 conv 4", "spatial")


def only(tree: Chain | Sum | Concatenation | TrainingOnly) -> Stage:
    (stage,) = Description(Chain((("x", tree),)), (4, 8, 8), apart=False).stages()
    return stage


def boxes(part: Part) -> list[Box]:
    if isinstance(part, Box):
        return [part]
    return [box for child in (part.parts if isinstance(part, Stack) else part.branches) for box in boxes(child)]


def test_a_norm_behind_a_convolution_is_in_its_box() -> None:
    tree = Chain((("n", NORM), ("a", CONV), ("b", NORM), ("c", Activation("relu")), ("d", NORM)))
    bn = Box("BN", "plain")
    assert only(tree).part == Stack((bn, Box("3x3 conv 4 + BN", "spatial"), Box("ReLU", "plain"), bn))


def test_chains_in_chains_are_one_stack() -> None:
    inner = Chain((("a", CONV), ("b", NORM)))
    assert only(Chain((("c", inner), ("d", Chain()), ("e", CONV)))).part == Stack(
        (Box("3x3 conv 4 + BN", "spatial"), BOX)
    )


def test_branches() -> None:
    children = (("a", CONV), ("b", Chain()))
    assert only(Sum(children)).part == Fork((BOX, Stack(())), "+")
    assert only(Concatenation((("a", CONV), ("b", CONV)))) == Stage(
        Fork((BOX, BOX), "concat"), "x", "x", 1, Shape(4, 8, 8), Shape(8, 8, 8)
    )
    assert only(TrainingOnly((("a", CONV),))).part == Fork((Stack(()), BOX), "")


def test_equal_modules_that_follow_each_other_are_one() -> None:
    stages = Description(sp.networks.xception().tree, (3, 299, 299), apart=False).stages()
    assert [(stage.first, stage.last, stage.copies) for stage in stages if stage.copies > 1] == [
        ("features.4", "features.11", 8)
    ]
    assert sum(stage.copies for stage in stages if stage.first.startswith("features")) == 14


def test_modules_with_other_inputs_are_not_equal() -> None:
    """Inception V3's two last modules have the same widths, but one has 1280 channels to read and one 2048."""
    stages = Description(sp.networks.inception_v3().tree, (3, 299, 299), apart=False).stages()
    assert [stage.first for stage in stages][-5:-3] == ["features.13", "features.14"]


@pytest.mark.parametrize("name", ["xception", "inception_v3", "small", "mobilenet", "resnet152", "resnext50", "vgg16"])
def test_every_convolution_and_linear_layer_is_drawn(name: str) -> None:
    """As many as the closed form counts, and the sizes of the images agree with it."""
    network = sp.networks.named(name)
    assert network.image
    counted = [layer for layer in count(network, network.image).layers if layer.macs]
    stages = Description(network.tree, network.image, apart=False).stages()
    drawn = sum(
        stage.copies * (box.kind in ("pointwise", "spatial", "linear")) for stage in stages for box in boxes(stage.part)
    )
    assert drawn == len(counted)
    assert stages[-1].output == Shape(1000 if name not in ("small",) else network.classes, 1, 1)
    assert all(before.output == after.entry for before, after in pairwise(stages))


def test_xception_has_36_convolution_layers() -> None:
    """Two in the stem and 34 separable ones, beside the four skips with a convolution (paper, figure 5)."""
    stages = Description(sp.networks.xception().tree, (3, 299, 299), apart=False).stages()
    normed = sum(stage.copies * box.text.endswith("+ BN") for stage in stages for box in boxes(stage.part))
    assert normed == 36 + 4
