"""The segmented convolution equals a dense one whose kernel is zero between segments."""

import copy
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.fx.experimental.proxy_tensor import make_fx
from torch.nn import functional
from torch.nn.modules.module import register_module_forward_hook

import spectrum as sp
from spectrum.architecture import convolution, segmented_convolution, torch_layers
from spectrum.architecture.compiled.pool import Window
from spectrum.architecture.convolution import conv2d
from spectrum.architecture.kernel_costs import KernelCosts
from spectrum.architecture.processor import compiled_kernels
from spectrum.architecture.shapes import Padding
from spectrum.architecture.torch_layers import BatchNorm, Chain, PaddedConv2d, Pool2d, SegmentedConv2d, compute_by
from spectrum.errors import DefinitionError
from spectrum.segments import DEPTHWISE, SegmentsValue, segment_widths


def dense_kernel(convolution: SegmentedConv2d, channels: int) -> Tensor:
    """The weights of all segments as the blocks of one [c, c, k, k] kernel."""
    kernel = convolution.weights[0].shape[-1]
    dense = torch.zeros(channels, channels, kernel, kernel, dtype=torch.double)
    rows = iter(row for weight in convolution.weights for row in weight)
    start = 0
    for width in (width for count, width in convolution.runs for _ in range(count)):
        for channel in range(start, start + width):
            dense[channel, start : start + width] = next(rows)
        start += width
    return dense


@pytest.mark.parametrize("segments", [1, 2, 3, 5, 7, 12, DEPTHWISE, (1, 11), (3, 3, 1, 5), (2, 2, 3, 3, 2)])
@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "pad"),
    [(3, 1, "same", 1), (3, 2, "symmetric", 1), (5, 1, "valid", 0), (1, 1, "same", 0), (1, 2, "same", 0)],
)
def test_it_is_block_diagonal(segments: SegmentsValue, kernel: int, stride: int, padding: Padding, pad: int) -> None:
    torch.manual_seed(0)
    convolution = SegmentedConv2d(12, segments, kernel=kernel, stride=stride, padding=padding, bias=True).double()
    nn.init.normal_(convolution.bias)
    images = torch.randn(2, 12, 9, 8, dtype=torch.double)
    dense = functional.conv2d(images, dense_kernel(convolution, 12), convolution.bias, stride, pad)
    torch.testing.assert_close(convolution(images), dense, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [(9, 8), (7, 7)])
def test_each_segment_may_have_a_kernel_of_its_own(stride: int, size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    kernels = (3, 3, (1, 7), 5, 5)
    convolution = SegmentedConv2d(12, (2, 2, 3, 1, 4), kernels=kernels, stride=stride, bias=True).double()
    nn.init.normal_(convolution.bias)
    assert [weight.shape for weight in convolution.weights] == [(4, 2, 3, 3), (3, 3, 1, 7), (1, 1, 5, 5), (4, 4, 5, 5)]
    images = torch.randn(2, 12, *size, dtype=torch.double)
    first, across, narrow, wide = convolution.weights
    each = zip(images.split([4, 3, 1, 4], 1), (first, across, narrow, wide), (2, 1, 1, 1), strict=True)
    separate = [conv2d(part, weight, stride=stride, groups=groups) for part, weight, groups in each]
    output = convolution(images)
    expected = torch.cat(separate, 1) + convolution.bias[:, None, None]
    torch.testing.assert_close(output, expected, rtol=1e-12, atol=1e-12)
    assert convolution(images[:, :, :1, :1]).shape == (2, 12, 1, 1)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"kernels": (3, 5)}, "kernels gives one size for each segment, got 2 for 3 segments; give as many"),
        ({"kernels": (3, 4, 3)}, "a kernel size is a positive odd integer, or two, got 4; use for example 3"),
        ({"kernels": (3, 5, 3), "padding": "valid"}, "segments with kernels of several sizes need padding='same' or "
         "'symmetric', got 'valid' for ((3, 3), (5, 5), (3, 3)); without padding their outputs differ in size"),
    ],
)  # fmt: skip
def test_kernels_that_do_not_fit(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        SegmentedConv2d(6, 3, **options)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("size", [(5, 5), (6, 6), (5, 6), (2, 3), (8, 1)])
def test_the_pool_pads_below_and_on_the_right_where_sizes_are_even(size: tuple[int, int]) -> None:
    images = torch.randn(2, 3, *size) - 5
    top, left = size[0] % 2, size[1] % 2
    padded = functional.pad(images, (left, 1, top, 1), value=-torch.inf)
    assert torch.equal(Pool2d("max", 3, 2, "same")(images), functional.max_pool2d(padded, 3, stride=2))


def test_an_average_counts_the_pixels_that_are_there() -> None:
    ones = torch.ones(1, 2, 6, 7)
    for stride, padding in ((1, "same"), (2, "same"), (1, "symmetric"), (2, "symmetric")):
        assert torch.equal(Pool2d("average", 3, stride, padding)(ones).unique(), torch.ones(1))  # type: ignore[arg-type]
    assert torch.equal(
        Pool2d("average", 3, 1, "same")(torch.arange(9.0).reshape(1, 1, 3, 3))[0, 0, 0], torch.tensor([2.0, 2.5, 3.0])
    )


def test_pools_of_two_and_three_are_pytorchs_where_they_are_symmetric() -> None:
    images = torch.randn(2, 3, 9, 8)
    for kernel in (2, 3):
        expected = functional.max_pool2d(images, kernel, stride=2, padding=(kernel - 1) // 2)
        assert torch.equal(Pool2d("max", kernel, 2, "symmetric")(images), expected)


def test_a_count_that_does_not_divide_takes_two_runs_at_most() -> None:
    for segments in range(1, 13):
        convolution = SegmentedConv2d(12, segments)
        assert len(convolution.weights) == (1 if 12 % segments == 0 else 2)
        weights = sum(weight.numel() for weight in convolution.weights)
        assert weights == 9 * sum(width**2 for width in segment_widths(segments, 12))


def test_the_ends_are_pytorchs_own_convolutions() -> None:
    images = torch.randn(2, 6, 7, 7, dtype=torch.double)
    for segments, groups in ((1, 1), (2, 2), (3, 3), (DEPTHWISE, 6)):
        convolution = SegmentedConv2d(6, segments).double()
        native = nn.Conv2d(6, 6, 3, padding=1, groups=groups, bias=False).double()
        native.weight = convolution.weights[0]
        assert torch.equal(convolution(images), native(images))


def test_gradients_flow_to_every_segment() -> None:
    convolution = SegmentedConv2d(7, 3)
    convolution(torch.randn(1, 7, 5, 5)).square().sum().backward()
    assert all((weight.grad != 0).all() for weight in convolution.weights)


@pytest.mark.parametrize("segments", [1, 3, 8, DEPTHWISE])
def test_weights_are_normal_with_the_variance_of_one_over_fan_in(segments: SegmentsValue) -> None:
    torch.manual_seed(1)
    for weight in SegmentedConv2d(96, segments, kernel=5).weights:
        fan_in = weight[0].numel()
        assert weight.var().item() * fan_in == pytest.approx(1, abs=5 * (2 / weight.numel()) ** 0.5)
        assert abs(weight.mean().item()) < 5 * (1 / fan_in / weight.numel()) ** 0.5
    assert PaddedConv2d(64, 128, (3, 3)).weight.var().item() * 9 * 64 == pytest.approx(1, abs=0.03)


def test_it_says_what_it_is() -> None:
    assert "2 segments of 3, 1 segments of 2, kernel=(3, 3), stride=1, padding=same" in repr(SegmentedConv2d(8, 3))
    several = repr(SegmentedConv2d(8, (3, 5), kernels=(3, 5)))
    assert "1 segments of 3, kernel=(3, 3); 1 segments of 5, kernel=(5, 5), stride=1, padding=same" in several
    assert repr(PaddedConv2d(3, 4, stride=2, padding="valid")).endswith("stride=(2, 2), bias=False, padding=valid)")
    assert repr(Pool2d("max", 3, 2, "same")) == "Pool2d(max, kernel=3, stride=2, padding=same)"


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        ((8, 9), {}, "8 channels cannot be cut into 9 segments of at least one channel each"),
        ((8, (3, 4)), {}, "segment widths add up to the channels, got (3, 4) with a sum of 7 for 8 channels"),
        ((0, DEPTHWISE), {}, "a convolution runs over a positive number of channels, got 0"),
        ((8, 2), {"kernel": 2}, "a kernel size is a positive odd integer, or two, got 2"),
    ],
)
def test_what_cannot_be_built(arguments: tuple[int, SegmentsValue], options: dict[str, int], sentence: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        SegmentedConv2d(*arguments, **options)
    assert sentence in str(caught.value)


def test_the_way_of_every_convolution_of_a_model_is_chosen_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = nn.Sequential(SegmentedConv2d(8, 4), PaddedConv2d(8, 4), nn.Sequential(SegmentedConv2d(4, DEPTHWISE)))
    costs = KernelCosts(processor="any", fp32=(2.0, 2.0, 2.0, 1.0))
    names = dict(model.state_dict())
    compute_by(copy.deepcopy(model), costs)
    assert model[0].costs is None
    compute_by(model, costs)
    assert [model[0].costs, model[2][0].costs] == [costs, costs]
    assert copy.deepcopy(model)[0].costs == costs
    assert list(model.state_dict()) == list(names)
    groups = []
    native = functional.conv2d

    def watched(*arguments: Any, **named: Any) -> Tensor:
        groups.append(named["groups"])
        return native(*arguments, **named)

    monkeypatch.setattr(convolution, "functional", SimpleNamespace(**{**vars(functional), "conv2d": watched}))
    model(torch.randn(1, 8, 5, 5))
    assert groups == [2, 1]  # the 1 x 1 is a matrix product


LAYERS = [
    PaddedConv2d(16, 16),
    PaddedConv2d(16, 16, (3, 3)),
    SegmentedConv2d(16, 4),
    BatchNorm(16, eps=1e-3, momentum=0.1),
    Pool2d("max", 3, 2, "same"),
]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_a_graph_made_of_a_layer_computes_the_same(layer: nn.Module) -> None:
    """Of real tensors, whose memory a compiled kernel would write unseen."""
    images = torch.randn(2, 16, 8, 8).to(memory_format=torch.channels_last)
    graph = make_fx(layer)(images)
    torch.testing.assert_close(graph(images), layer(images), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("layer", LAYERS[:3], ids=lambda layer: type(layer).__name__)
def test_a_layer_is_mapped_over_images(layer: nn.Module) -> None:
    images = torch.randn(4, 16, 8, 8)
    mapped = torch.func.vmap(lambda image: layer(image[None])[0])(images)
    torch.testing.assert_close(mapped, layer(images), rtol=1e-5, atol=1e-5)


def norm_and_relu(channels: int = 8) -> Chain:
    return Chain(BatchNorm(channels, eps=1e-3, momentum=0.1), nn.ReLU(), nn.Flatten())


def compiled_steps(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of every batch norm that a compiled kernel computes from now on: whether a ReLU is in it."""
    seen: list[bool] = []

    def norm_relu(*arguments: Any, relu: bool) -> Tensor:
        seen.append(relu)
        return torch_norm_relu(*arguments, relu=relu)

    torch_norm_relu = torch_layers.norm_relu
    monkeypatch.setattr(torch_layers, "norm_relu", norm_relu)
    return seen


COMPILED = pytest.mark.skipif(compiled_kernels() is None, reason="there are no compiled kernels here")


def test_a_norm_without_a_scale_is_one_whose_scale_is_one() -> None:
    images = torch.randn(16, 8, 3, 3).to(memory_format=torch.channels_last)
    unscaled = Chain(BatchNorm(8, eps=1e-3, momentum=0.1, scale=False), nn.ReLU(), nn.Flatten())
    plain = nn.Sequential(nn.BatchNorm2d(8, eps=1e-3, momentum=0.1), nn.ReLU(), nn.Flatten())
    assert [name for name, _ in unscaled.named_parameters()] == ["0.bias"]
    for model in (unscaled, plain):
        nn.init.constant_(model[0].bias, 0.5)
        model(images).square().sum().backward()
    torch.testing.assert_close(unscaled[0].bias.grad, plain[0].bias.grad)
    torch.testing.assert_close(unscaled.eval()(images), plain.eval()(images))


@pytest.mark.parametrize("compiled", [pytest.param(True, marks=COMPILED), False])
def test_weights_stay_in_order_where_compiled_kernels_read_them(
    compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not compiled:
        monkeypatch.setattr(torch_layers, "kernels_in_c", lambda: None)
    own = nn.Sequential(PaddedConv2d(6, 12, (3, 3)), SegmentedConv2d(12, (4, 4, 2, 2)))
    model = nn.Sequential(own, nn.Conv2d(12, 4, 3))
    before = copy.deepcopy(model.state_dict())
    for weight in own.parameters():
        weight.grad = torch.randn_like(weight)
    model.to(memory_format=torch.channels_last)
    assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())
    assert [weight.is_contiguous() for weight in own.parameters()] == [compiled] * 3
    assert [weight.grad.stride() for weight in own.parameters()] == [weight.stride() for weight in own.parameters()]
    assert not model[1].weight.is_contiguous()
    assert {weight.dtype for weight in model.double().parameters()} == {torch.double}


@COMPILED
def test_a_norm_and_its_relu_are_one_step_in_training(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = compiled_steps(monkeypatch)
    images = torch.randn(16, 8, 3, 3).to(memory_format=torch.channels_last)
    own, plain = norm_and_relu(), nn.Sequential(nn.BatchNorm2d(8, eps=1e-3, momentum=0.1), nn.ReLU(), nn.Flatten())
    assert torch.allclose(own(images), plain(images), atol=1e-6)
    assert seen == [True]
    assert list(own.state_dict()) == list(plain.state_dict())
    for name, buffer in own.named_buffers():
        assert torch.allclose(buffer, plain.get_buffer(name), atol=1e-6), name
    assert torch.allclose(own.eval()(images), plain.eval()(images), atol=1e-6)
    assert seen == [True]  # PyTorch's scores


@COMPILED
@pytest.mark.parametrize("place", [0, 1])
def test_who_watches_a_layer_sees_it_by_itself(place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = compiled_steps(monkeypatch)
    images = torch.randn(16, 8, 3, 3).to(memory_format=torch.channels_last)
    watched, other = norm_and_relu(), norm_and_relu()
    outputs: list[Tensor] = []
    watched[place].register_forward_hook(lambda _, __, output: outputs.append(output))
    assert torch.equal(watched(images), other(images))
    assert seen == [False, True]
    (output,) = outputs
    assert bool((output < 0).any()) == (place == 0)


@COMPILED
def test_who_watches_every_module_sees_both(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = compiled_steps(monkeypatch)
    kinds: list[str] = []
    handle = register_module_forward_hook(lambda module, _, __: kinds.append(type(module).__name__))
    norm_and_relu()(torch.randn(16, 8, 3, 3).to(memory_format=torch.channels_last))
    handle.remove()
    assert kinds[:2] == ["BatchNorm", "ReLU"]
    assert seen == [False]


@COMPILED
def test_what_stands_in_for_a_layer_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled_steps(monkeypatch)
    chain = norm_and_relu()
    monkeypatch.setattr(chain[1], "forward", lambda images: images * 0 + 7)
    assert (chain(torch.randn(16, 8, 3, 3).to(memory_format=torch.channels_last)) == 7).all()


@pytest.mark.parametrize(("segments", "channels"), [(16, 24), (8, 48), (32, 31)])
def test_images_of_other_channels_are_refused(segments: int, channels: int) -> None:
    """By PyTorch, whichever way would have computed them; a kernel of its own would read beyond them."""
    for order in ("pointwise-first", "spatial-first"):
        block = sp.GroupedSeparable(32, 64, segments=segments, order=order)  # type: ignore[arg-type]
        with pytest.raises(RuntimeError):
            block(torch.randn(2, channels, 8, 8))


@COMPILED
def test_costs_say_whether_a_norm_is_computed_by_the_compiled_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = compiled_steps(monkeypatch)
    model = norm_and_relu()
    compute_by(model, KernelCosts(processor="any"))
    model(torch.randn(16, 8, 3, 3).to(memory_format=torch.channels_last))
    assert seen == []


@COMPILED
@pytest.mark.parametrize("padding", ["same", "symmetric"])
def test_costs_say_whether_a_maximum_is_the_compiled_kernels(padding: Padding, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    def max_pool(kernels: Any, images: Tensor, window: Window) -> Tensor:
        seen.append(images.requires_grad)
        return compiled_max_pool(kernels, images, window)

    compiled_max_pool = torch_layers.pool.max_pool
    monkeypatch.setattr(torch_layers.pool, "max_pool", max_pool)
    images = torch.randn(2, 8, 6, 7).to(memory_format=torch.channels_last)
    own, stock = Pool2d("max", 3, 2, padding), nn.Sequential(Pool2d("max", 3, 2, padding))
    compute_by(stock, KernelCosts(processor="any"))
    assert torch.equal(own(images), stock(images))
    assert seen == [False]
    images.requires_grad_()
    found, expected = (torch.autograd.grad(pool(images).square().sum(), images)[0] for pool in (own, stock))
    assert torch.equal(found, expected)
    assert seen == [False, True]
    Pool2d("average", 3, 2, padding)(images)
    assert seen == [False, True]


def direct_steps(monkeypatch: pytest.MonkeyPatch) -> list[torch.dtype]:
    """Of what type the images are that the compiled convolution is given, from here on."""
    seen: list[torch.dtype] = []

    def direct_conv2d(kernels: Any, native: Any, images: Tensor, weights: list[Tensor], counts: list[int]) -> Tensor:
        seen.append(images.dtype)
        output: Tensor = native(images, weights)
        return output

    monkeypatch.setattr(segmented_convolution, "direct_conv2d", direct_conv2d)
    return seen


DIRECT = KernelCosts(
    processor="any",
    compiled=True,
    fp32=(9.0,) * 32,
    bf16=(9.0,) * 32,
    direct_fp32=(1.0,) * 4,
    direct_bf16=(1.0,) * 4,
)


@COMPILED
def test_narrow_segments_are_convolved_by_the_compiled_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = direct_steps(monkeypatch)
    narrow, wide, strided = SegmentedConv2d(64, 16), SegmentedConv2d(64, 2), SegmentedConv2d(64, 16, stride=2)
    for layer in (narrow, wide, strided):
        layer.costs = DIRECT
        layer(torch.randn(2, 64, 8, 8))
    assert seen == [torch.float32]
    with torch.autocast("cpu", torch.bfloat16):
        assert narrow(torch.randn(2, 64, 8, 8)).dtype == torch.bfloat16
    assert seen == [torch.float32, torch.bfloat16]


@COMPILED
def test_narrow_regular_convolutions_are_computed_by_the_compiled_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = direct_steps(monkeypatch)
    narrow = PaddedConv2d(2, 4, (3, 3), bias=True)
    others = [
        PaddedConv2d(2, 17, (3, 3)),  # much wider than its costs are known
        PaddedConv2d(17, 2, (3, 3)),
        PaddedConv2d(2, 4, (3, 3), 2),
        PaddedConv2d(2, 4, (3, 3), padding="valid"),
        PaddedConv2d(2, 4),  # a matrix product
    ]
    for layer in (narrow, *others):
        compute_by(layer, DIRECT)
        images = torch.randn(2, layer.in_channels, 8, 8)
        expected = nn.functional.conv2d(images, layer.weight, layer.bias, layer.stride, padding=1)
        if layer is narrow:
            assert (layer(images) - expected).abs().max() < 1e-5
        layer(images)
    assert seen == [torch.float32] * 2
    with torch.autocast("cpu", torch.bfloat16):
        assert narrow(torch.randn(2, 2, 8, 8)).dtype == torch.bfloat16
    assert seen == [torch.float32] * 2 + [torch.bfloat16]


@COMPILED
@pytest.mark.parametrize("stride", [1, 2])
def test_narrow_pointwise_convolutions_are_computed_by_the_compiled_kernel(
    stride: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = direct_steps(monkeypatch)
    for outputs in (4, 5):
        layer = PaddedConv2d(2, outputs, stride=stride)
        compute_by(layer, DIRECT.replace(pointwise_fp32=4))
        images = torch.randn(2, 2, 7, 8)
        expected = nn.functional.conv2d(images, layer.weight, stride=stride)
        assert (layer(images) - expected).abs().max() < 1e-5
    assert seen == [torch.float32]


@COMPILED
def test_many_weights_and_few_pixels_are_pytorchs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel brings weights into another order for each pass."""
    seen = direct_steps(monkeypatch)
    layer = PaddedConv2d(2, 65, (3, 3))
    compute_by(layer, DIRECT.replace(fp32=(9.0,) * 80, direct_fp32=(1.0,) * 80))
    layer(torch.randn(31, 2, 8, 8))
    assert seen == []
    layer(torch.randn(32, 2, 8, 8))
    assert seen == [torch.float32]


@COMPILED
@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (1, 1), (1, 2)])
@pytest.mark.parametrize(("inputs", "outputs"), [(1, 8), (5, 17), (17, 5)])
def test_regular_convolutions_are_the_same_in_either_way(inputs: int, outputs: int, kernel: int, stride: int) -> None:
    layer = PaddedConv2d(inputs, outputs, (kernel, kernel), stride, bias=True)
    nn.init.normal_(layer.bias)  # type: ignore[arg-type]
    images = torch.randn(3, inputs, 7, 7, requires_grad=True)
    found = []
    for direct in (0.5, 2.0):
        layer.costs = DIRECT.replace(
            fp32=(1.0,) * 32, direct_fp32=(direct,) * 32, pointwise_fp32=32 if direct < 1 else 0
        )
        output = layer(images)
        found.append((output, *torch.autograd.grad(output.square().sum(), [images, *layer.parameters()])))
    for one, other in zip(*found, strict=True):
        assert (one - other).abs().max() <= 1e-5 * other.abs().max()
