"""The kind of processor follows what PyTorch and oneDNN are told to use."""

import os
import platform
import subprocess
import sys

import pytest
import torch

from spectrum.architecture.known_costs import KNOWN
from spectrum.architecture.processor import kernel_costs, processor

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
    assert kernel_costs() == KNOWN.get(processor())
    assert kernel_costs("cuda") is None
