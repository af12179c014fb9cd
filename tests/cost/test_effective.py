"""Effective parameters are the rank of the map from a block's weights to what the block computes."""

from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.func import functional_call, jacrev

import spectrum as sp
from spectrum.architecture.layers import Norm
from spectrum.architecture.modules import Module, Order
from spectrum.architecture.separable import Block
from spectrum.architecture.shapes import checked_kernel
from spectrum.architecture.spec import Network
from spectrum.cost.closed_form import count
from spectrum.segments import DEPTHWISE, SegmentsValue

WIDTHS = (1, 2, 4, 6)


def counted(
    channels: tuple[int, int, int],
    segments: SegmentsValue,
    *,
    order: Order,
    kernel: int = 3,
    intermediate: str = "none",
    padding: str = "same",
    norm_scale: bool = True,
) -> int:
    """The closed form for one block from c over inner to c' channels."""
    entry, inner, exit_ = channels
    module = Module(
        channels=(exit_,), inner=(inner,), kernel=kernel, residual=False, padding=padding, order=order,
        intermediate=intermediate,
    )  # fmt: skip
    network = Network(modules=(module,), classes=2, segments=segments, norm_scale=norm_scale)
    rows = count(network, (entry, 7, 7)).layers
    return sum(row.effective_params for row in rows if row.name.startswith("features.0.conv0."))


def rank(
    channels: tuple[int, int, int],
    segments: SegmentsValue,
    *,
    order: Order,
    kernel: int = 3,
    intermediate: str = "none",
    padding: str = "same",
    kernels: tuple[Any, ...] = (),
) -> int:
    """The rank of the Jacobian of the block's response to one bright pixel in each channel, and to none."""
    entry, inner, exit_ = channels
    torch.manual_seed(0)
    block = sp.GroupedSeparable(
        entry,
        exit_,
        segments=segments,
        kernel=kernel,
        order=order,
        intermediate=intermediate,
        inner=inner if order == "bottleneck" else None,
        padding=padding,  # type: ignore[arg-type]
        kernels=kernels,
    ).double()
    weights = {name: torch.randn_like(weight) for name, weight in block.named_parameters()}
    images = torch.zeros(entry + 1, entry, 5, 5, dtype=torch.double)
    images[range(entry), range(entry), 2, 2] = 1

    def response(weights: dict[str, Tensor]) -> Tensor:
        return functional_call(block.eval(), weights, (images,))

    columns = jacrev(response)(weights)
    jacobian = torch.cat([column.reshape(-1, weights[name].numel()) for name, column in columns.items()], dim=1)
    singular = torch.linalg.svdvals(jacobian)
    return int((singular > 1e-9 * singular[0]).sum())


@pytest.mark.parametrize("kernel", [1, 3])
@pytest.mark.parametrize("order", ["pointwise-first", "spatial-first"])
def test_two_convolutions_in_a_row(order: Order, kernel: int) -> None:
    for entry, exit_ in product(WIDTHS, WIDTHS):
        width = exit_ if order == "pointwise-first" else entry
        for segments in {1, min(3, width), width}:
            case = (entry, 1, exit_), segments
            assert counted(*case, order=order, kernel=kernel) == rank(*case, order=order, kernel=kernel), case


@pytest.mark.parametrize("kernel", [1, 3])
def test_a_bottleneck_no_wider_inside_than_at_its_ends(kernel: int) -> None:
    for entry, inner, exit_ in product((2, 4, 6), repeat=3):
        if inner <= min(entry, exit_):
            for segments in {1, min(3, inner), inner}:
                case = (entry, inner, exit_), segments
                options = {"order": "bottleneck", "kernel": kernel}
                assert counted(*case, **options) == rank(*case, **options), case  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("channels", "segments", "expected", "closed"),
    [
        ((2, 6, 2), 1, 36, 36),
        ((4, 8, 4), DEPTHWISE, 120, 120),
        ((4, 6, 4), DEPTHWISE, 90, 90),
        ((6, 8, 6), 3, 249, 250),
    ],
)
def test_a_bottleneck_wider_inside(
    channels: tuple[int, int, int], segments: SegmentsValue, expected: int, closed: int
) -> None:
    assert rank(channels, segments, order="bottleneck") == expected
    assert counted(channels, segments, order="bottleneck") == closed


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(
    ("order", "channels"),
    [
        ("pointwise-first", (4, 1, 4)),
        ("pointwise-first", (1, 1, 6)),
        ("pointwise-first", (2, 1, 4)),
        ("spatial-first", (3, 1, 6)),
        ("spatial-first", (6, 1, 2)),
        ("bottleneck", (4, 3, 6)),
        ("bottleneck", (6, 4, 4)),
    ],
)
def test_batch_norm_in_between(order: Order, channels: tuple[int, int, int], padding: str) -> None:
    for segments in (1, 2, DEPTHWISE):
        options = {"order": order, "intermediate": "batch-norm", "padding": padding}
        effective = rank(channels, segments, **options)  # type: ignore[arg-type]
        for norm_scale in (True, False):  # a scale between two linear maps adds nothing to what they can do
            assert counted(channels, segments, norm_scale=norm_scale, **options) == effective, segments  # type: ignore[arg-type]


def test_an_activation_in_between_leaves_nothing_redundant() -> None:
    for order in ("pointwise-first", "spatial-first", "bottleneck"):
        module = Module(channels=(8, 8), residual=False, order=order, intermediate="elu")
        network = Network(modules=(module,), classes=2, segments=2)
        cost = count(network, (3, 8, 8))
        assert cost.effective_params == cost.params


@pytest.mark.parametrize("intermediate", ["none", "batch-norm"])
@pytest.mark.parametrize("order", ["pointwise-first", "spatial-first"])
@pytest.mark.parametrize("kernels", [(3, 5), (1, 3), ((1, 3), 3)])
def test_each_segment_has_a_kernel_of_its_own(order: Order, intermediate: str, kernels: tuple[Any, ...]) -> None:
    for entry, exit_ in ((4, 4), (2, 4), (4, 2)):
        width = exit_ if order == "pointwise-first" else entry
        widths = (width - 1, 1)
        options = {"order": order, "intermediate": intermediate}
        between = (("norm", Norm(1e-3, 0.1)),) if intermediate == "batch-norm" else ()
        block = Block(
            channels=exit_, segments=widths, kernel=(3, 3), stride=1, padding="same", order=order, between=between,
            inner=1, kernels=tuple(checked_kernel(kernel) for kernel in kernels),
        )  # fmt: skip
        effective = rank((entry, 1, exit_), widths, kernels=kernels, **options)  # type: ignore[arg-type]
        assert count(block.chain(), (entry, 7, 7)).effective_params == effective, (entry, exit_)


def test_a_bias_right_before_batch_norm_is_redundant() -> None:
    module = Module(channels=(8, 8), residual=False, separable=False, bias=True)
    for after, redundant in (("batch-norm", 16), ("relu+batch-norm", 0), ("none", 0)):
        cost = count(Network(modules=(module.replace(after=after),), classes=2), (3, 8, 8))
        assert cost.params - cost.effective_params == redundant, after  # type: ignore[operator]


@pytest.mark.parametrize("order", ["pointwise-first", "spatial-first", "bottleneck"])
def test_every_copy_of_a_module_has_the_effective_parameters_of_the_first(order: Order) -> None:
    module = Module(channels=(8,), order=order, bias=True, repeat=3)
    stem = Module(channels=(8,), residual=False, separable=False)
    rows = count(Network(modules=(stem, module), classes=2, segments=2), (3, 8, 8)).layers
    copies = [[row._replace(name="") for row in rows if row.name.startswith(f"features.{copy}.")] for copy in (1, 2, 3)]
    assert copies[0] == copies[1] == copies[2]
    assert sum(row.params - row.effective_params for row in copies[0]) > 8  # the bias, and more in the product


def test_a_pointwise_before_one_segment_is_wholly_redundant() -> None:
    """c^2 + (k^2 - 1) c s degrees of freedom, which for one segment is a regular convolution's k^2 c^2."""
    for segments, expected in ((1, 9 * 64**2), (4, 64**2 + 8 * 64 * 16), (DEPTHWISE, 64**2 + 8 * 64)):
        assert counted((64, 1, 64), segments, order="pointwise-first") == expected
