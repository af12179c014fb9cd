"""The kind of processor that PyTorch computes on, and what its convolutions are known to cost there."""

import ctypes
import os
from functools import lru_cache

import torch

from spectrum.architecture.compiled.library import library
from spectrum.architecture.kernel_costs import KernelCosts
from spectrum.architecture.known_costs import KNOWN
from spectrum.errors import DefinitionError


@lru_cache(maxsize=1)
def processor() -> str:
    """ "avx2", "avx512" or "amx" by the instructions that PyTorch and oneDNN use here, else "other"."""
    vectors = torch.backends.cpu.get_cpu_capability()
    limit = os.environ.get("ONEDNN_MAX_CPU_ISA", "").upper()
    if vectors == "AVX2" or (vectors == "AVX512" and limit.startswith("AVX2")):
        return "avx2"
    if vectors != "AVX512":
        return "other"
    tiles = torch.cpu.get_capabilities().get("amx_bf16", False) and (not limit or "AMX" in limit or limit == "ALL")
    return "amx" if tiles else "avx512"


def kinds_here() -> list[str]:
    """That of the CPU, and the name of the GPU where there is one: what kernels measured here are of."""
    return [processor(), *([torch.cuda.get_device_name()] if torch.cuda.is_available() else [])]


def kernels_in_c() -> ctypes.CDLL | None:
    """The library's own kernels for the CPU, where it has them."""
    return library(processor())


@lru_cache(maxsize=2)
def kernel_costs(device: str = "cpu") -> KernelCosts | None:
    """What is known of the kind of processor, or None: of others than those above, and of GPUs."""
    known = KNOWN.get(processor()) if device == "cpu" else None
    if known is None or kernels_in_c() is not None:
        return known
    return known.replace(compiled=False)


def compiled_kernels(costs: KernelCosts | None = None) -> ctypes.CDLL | None:
    """The library's kernels in C, where the costs, or what is known here, have them used.

    Raises:
        DefinitionError: the costs want them, and they are not there.
    """
    costs = kernel_costs() if costs is None else costs
    if costs is None or not costs.compiled:
        return None
    found = kernels_in_c()
    if found is None:
        raise DefinitionError(
            f"these costs of kernels, of {costs.processor}, are of kernels in C, got an installation without them; "
            "install the library where there is a C compiler, or measure others with `spectrum tune-kernels`"
        )
    return found
