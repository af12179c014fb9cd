"""fvcore on the built module and the closed form on the spec agree to the last integer."""

import copy
import random
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import spectrum as sp
from spectrum.architecture.modules import Auxiliary, Inception, Module, Tower
from spectrum.architecture.spec import Network
from spectrum.cost.closed_form import count
from spectrum.cost.measured import measure
from spectrum.errors import DefinitionError
from spectrum.segments import DEPTHWISE, PLAIN, SegmentsValue


class Calls(nn.Module):
    """A module that calls a function with the images and its parts."""

    def __init__(self, function: Callable[..., object], *parts: nn.Module) -> None:
        super().__init__()
        self.function = function
        self.parts = nn.ModuleList(parts)

    def forward(self, images: Tensor) -> object:
        return self.function(images, *self.parts)


@st.composite
def widths_adding_up_to(draw: st.DrawFn, channels: int) -> tuple[int, ...]:
    cuts = sorted(draw(st.sets(st.integers(1, channels - 1)))) if channels > 1 else []
    return tuple(end - start for start, end in zip([0, *cuts], [*cuts, channels], strict=True))


BETWEEN = st.sampled_from(["none", "relu", "batch-norm", "batch-norm+relu6", "elu+batch-norm"])


@st.composite
def modules(draw: st.DrawFn, order: str) -> Module:
    size = draw(st.integers(1, 3))
    equal = draw(st.booleans())
    channels, inner = (
        (draw(st.integers(1, 9)),) * size if equal else tuple(draw(st.integers(1, 9)) for _ in range(size))
        for _ in range(2)
    )
    some: list[st.SearchStrategy[SegmentsValue | None]] = [
        st.none(),
        st.integers(1, 12),
        st.sampled_from([DEPTHWISE, PLAIN]),
    ]
    if equal and order != "spatial-first":
        some.append(widths_adding_up_to((channels if order == "pointwise-first" else inner)[0]))
    stride, pool = draw(st.integers(1, 2)), draw(st.sampled_from([None, 2, 3]))
    padding = draw(st.sampled_from(["same", "symmetric", "valid"]))
    pool_padding = draw(st.sampled_from([None, "same", "symmetric", "valid"])) if pool else None
    return Module(
        channels=channels,
        kernel=draw(st.sampled_from([1, 3, 5, (1, 7), (5, 3)])),
        separable=draw(st.integers(0, 3)) > 0,
        order=order,
        intermediate=draw(BETWEEN),
        before=draw(BETWEEN),
        after=draw(BETWEEN),
        final=draw(BETWEEN),
        bias=draw(st.booleans()),
        stride=stride,
        pool=pool,
        residual="valid" not in (padding, pool_padding) and draw(st.booleans()),
        padding=padding,
        pool_padding=pool_padding,
        inner=inner,
        segments=draw(st.one_of(some)),
        repeat=draw(st.integers(1, 2)) if (stride, pool) == (1, None) else 1,
    )


@st.composite
def inceptions(draw: st.DrawFn) -> Inception:
    towers = []
    for size in draw(st.lists(st.integers(0, 3), min_size=1, max_size=4)):
        pool = draw(st.sampled_from(["average", "max"] if size == 0 else ["average", "max", None]))
        kernels = tuple(draw(st.sampled_from([1, 3, (7, 1)])) for _ in range(size))
        channels = tuple(draw(st.integers(1, 9)) for _ in range(size))
        beside = draw(st.sampled_from([(), ((1, 7),), (1, 3)])) if size else ()
        towers.append(Tower(channels=channels, kernels=kernels, beside=beside, pool=pool))
    auxiliary = len(towers) == 1 and draw(st.booleans())
    return (Auxiliary if auxiliary else Inception)(
        towers=tuple(towers),
        stride=1 if auxiliary else draw(st.integers(1, 2)),
        padding=draw(st.sampled_from(["same", "symmetric"])),
        bias=draw(st.booleans()),
        after=draw(BETWEEN),
    )


@st.composite
def networks(draw: st.DrawFn) -> Network:
    order = draw(st.sampled_from(["pointwise-first", "spatial-first", "bottleneck"]))
    return Network(
        modules=tuple(draw(st.lists(st.one_of(modules(order), modules(order), inceptions()), min_size=1, max_size=3))),
        classes=draw(st.integers(2, 5)),
        hidden=tuple(draw(st.lists(st.integers(1, 5), max_size=2))),
        segments=draw(st.one_of(st.integers(1, 12), st.sampled_from([DEPTHWISE, PLAIN]))),
        head=draw(st.sampled_from(["pool", "flatten"])),
        norm_scale=draw(st.booleans()),
    )


@pytest.mark.slow
@settings(max_examples=150)
@given(network=networks(), image=st.tuples(st.integers(1, 3), st.integers(3, 24), st.integers(3, 24)))
def test_the_closed_form_and_fvcore_agree_to_the_last_integer(network: Network, image: tuple[int, int, int]) -> None:
    try:
        counted = count(network, image)
    except DefinitionError:
        assume(False)
    assert counted == measure(network, image=image)


@pytest.mark.parametrize(
    ("module", "image", "params", "macs", "activations"),
    [
        (nn.Conv2d(4, 6, 3), (4, 8, 8), 222, 6 * 6 * 6 * 36, 6 * 36),
        (nn.Conv2d(4, 6, 3, padding="same", groups=2), (4, 8, 8), 114, 64 * 6 * 18, 6 * 64),
        (nn.ConvTranspose2d(4, 6, 3, stride=2), (4, 8, 8), 222, 64 * 4 * 6 * 9, 6 * 17 * 17),
        (nn.Linear(8, 2), (1, 3, 8), 18, 3 * 8 * 2, 6),
        (nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2)), (1, 4, 4), 8, 32, 32),
        (nn.Conv2d(4, 6, 3, dtype=torch.bfloat16), (4, 8, 8), 222, 6 * 6 * 6 * 36, 6 * 36),
        (Calls(lambda images: images[0] @ images[0]), (2, 3, 3), 0, 2 * 27, 18),
        (Calls(lambda images: torch.baddbmm(images[0], images[0], images[0])), (2, 3, 3), 0, 2 * 27, 18),
        (Calls(lambda images: torch.einsum("nchw,ndhw->ncd", images, images)), (2, 3, 3), 0, 2 * 2 * 9, 4),
    ],
    ids=["conv", "grouped", "transposed", "linear", "with-norm", "bfloat16", "matmul", "baddbmm", "einsum"],
)
def test_a_users_module(
    module: nn.Module, image: tuple[int, int, int], params: int, macs: int, activations: int
) -> None:
    cost = measure(module, image=image)
    assert (cost.params, cost.macs, cost.activations) == (params, macs, activations)
    assert cost.effective_params is None


@pytest.mark.parametrize("grad", [True, False])
def test_fused_attention_counts_as_the_products_it_is_made_of(grad: bool) -> None:
    def attend(images: Tensor, attention: nn.Module) -> object:
        tokens = images.flatten(1, 2)
        return attention(tokens, tokens, tokens, need_weights=False)[0]

    def attend_in_steps(images: Tensor, attention: nn.Module) -> object:
        tokens = images.flatten(1, 2)
        return attention(tokens, tokens, tokens, need_weights=True)[0]

    attention = nn.MultiheadAttention(8, 2, batch_first=True)
    with torch.set_grad_enabled(grad):
        fused, plain = (measure(Calls(how, attention), image=(4, 8, 8)) for how in (attend, attend_in_steps))
    assert fused == plain
    assert fused.macs == 32 * 8 * 24 + 2 * 32 * 32 * 8 + 32 * 8 * 8


def test_parameters_are_the_trainable_ones_and_shared_ones_count_once() -> None:
    shared = nn.Linear(4, 4, bias=False)
    frozen = nn.Linear(4, 4).requires_grad_(False)
    cost = measure(nn.Sequential(shared, shared, frozen), image=(1, 1, 4))
    assert (cost.params, cost.macs) == (16, 48)


def test_the_module_stays_as_it_was() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5)).train()
    module[1].eval()
    module[0].weight.grad = torch.ones_like(module[0].weight)
    hook = module.register_forward_hook(lambda *_: None)
    state = copy.deepcopy(module.state_dict())
    measure(module, image=(3, 8, 8))
    assert all(torch.equal(state[name], tensor) for name, tensor in module.state_dict().items())
    assert [part.training for part in module.modules()] == [True, True, False, True]
    assert torch.equal(module[0].weight.grad, torch.ones_like(module[0].weight))
    assert list(module._forward_hooks) == [hook.id]
    assert not any(part._forward_pre_hooks or part._forward_hooks for part in module)


def test_the_random_state_stays_as_it_was() -> None:
    def greedy(images: Tensor) -> Tensor:
        random.random()
        np.random.random()
        return nn.functional.dropout(images, 0.5, training=True)

    for network in (Calls(greedy), sp.networks.small()):
        states = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()
        measure(network, image=(3, 32, 32))
        assert random.getstate() == states[0]
        assert np.random.get_state()[1].tolist() == states[1]
        assert torch.equal(torch.get_rng_state(), states[2])


def test_measuring_is_silent_where_warnings_are_errors() -> None:
    script = "import spectrum as sp; print(sp.measure(sp.networks.small(), image=(1, 28, 28)).params)"
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert int(done.stdout) == count(sp.networks.small(), (1, 28, 28)).params


def test_a_module_that_fails_is_named_and_the_next_is_measured_all_the_same() -> None:
    def fail(images: Tensor) -> Tensor:
        raise KeyError("features")

    with pytest.raises(DefinitionError, match=r"tracing it on an image of 3x8x8, got KeyError: 'features'; give an"):
        measure(Calls(fail), image=(3, 8, 8))
    with pytest.raises(DefinitionError, match=r"image of 3x8x8, got RuntimeError: Given groups=1, weight of size"):
        measure(nn.Conv2d(1, 4, 3), image=(3, 8, 8))
    assert measure(nn.Conv2d(3, 4, 3), image=(3, 8, 8)).params == 112


def test_what_multiplies_without_a_count_is_refused() -> None:
    recurrent = Calls(lambda images, lstm: lstm(images[0])[0], nn.LSTM(8, 3))
    with pytest.raises(DefinitionError, match=r"no count of multiplications for aten::lstm, which this network uses"):
        measure(recurrent, image=(4, 8, 8))


def test_what_cannot_be_copied_is_refused() -> None:
    module = nn.Linear(2, 2)
    module.register_buffer("product", module.weight * 2)
    with pytest.raises(DefinitionError, match=r"measured on a copy, so as not to change it, got RuntimeError: Only Te"):
        measure(module, image=(1, 2, 2))


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(DefinitionError, match=r"a Network or a torch module, got 'xception'; use for example"):
        measure("xception", image=(3, 8, 8))  # type: ignore[arg-type]
    with pytest.raises(DefinitionError, match=r"an image is \(channels, height, width\), got \(8, 8\); use"):
        measure(nn.Conv2d(1, 1, 1), image=(8, 8))  # type: ignore[arg-type]
