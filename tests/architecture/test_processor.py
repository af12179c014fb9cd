"""The kind of processor follows what PyTorch and oneDNN are told to use."""

import os
import platform
import subprocess
import sys

import pytest
import torch

from spectrum.architecture import processor as module
from spectrum.architecture.compiled.library import library
from spectrum.architecture.kernel_costs import KernelCosts
from spectrum.architecture.known_costs import KNOWN
from spectrum.architecture.processor import compiled_kernels, kernel_costs, processor
from spectrum.errors import DefinitionError

ASK = "from spectrum.architecture.processor import processor; print(processor())"
VECTORS = torch.backends.cpu.get_cpu_capability()


def asked(**environment: str) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    return subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, text=True).stdout.strip()


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="AVX2 is of x86 processors")
def test_a_limit_on_the_instructions_makes_it_a_smaller_processor() -> None:
    assert asked(ATEN_CPU_CAPABILITY="avx2", ONEDNN_MAX_CPU_ISA="AVX2") == "avx2"
    assert asked(ATEN_CPU_CAPABILITY="default") == "other"


@pytest.mark.skipif(VECTORS != "AVX512", reason="this processor has no AVX-512")
def test_avx512_without_tiles_is_a_kind_of_its_own() -> None:
    assert asked(ONEDNN_MAX_CPU_ISA="AVX512_CORE_BF16") == "avx512"
    assert asked(ONEDNN_MAX_CPU_ISA="AVX2") == "avx2"


def test_costs_are_those_of_the_kind_and_of_no_gpu() -> None:
    known = KNOWN.get(processor())
    assert kernel_costs() == (known if known is None or library(processor()) else known.replace(compiled=False))
    assert kernel_costs("cuda") is None


def test_without_compiled_kernels_the_costs_know_of_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "processor", lambda: "avx2")
    monkeypatch.setattr(module, "library", lambda _: None)
    costs = kernel_costs.__wrapped__()
    assert costs == KNOWN["avx2"].replace(compiled=False)
    assert compiled_kernels(costs) is None
    with pytest.raises(DefinitionError, match="are of kernels in C, got an installation without them; install"):
        compiled_kernels(KNOWN["avx2"])


def test_compiled_kernels_are_those_of_this_processor() -> None:
    assert compiled_kernels(KernelCosts(processor="any")) is None
    assert compiled_kernels() is library(processor())
