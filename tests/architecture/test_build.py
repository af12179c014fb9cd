"""Networks as torch modules: what they compute, their sizes, and that building one touches nothing else."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import spectrum as sp
from spectrum.architecture.build import ConvolutionModule, MaxPoolSame, build
from spectrum.architecture.spec import Module, Network
from spectrum.errors import DefinitionError
from spectrum.segments import DEPTHWISE, PLAIN

SMALL = sp.networks.small(width=4)


def test_xceptions_feature_maps_at_299() -> None:
    model = sp.build(sp.networks.xception()).eval()
    sizes: list[int] = []
    for module in model.features:
        if isinstance(module, ConvolutionModule):
            module.register_forward_hook(lambda _, __, output: sizes.append(output.shape[-1]))
    stem = model.features[0].convolutions[0]
    stem.register_forward_hook(lambda _, __, output: sizes.append(output.shape[-1]))
    with torch.inference_mode():
        assert model(torch.zeros(1, 3, 299, 299)).shape == (1, 1000)
    assert sizes == [149, 147, 74, 37, 19, *[19] * 8, 10, 10]


def test_a_network_at_every_point_gives_a_logit_a_class() -> None:
    for segments in (1, 3, 100, DEPTHWISE, PLAIN):
        for order in ("pointwise-first", "spatial-first", "bottleneck"):
            model = build(SMALL.at(segments, order=order, intermediate="silu"), image_channels=1)
            assert model(torch.randn(2, 1, 9, 12)).shape == (2, 10)


def test_weights_are_a_function_of_the_seed_alone() -> None:
    torch.manual_seed(5)
    first = build(SMALL, seed=3).state_dict()
    torch.manual_seed(6)
    again, other = build(SMALL, seed=3).state_dict(), build(SMALL, seed=4).state_dict()
    assert all(torch.equal(tensor, again[name]) for name, tensor in first.items())
    assert not torch.equal(first["classifier.weight"], other["classifier.weight"])


def test_building_leaves_the_random_state() -> None:
    state = torch.get_rng_state()
    build(SMALL, seed=3)
    assert torch.equal(state, torch.get_rng_state())


def test_building_seeds_the_cpu_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(seed: int) -> None:
        raise AssertionError("torch.manual_seed reaches every GPU")

    monkeypatch.setattr(torch, "manual_seed", refuse)
    monkeypatch.setattr(torch.cuda, "manual_seed_all", refuse)
    build(SMALL)


def test_a_default_device_does_not_move_the_weights() -> None:
    with torch.device("meta"):
        model = build(SMALL)
    assert torch.equal(model.classifier.weight, build(SMALL).classifier.weight)


def one_module(**fields: object) -> ConvolutionModule:
    """The last module of a network whose other module hands on features that no ReLU has seen."""
    first = Module(channels=(4,), residual=False)
    network = Network(modules=(first, Module(**fields)), classes=2, segments=1)
    return build(network, seed=1).eval().features[1]  # type: ignore[return-value]


def test_a_residual_reads_the_input_before_its_activation() -> None:
    images = torch.randn(2, 4, 6, 6)
    module = one_module(channels=(4, 4))
    kinds = [type(part).__name__ for part in module.convolutions]
    assert kinds == ["ReLU", "GroupedSeparable", "BatchNorm2d"] * 2
    assert torch.equal(module(images), module.convolutions(images) + images)
    assert len(module.skip) == 0


@pytest.mark.parametrize(
    ("fields", "stride", "size"),
    [
        ({"channels": (4, 6)}, 1, 7),
        ({"channels": (4, 4), "down": "pool"}, 2, 4),
        ({"channels": (4, 4), "down": "stride"}, 2, 4),
    ],
)
def test_a_residual_is_projected_where_the_shape_changes(fields: dict[str, object], stride: int, size: int) -> None:
    module = one_module(**fields)
    projection, norm = module.skip
    assert (projection.kernel_size, projection.stride) == ((1, 1), (stride, stride))
    images = torch.randn(2, 4, 7, 7)
    assert module(images).shape == (2, fields["channels"][1], size, size)  # type: ignore[index]
    assert torch.equal(module(images), module.convolutions(images) + norm(projection(images)))


def test_without_a_residual_there_is_none() -> None:
    module = one_module(channels=(4,), residual=False)
    images = torch.randn(2, 4, 6, 6)
    assert torch.equal(module(images), module.convolutions(images))


def test_where_activations_stand() -> None:
    """None before the first convolution of images or of features that end in one; one after the last sum."""
    stem = Module(channels=(4,), separable=False, residual=False, activation="after")
    model = build(Network(modules=(stem, Module(channels=(4, 4)), Module(channels=(4,))), classes=2))
    kinds = [[type(part).__name__ for part in module.convolutions] for module in list(model.features)[:3]]
    assert kinds == [
        ["Conv2d", "BatchNorm2d", "ReLU"],
        ["GroupedSeparable", "BatchNorm2d", "ReLU", "GroupedSeparable", "BatchNorm2d"],
        ["ReLU", "GroupedSeparable", "BatchNorm2d"],
    ]
    assert isinstance(model.features[3], nn.ReLU)
    assert not isinstance(build(Network(modules=(stem,), classes=2)).features[-1], nn.ReLU)


@pytest.mark.parametrize("size", [(5, 5), (6, 6), (5, 6), (2, 3), (8, 1)])
def test_the_pool_pads_below_and_on_the_right_where_sizes_are_even(size: tuple[int, int]) -> None:
    images = torch.randn(2, 3, *size) - 5
    top, left = size[0] % 2, size[1] % 2
    padded = functional.pad(images, (left, 1, top, 1), value=-torch.inf)
    assert torch.equal(MaxPoolSame()(images), functional.max_pool2d(padded, 3, stride=2))


def test_dropout_stands_before_the_classifier_and_hidden_layers_before_it() -> None:
    model = build(SMALL.replace(hidden=(32, 16)), dropout=0.5)
    assert [type(part).__name__ for part in model.hidden] == ["Linear", "ReLU"] * 2
    assert (model.dropout.p, model.classifier.in_features) == (0.5, 16)
    seen: list[Tensor] = []
    model.classifier.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    images = torch.randn(16, 3, 8, 8)
    model(images)
    model.eval()(images)
    dropped, kept = ((features == 0).float().mean() for features in seen)
    assert dropped > kept


def test_batch_norm_has_the_networks_momentum_everywhere() -> None:
    model = build(SMALL.replace(norm_momentum=0.02, intermediate="batch-norm"))
    norms = [part for part in model.modules() if isinstance(part, nn.BatchNorm2d)]
    assert len(norms) > 16
    assert {part.momentum for part in norms} == {0.02}


@pytest.mark.parametrize(
    ("network", "options", "sentence"),
    [
        ("small", {}, "a network is a sp.Network, got 'small'; use sp.networks.named('small'), "
         "or sp.measure for a module"),
        (SMALL, {"image_channels": 0}, "images have a positive number of channels, got 0; use 3 or 1"),
        (SMALL, {"dropout": 1.5}, "dropout is a probability below 1, got 1.5; use for example 0.5"),
        (SMALL, {"dropout": "half"}, "dropout is a probability below 1, got 'half'; use for example 0.5"),
        (SMALL, {"seed": 1.5}, "a seed is an integer, got 1.5; use for example 0"),
        (SMALL.at((3, 5)), {}, "segment widths add up to the channels, got (3, 5) with a sum of 8 for 12 channels; "
         "change the widths or the channels"),
    ],
)  # fmt: skip
def test_what_cannot_be_built(network: Network, options: dict[str, float], sentence: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        build(network, **options)  # type: ignore[arg-type]
    assert str(caught.value) == sentence
