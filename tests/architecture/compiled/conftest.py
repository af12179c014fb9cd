"""Every compiled kernel that this machine can run, and one thread, on which alone they are used."""

import ctypes
from collections.abc import Iterator

import pytest
import torch

from spectrum.architecture.compiled.library import library

RUNS = {"DEFAULT": [], "AVX2": ["avx2"], "AVX512": ["avx2", "avx512"]}
KINDS = RUNS.get(torch.backends.cpu.get_cpu_capability(), [])


@pytest.fixture(params=KINDS)
def kernels(request: pytest.FixtureRequest) -> ctypes.CDLL:
    found = library(request.param)
    if found is None:
        pytest.skip("the kernels have not been compiled")
    return found


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
