"""A user's own module, made safe to train: its strided 1 x 1 convolutions, like the library's own, skip pixels first.

oneDNN's weight gradient of such a convolution writes past its workspace (see `kernels.conv2d`).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

from spectrum.errors import DefinitionError


def rewrite_strided_pointwise(module: nn.Module) -> None:
    """Let every nn.Conv2d of 1 x 1 with a stride convolve each stride-th pixel with a stride of 1, in place.

    Outputs, parameters, state dict, hooks and modes stay what they are.
    """
    for part in module.modules():
        if isinstance(part, nn.Conv2d) and part.kernel_size == (1, 1) and max(part.stride) > 1:
            part._conv_forward = partial(_pixels_skipped, part)  # type: ignore[method-assign]


def _pixels_skipped(convolution: nn.Conv2d, images: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    down, right = convolution.stride
    if any(convolution._reversed_padding_repeated_twice):
        mode = "constant" if convolution.padding_mode == "zeros" else convolution.padding_mode
        images = functional.pad(images, convolution._reversed_padding_repeated_twice, mode=mode)
    return functional.conv2d(images[..., ::down, ::right], weight, bias, groups=convolution.groups)


@contextmanager
def strided_pointwise_refused() -> Iterator[None]:
    """Refuse a module whose forward pass still asks for such a convolution: as a function, say, or in a custom layer.

    Raises:
        DefinitionError: when one is computed on the CPU.
    """
    with _Refusal():  # type: ignore[no-untyped-call]
        yield


class _Refusal(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if function in (torch.ops.aten.convolution.default, torch.ops.aten.conv2d.default):
            transposed = len(args) > 6 and args[6] is True  # a seventh argument of conv2d is its groups
            _refuse(args[0], args[1], args[3] if len(args) > 3 else [1], transposed=transposed)
        return function(*args, **(kwargs or {}))


def _refuse(images: Tensor, weight: Tensor, stride: Sequence[int], *, transposed: bool) -> None:
    pointwise = weight.ndim == 4 and tuple(weight.shape[2:]) == (1, 1)
    if pointwise and max(stride) > 1 and not transposed and images.device.type == "cpu":
        raise DefinitionError(
            f"a 1x1 convolution with stride {max(stride)} can corrupt memory in PyTorch's CPU kernels (oneDNN issue "
            "6035), and this module computes one where it cannot be rewritten; slice its input "
            "(images[:, :, ::2, ::2]) and convolve with stride 1, or use nn.Conv2d itself"
        )
