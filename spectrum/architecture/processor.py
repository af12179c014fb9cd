"""The kind of processor that PyTorch computes on, and what its convolutions are known to cost there."""

import os
from functools import lru_cache

import torch

from spectrum.architecture.kernel_costs import KernelCosts
from spectrum.architecture.known_costs import KNOWN


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


def kernel_costs(device: str = "cpu") -> KernelCosts | None:
    """What is known of the kind of processor, or None: of others than those above, and of GPUs."""
    return KNOWN.get(processor()) if device == "cpu" else None
