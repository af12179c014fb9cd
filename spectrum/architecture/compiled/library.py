"""Finding the compiled kernels, and calling them on tensors."""

import ctypes
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad

from spectrum.architecture.convolution import traced

KINDS = ("avx2", "avx512", "amx")
"""The kinds of processor that the kernels are compiled for."""
PRECISIONS = {torch.float32: 0, torch.bfloat16: 1}
FAILURES = {1: "there is not enough memory for a layer; use a smaller batch or a narrower network"}

_pointer, _size, _float, _int = ctypes.c_void_p, ctypes.c_int64, ctypes.c_float, ctypes.c_int
SIGNATURES: dict[str, list[Any]] = {
    "segmented_forward": [*[_pointer] * 3, _size, *[_pointer] * 3, _int],
    "segmented_backward": [*[_pointer] * 3, _size, *[_pointer] * 5, _int],
    "norm_forward": [*[_pointer] * 2, _size, _size, *[_pointer] * 6, _float, _float, _int, _int],
    "norm_backward": [*[_pointer] * 3, _size, _size, *[_pointer] * 6, _int, _int],
    "pool_forward": [*[_pointer] * 4, _int],
    "pool_backward": [*[_pointer] * 4, _int],
}


@lru_cache(maxsize=4)
def library(processor: str) -> ctypes.CDLL | None:
    """The kernels for a kind of processor; None where they are not compiled, or not allowed by the system."""
    files = [Path(__file__).parent / f"{processor}{suffix}" for suffix in EXTENSION_SUFFIXES]
    found = next((file for file in files if file.is_file()), None)
    if found is None or processor not in KINDS:
        return None
    try:
        loaded = ctypes.CDLL(str(found))
        for name, signature in SIGNATURES.items():
            getattr(loaded, name).argtypes = signature
        if processor == "amx" and not loaded.tiles_allowed():
            return None
    except (OSError, AttributeError):  # of another system, or of another version
        return None
    return loaded


def call(kernels: ctypes.CDLL, name: str, *arguments: Any) -> None:
    """Run a kernel; tensors go by their address.

    Raises:
        RuntimeError: there is not enough memory.
    """
    plain = [argument.data_ptr() if isinstance(argument, Tensor) else argument for argument in arguments]
    status = getattr(kernels, name)(*plain)
    if status:
        raise RuntimeError(FAILURES.get(status, f"the kernel {name} does not cover these shapes"))


def differentiable_gradients(
    native: Callable[[], Tensor], tensors: Sequence[Tensor], upstream: Tensor, wanted: Sequence[bool]
) -> list[Tensor | None]:
    """The gradients of PyTorch's own way, to be differentiated in their turn; None for those that are not wanted."""
    with torch.enable_grad():
        asked = [tensor for tensor, want in zip(tensors, wanted, strict=True) if want]
        found = iter(torch.autograd.grad(native(), asked, upstream, create_graph=True))
    return [next(found) if want else None for want in wanted]


def computes(*tensors: Tensor | None) -> bool:
    """Whether the compiled kernels can stand for PyTorch's on these tensors.

    They run on one thread, on plain tensors of the CPU; what is traced, compiled or transformed stays PyTorch's.
    """
    return (
        torch.get_num_threads() == 1
        and not traced()
        and not torch.compiler.is_compiling()
        and forward_ad._current_level < 0  # gradients that go forward
        and all(_plain(tensor) for tensor in tensors if tensor is not None)
    )


def _plain(tensor: Tensor) -> bool:
    return type(tensor) in (Tensor, torch.nn.Parameter) and tensor.is_cpu and tensor.layout == torch.strided
