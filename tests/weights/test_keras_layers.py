"""Arrays of Keras' layers in PyTorch's layout: each computes the same."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from spectrum.weights.keras_layers import is_keras, named

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def test_keras_is_known_by_its_classes_alone() -> None:
    made = type("Model", (), {"__module__": "keras.src.models.functional"})
    assert is_keras(type("Own", (made,), {"__module__": "mine"})())
    assert not is_keras(nn.Linear(1, 1))
    assert not is_keras({"keras": 1})


@pytest.mark.parametrize(
    ("shapes", "names"),
    [
        ([(3, 5, 4, 6)], {"x.weight": (6, 4, 3, 5)}),
        ([(3, 3, 4, 6), (6,)], {"x.weight": (6, 4, 3, 3), "x.bias": (6,)}),
        (
            [(3, 5, 4, 2), (1, 1, 8, 7), (7,)],
            {"x.depthwise.weight": (8, 1, 3, 5), "x.pointwise.weight": (7, 8, 1, 1), "x.pointwise.bias": (7,)},
        ),
        ([(4, 7), (7,)], {"x.weight": (7, 4), "x.bias": (7,)}),
        ([(4,)] * 4, {f"x.{name}": (4,) for name in ("weight", "bias", "running_mean", "running_var")}),
        ([(4,)] * 3, {f"x.{name}": (4,) for name in ("bias", "running_mean", "running_var")}),
        ([(3,), (3,), ()], {"x.0": (3,), "x.1": (3,), "x.2": ()}),
    ],
)
def test_names_and_shapes(shapes: list[tuple[int, ...]], names: dict[str, tuple[int, ...]]) -> None:
    found = named("x", [np.zeros(shape) for shape in shapes])
    assert {name: tuple(tensor.shape) for name, tensor in found.items()} == names


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_precisions(dtype: Any) -> None:
    (tensor,) = named("x", [np.ones((1, 1, 2, 2), dtype)]).values()
    assert tensor.dtype == (torch.float64 if dtype == np.float64 else torch.float32)


@pytest.mark.slow
def test_a_separable_convolution_with_several_outputs_a_channel_computes_the_same(keras: Any) -> None:
    layer = keras.layers.SeparableConv2D(5, 3, depth_multiplier=2, padding="same")
    images = torch.randn(2, 6, 6, 4)
    with torch.no_grad():
        expected = torch.as_tensor(keras.ops.convert_to_numpy(layer(images.numpy()))).permute(0, 3, 1, 2)
    given = SimpleNamespace(**{name.replace(".", "_"): t for name, t in named("x", layer.get_weights()).items()})
    found = functional.conv2d(images.permute(0, 3, 1, 2), given.x_depthwise_weight, padding=1, groups=4)
    found = functional.conv2d(found, given.x_pointwise_weight, given.x_pointwise_bias)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
