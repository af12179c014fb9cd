"""A user's own module, made safe to train: its strided 1 x 1 convolutions, like the library's own, skip pixels first.

oneDNN's weight gradient of such a convolution writes past its workspace (see `convolution.conv2d`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from torch import Tensor, nn
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

from spectrum.errors import DefinitionError

REWRITE = "make it an nn.Conv2d, or slice its input (images[:, :, ::2, ::2]) and convolve with stride 1"
ENLARGE = "use a kernel at least as large as the stride"  # where it is transposed, a 1 x 1 leaves pixels empty


def rewrite_strided_pointwise(module: nn.Module) -> None:
    """Let every nn.Conv2d of 1 x 1 with a stride convolve each stride-th pixel with a stride of 1, in place.

    Outputs, parameters, state dict, hooks and modes stay what they are. A subclass that computes its convolution in
    its own way stays as it is, too; `strided_pointwise_refused` is for these.
    """
    for part in module.modules():
        if isinstance(part, nn.Conv2d) and _is_strided_pointwise(part):
            part._conv_forward = partial(_pixels_skipped, part)  # type: ignore[method-assign]


def _is_strided_pointwise(convolution: nn.Conv2d) -> bool:
    own = type(convolution)._conv_forward is not nn.Conv2d._conv_forward
    return convolution.kernel_size == (1, 1) and max(convolution.stride) > 1 and not own


def _pixels_skipped(convolution: nn.Conv2d, images: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    down, right = convolution.stride
    if any(convolution._reversed_padding_repeated_twice):
        mode = "constant" if convolution.padding_mode == "zeros" else convolution.padding_mode
        images = functional.pad(images, convolution._reversed_padding_repeated_twice, mode=mode)
    return functional.conv2d(images[..., ::down, ::right], weight, bias, groups=convolution.groups)


@contextmanager
def strided_pointwise_refused(module: nn.Module) -> Iterator[None]:
    """Refuse a module whose forward pass still asks for such a convolution: as a function, say, or in a custom layer.

    A transposed one counts: its weight gradient is that of a convolution from its output to its input.

    Raises:
        DefinitionError: before one is computed on the CPU.
    """
    refusal = _Refusal(module)
    try:
        with refusal:
            yield
    except Exception:
        if refusal.reason is None:
            raise
        raise DefinitionError(refusal.reason) from None  # TorchScript would make an error of its own of it


class _Refusal(TorchDispatchMode):
    """Looks at every operator that has a weight and a stride: PyTorch has many names for a convolution."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.module = module
        self.reason: str | None = None

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        given = dict(zip((argument.name for argument in function._schema.arguments), args, strict=False)) | kwargs
        weight, stride = given.get("weight"), given.get("stride")
        if isinstance(weight, Tensor) and isinstance(stride, list | tuple):
            transposed = given.get("transposed") is True or "transpose" in str(function)
            self._check(weight, max(stride, default=1), ENLARGE if transposed else REWRITE)
        return function(*args, **kwargs)

    def _check(self, weight: Tensor, stride: int, remedy: str) -> None:
        if stride == 1 or weight.shape[2:] != (1, 1) or weight.device.type != "cpu":
            return
        name = next((name for name, known in self.module.named_parameters() if known is weight), "a weight")
        self.reason = (
            f"the 1x1 convolution of stride {stride} with {name} of shape {list(weight.shape)} can corrupt memory in "
            f"PyTorch's CPU kernels (oneDNN issue 6035) and cannot be rewritten for you; {remedy}"
        )
        raise DefinitionError(self.reason)
