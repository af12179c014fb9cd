"""Measured costs are positive, complete and reported as they come; their values are the machine's."""

from collections.abc import Callable

import pytest
import torch

from spectrum.architecture.compiled.library import library
from spectrum.architecture.kernel_costs import parts
from spectrum.architecture.processor import processor
from spectrum.cost import tuned_kernels
from spectrum.cost.tuned_kernels import tune_kernels
from spectrum.errors import DefinitionError


def test_every_width_is_measured_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is taken out: a step lasts as many seconds as its group is wide, a copy half a second."""
    monkeypatch.setattr(tuned_kernels, "_group", lambda width, *_, **__: lambda: float(width))
    monkeypatch.setattr(tuned_kernels, "_copy", lambda *_: lambda: 0.5)
    monkeypatch.setattr(tuned_kernels, "_compiled", lambda _: "kernels")
    monkeypatch.setattr(
        tuned_kernels,
        "_direct",
        lambda _, width, *__, kernel=3, **___: lambda: 2.0 * width if kernel == 3 else width * (0.9 + width / 1000),
    )
    seen: list[tuple[int, int]] = []
    costs = tune_kernels(precisions=("fp32",), repeats=2, on_progress=lambda done, total: seen.append((done, total)))
    assert costs.fp32 == tuple(map(float, range(1, tuned_kernels.WIDEST + 1)))
    assert costs.direct_fp32 == tuple(2.0 * width for width in range(1, tuned_kernels.WIDEST + 1))
    assert costs.pointwise_fp32 == 90  # a tenth is lost between 90 and 120
    assert costs.compiled
    assert (costs.copy_fp32, costs.bf16, costs.copy_bf16, costs.processor) == (0.5, (), 0.0, processor())
    assert sorted(set(seen)) == [(done, 6) for done in range(1, 7)]


def test_the_least_of_each_width_counts_and_all_sizes_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    times = {14: [9.0, 3.0, 2.0], 7: [1.0, 4.0, 5.0], 4: [0.5, 2.0, 2.0]}  # the first of each warms up

    def timed(width: int, side: int, *_: object) -> Callable[[], float]:
        left = iter(times[side])
        return lambda: next(left)

    monkeypatch.setattr(tuned_kernels, "WIDEST", 1)
    monkeypatch.setattr(tuned_kernels, "_group", timed)
    monkeypatch.setattr(tuned_kernels, "_compiled", lambda _: None)
    monkeypatch.setattr(tuned_kernels, "_copy", lambda *_: lambda: 1.0)
    costs = tune_kernels(precisions=("fp32",), repeats=2)
    assert costs.fp32 == (round((2 * 4 * 2) ** (1 / 3), 3),)
    assert (costs.compiled, costs.direct_fp32) == (False, ())


def test_this_machine_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuned_kernels, "WIDEST", 4)
    monkeypatch.setattr(tuned_kernels, "IMAGES", 2)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    costs = tune_kernels(repeats=1)
    assert torch.equal(torch.get_rng_state(), before)
    assert len(costs.fp32) == len(costs.bf16) == 4
    assert costs.compiled == (library(processor()) is not None)
    assert len(costs.direct_fp32) == len(costs.direct_bf16) == (4 if costs.compiled else 0)
    assert min(*costs.fp32, *costs.bf16, costs.copy_fp32, costs.copy_bf16) > 0
    assert sum(part.channels for part in parts(((4, 2),), costs, "fp32")) == 8


def test_what_cannot_be_measured() -> None:
    with pytest.raises(DefinitionError, match="repeats is a positive integer, got 0; use at least 1"):
        tune_kernels(repeats=0)
    if not torch.cuda.is_available():
        with pytest.raises(DefinitionError, match="kernels of 'cuda' are measured on a GPU that PyTorch can use"):
            tune_kernels(device="cuda")
