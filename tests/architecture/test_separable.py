"""The chain of convolutions that a block is, at every point of the spectrum."""

from typing import Any

import pytest

from spectrum.architecture.layers import Activation, Convolution, Free, Norm
from spectrum.architecture.modules import Order
from spectrum.architecture.separable import Block
from spectrum.segments import DEPTHWISE, PLAIN

OUT, INNER = Free(("out",), 1, inside=False), Free(("inner",), 1, inside=True)


def chain(**fields: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "channels": 8, "segments": 2, "kernel": (3, 3), "stride": 2, "padding": "same", "order": "pointwise-first",
        "between": (), "inner": 4, "free": OUT, "free_inner": INNER,
    }  # fmt: skip
    return dict(Block(**base | fields).chain().children)


def test_orders_place_the_stride_and_the_free_widths() -> None:
    spatial = Convolution(None, (3, 3), 2, segments=2)
    assert chain() == {"pointwise": Convolution(8, free=OUT), "spatial": spatial}
    assert list(chain(order="spatial-first").items()) == [("spatial", spatial), ("pointwise", Convolution(8, free=OUT))]
    assert list(chain(order="bottleneck").items()) == [
        ("pointwise", Convolution(4, free=INNER)), ("spatial", spatial), ("expand", Convolution(8, free=OUT))
    ]  # fmt: skip


def test_the_kernel_is_the_box_around_those_of_the_segments() -> None:
    kernels = ((3, 3), (1, 7))
    assert chain(kernels=kernels)["spatial"] == Convolution(None, (3, 7), 2, segments=2, kernels=kernels)


@pytest.mark.parametrize("order", ["pointwise-first", "spatial-first", "bottleneck"])
def test_plain_is_one_convolution_whatever_the_rest(order: Order) -> None:
    between = (("relu", Activation("relu")),)
    assert chain(segments=PLAIN, order=order, between=between) == {"plain": Convolution(8, (3, 3), 2, free=OUT)}


def test_the_sequence_stands_in_every_gap() -> None:
    between = (("norm", Norm(1e-3, 0.1)), ("relu", Activation("relu")))
    assert list(chain(between=between)) == ["pointwise", "norm0", "relu0", "spatial"]
    assert list(chain(order="bottleneck", between=between)) == [
        "pointwise", "norm0", "relu0", "spatial", "norm1", "relu1", "expand"
    ]  # fmt: skip


@pytest.mark.parametrize("order", ["pointwise-first", "spatial-first", "bottleneck"])
def test_a_bias_is_left_out_where_a_linear_map_follows(order: Order) -> None:
    def biases(**fields: Any) -> list[bool]:
        layers = chain(order=order, bias=True, segments=DEPTHWISE, **fields).values()
        return [layer.bias for layer in layers if isinstance(layer, Convolution)]

    number = 3 if order == "bottleneck" else 2
    assert biases() == [False] * (number - 1) + [True]
    assert biases(between=(("relu", Activation("relu")),)) == [True] * number
