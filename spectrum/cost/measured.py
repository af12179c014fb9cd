"""What a network costs by fvcore's count on the built module: the route that knows nothing of the closed form.

fvcore counts one flop a multiply-accumulate. Of its operators, those of convolutions, linear layers and matrix products
count; batch norm, pooling and activations do not. Its `aten::_convolution` is joined by what newer modules trace to.
"""

import warnings
from collections import Counter
from collections.abc import Callable
from math import prod
from typing import Any

import torch
from torch import nn

from spectrum.architecture.layers import Node
from spectrum.architecture.shapes import Image, checked_image
from spectrum.architecture.spec import Network, tree_and_image
from spectrum.cost.closed_form import count
from spectrum.cost.isolated import described, own_module, random_state_kept
from spectrum.cost.measured_layers import measured_layers, output_shapes
from spectrum.cost.quantities import Cost, Layer
from spectrum.errors import DefinitionError
from spectrum.public import public

Handle = Callable[[list[Any], list[Any]], Any]
"""How fvcore counts an operator: from its inputs and outputs in the traced graph to a number or a Counter."""

NOT_COUNTED = frozenset(
    f"aten::{name}"
    for name in (
        "addbmm", "addmv", "bilinear", "dot", "gru", "lstm", "mv", "rnn_relu", "rnn_tanh",
        "_native_multi_head_attention", "_transformer_encoder_layer_fwd",
    )
)  # fmt: skip
"""Operators that multiply and accumulate, but that fvcore has no count for."""


@public
def measure(network: Network | Node | nn.Module, *, image: Image | None = None) -> Cost:
    """Parameters, MACs and activations of a network as fvcore counts them, in evaluation mode, for one image.

    A module is copied: it, its mode and the random state stay as they are. Parameters are the trainable ones, shared
    ones once; there is a row for each part that has some of its own, or multiplies. A module's effective parameters are
    not known; those of a spec are the closed form's.

    Args:
        network: a spec, a tree of layers, or any torch module that takes images [1, c, h, w].
        image: channels, height and width; those that a spec says it is made for where not given.

    Raises:
        DefinitionError: where the module rejects the image, cannot be traced, or multiplies in a way that fvcore has
            no count for.
    """
    effective = None
    if isinstance(network, Network | Node):
        image = tree_and_image(network, image)[1]
        effective = count(network, image).effective_params
    image = checked_image(image)
    with random_state_kept(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = own_module(network, image).eval()
        try:
            counts, layers, uncounted = _traced(module, image)
        except Exception as error:
            raise DefinitionError(
                f"a network is measured by tracing it on an image of {'x'.join(map(str, image))}, "
                f"got {described(error)}; give an image that it takes, or a module that torch can trace"
            ) from error
    if uncounted:
        raise DefinitionError(
            f"fvcore has no count of multiplications for {', '.join(uncounted)}, which this network uses; "
            "give a network of convolutions, linear layers and matrix products"
        )
    params = sum(weight.numel() for weight in module.parameters() if weight.requires_grad)
    return Cost(params, int(counts["macs"]), int(counts["activations"]), effective, layers)


def _traced(module: nn.Module, image: Image) -> tuple[Counter[str], tuple[Layer, ...], list[str]]:
    """Totals of MACs and activations, a row for each layer, and the operators that multiply but are not counted."""
    from fvcore.nn import FlopCountAnalysis

    weights = [*module.parameters(), *module.buffers()]
    dtype = next((weight.dtype for weight in weights if weight.is_floating_point()), torch.float32)
    with torch.enable_grad():  # without it, attention takes a fused path that cannot be counted
        analysis = FlopCountAnalysis(module, torch.zeros(1, *image, dtype=dtype, device="cpu"))
        analysis.clear_op_handles().set_op_handle(**_handles())
        analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False).tracer_warnings("none")
        with output_shapes(module) as shapes:
            counts = analysis.by_operator()
        layers = measured_layers(module, analysis.by_module_and_operator(), shapes)
    return counts, layers, sorted(NOT_COUNTED & set(analysis.unsupported_ops()))


def _handles() -> dict[str, Handle]:
    """For each operator that counts: its MACs and its activations in one Counter, so that one trace does."""
    from fvcore.nn import jit_handles

    macs: dict[str, Handle] = {
        "aten::_convolution": jit_handles.conv_flop_jit,
        "aten::_convolution_mode": _convolution_by_padding_mode,
        "aten::linear": jit_handles.linear_flop_jit,
        "aten::addmm": jit_handles.addmm_flop_jit,
        "aten::mm": jit_handles.matmul_flop_jit,
        "aten::matmul": jit_handles.matmul_flop_jit,
        "aten::bmm": jit_handles.bmm_flop_jit,
        "aten::baddbmm": lambda inputs, outputs: jit_handles.bmm_flop_jit(inputs[1:3], outputs),
        "aten::einsum": jit_handles.einsum_flop_jit,
    }
    handles = {name: _with_activations(handle) for name, handle in macs.items()}
    return {**handles, "aten::scaled_dot_product_attention": _attention}


def _with_activations(macs: Handle) -> Handle:
    def both(inputs: list[Any], outputs: list[Any]) -> Counter[str]:
        number = macs(inputs, outputs)
        total = sum(number.values()) if isinstance(number, Counter) else number
        return Counter(macs=int(total), activations=prod(_shape(outputs[0])))

    return both


def _convolution_by_padding_mode(inputs: list[Any], outputs: list[Any]) -> int:
    """A convolution with padding="same" or "valid": each output sums over the kernels of its group."""
    return prod(_shape(outputs[0])) * prod(_shape(inputs[1])[1:])


def _attention(inputs: list[Any], outputs: list[Any]) -> Counter[str]:
    """The two products of attention: queries [..., l, e] by keys [..., s, e], then by values [..., s, v]."""
    *heads, queries, features = _shape(inputs[0])
    keys, values = _shape(inputs[1])[-2], _shape(inputs[2])[-1]
    return Counter(
        macs=prod(heads) * queries * keys * (features + values),
        activations=prod(heads) * queries * (keys + values),
    )


def _shape(value: Any) -> list[int]:
    sizes: list[int] = value.type().sizes()
    return sizes
