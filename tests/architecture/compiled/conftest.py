"""Every compiled kernel that this machine can run, and one thread, on which alone they are used."""

import ctypes
from collections.abc import Iterator

import pytest
import torch

from spectrum.architecture.compiled.library import KINDS as ALL
from spectrum.architecture.compiled.library import library
from spectrum.architecture.processor import processor

KINDS = ALL[: ALL.index(processor()) + 1] if processor() in ALL else ()
"""A processor runs what smaller ones do."""


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
