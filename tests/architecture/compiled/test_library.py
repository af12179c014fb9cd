"""The compiled kernels are found, and used where they can stand for PyTorch's."""

import platform
import shutil
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.autograd import forward_ad

from spectrum.architecture.compiled import library as module
from spectrum.architecture.compiled.library import call, computes, library
from tests.architecture.compiled.conftest import KINDS

COMPILES = platform.machine() in ("x86_64", "AMD64") and shutil.which(sysconfig.get_config_var("CC").split()[0])


@pytest.mark.skipif(not COMPILES, reason="there is no C compiler")
@pytest.mark.parametrize("processor", module.KINDS)
def test_the_installation_has_compiled_them(processor: str) -> None:
    assert any(Path(module.__file__).parent.glob(f"{processor}.*.so"))
    assert processor not in KINDS or library(processor) is not None


def test_tiles_have_to_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the system, which keeps room for them in every process that asks."""

    class Kernels:
        def __init__(self, _: str) -> None: ...

        def __getattr__(self, name: str) -> Any:
            return lambda: 0

    monkeypatch.setattr(module.ctypes, "CDLL", Kernels)
    assert library.__wrapped__("amx") is None


def test_there_are_none_for_other_processors() -> None:
    assert library("other") is None


@pytest.mark.parametrize("contents", [b"", b"no library"])
def test_a_file_that_is_no_library_counts_as_none(
    contents: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"avx2{module.EXTENSION_SUFFIXES[0]}").write_bytes(contents)
    monkeypatch.setattr(module, "__file__", str(tmp_path / "library.py"))
    assert library.__wrapped__("avx2") is None


def test_they_run_on_one_thread_on_plain_tensors_of_the_cpu() -> None:
    tensor = torch.zeros(1)
    assert computes(tensor, None, torch.nn.Parameter(tensor))
    assert not computes(torch.zeros(1, device="meta"))
    assert not computes(tensor.to_sparse())
    torch.set_num_threads(2)
    assert not computes(tensor)


def test_what_is_transformed_stays_pytorchs() -> None:
    seen: list[bool] = []

    def look(tensor: torch.Tensor) -> torch.Tensor:
        seen.append(computes(tensor))
        return tensor.sum()

    torch.func.grad(look)(torch.zeros(1))
    torch.vmap(look)(torch.zeros(2, 1))
    torch.jit.trace(look, torch.zeros(1), check_trace=False)
    assert seen == [False, False, False]
    with forward_ad.dual_level():
        look(torch.zeros(1))
    assert not seen.pop()


def test_a_failure_is_told_in_a_sentence() -> None:
    class Failing:
        @staticmethod
        def direct_forward(*_: object) -> int:
            return 1

        @staticmethod
        def norm_forward(*_: object) -> int:
            return 2

    with pytest.raises(RuntimeError, match="there is not enough memory for a layer; use a smaller batch"):
        call(Failing(), "direct_forward")  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="the kernel norm_forward does not cover these shapes"):
        call(Failing(), "norm_forward")  # type: ignore[arg-type]
