"""The layers of a Keras model as tensors in PyTorch's layout, from the model or from a file; Keras is never imported.

A convolution is "conv2d_1.weight", a batch norm "bn.weight", "bn.bias", "bn.running_mean" and "bn.running_var"; a
separable convolution is two, "sepconv.depthwise.weight" and "sepconv.pointwise.weight".
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Arrays = Sequence[NDArray[Any]]


def is_keras(source: object) -> bool:
    """Whether something is a model of Keras, which is known without importing it."""
    return any(
        kind.__module__.partition(".")[0] in ("keras", "tf_keras", "tensorflow") for kind in type(source).__mro__
    )


def tensors_of_model(model: Any) -> dict[str, Tensor]:
    """The weights of a live model, those of models inside it included."""
    return {name: tensor for layer in _layers(model) for name, tensor in named(layer.name, layer.get_weights()).items()}


def _layers(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _layers(layer)
        elif layer.weights:
            yield layer


def named(layer: str, arrays: Arrays) -> dict[str, Tensor]:
    """The arrays of one layer, in Keras' order, by PyTorch's names; by number where the layer is of no kind here."""
    tensors = [torch.from_numpy(np.array(array, _type(array))) for array in arrays]
    match [tensor.dim() for tensor in tensors]:
        case [4] | [4, 1]:  # [k, l, c, c']
            found = _with_bias(layer, tensors[0].permute(3, 2, 0, 1), tensors[1:])
        case [4, 4] | [4, 4, 1]:  # depthwise [k, l, c, m], pointwise [1, 1, c m, c']
            depthwise = tensors[0].permute(2, 3, 0, 1).flatten(0, 1).unsqueeze(1)
            pointwise = tensors[1].permute(3, 2, 0, 1)
            found = {f"{layer}.depthwise.weight": depthwise, **_with_bias(f"{layer}.pointwise", pointwise, tensors[2:])}
        case [2] | [2, 1]:  # [c, c']
            found = _with_bias(layer, tensors[0].T, tensors[1:])
        case [1, 1, 1] | [1, 1, 1, 1]:  # without scale, or with one
            names = ("weight", "bias", "running_mean", "running_var")[-len(tensors) :]
            found = {f"{layer}.{name}": tensor for name, tensor in zip(names, tensors, strict=True)}
        case _:
            found = {f"{layer}.{number}": tensor for number, tensor in enumerate(tensors)}
    return found


def _type(array: NDArray[Any]) -> type:
    """That of PyTorch's weights, which has no bfloat16 in common with NumPy, unless it is double."""
    return np.float64 if array.dtype == np.float64 else np.float32


def _with_bias(layer: str, weight: Tensor, bias: Sequence[Tensor]) -> dict[str, Tensor]:
    return {f"{layer}.weight": weight, **{f"{layer}.bias": tensor for tensor in bias}}
