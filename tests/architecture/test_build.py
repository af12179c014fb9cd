"""Networks as torch modules: what they compute, their sizes and names, and that building one touches nothing else."""

import pytest
import torch
from torch import Tensor, nn

import spectrum as sp
from spectrum.architecture.build import build
from spectrum.architecture.layers import Chain, Convolution, Flatten, Linear
from spectrum.architecture.modules import Auxiliary, Inception, Module, Tower
from spectrum.architecture.spec import Network
from spectrum.cost.closed_form import count
from spectrum.errors import DefinitionError
from spectrum.segments import DEPTHWISE, PLAIN

SMALL = sp.networks.small(width=4)
GREY = (1, 16, 16)


def test_xceptions_feature_maps_at_299() -> None:
    model = sp.build(sp.networks.xception()).eval()
    sizes: list[int] = []
    for module in (model.features[0].conv0, *model.features[:14]):
        module.register_forward_hook(lambda _, __, output: sizes.append(output.shape[-1]))
    with torch.inference_mode():
        assert model(torch.zeros(1, 3, 299, 299)).shape == (1, 1000)
    assert sizes == [149, 147, 74, 37, 19, *[19] * 8, 10, 10]


def test_a_network_at_every_point_gives_a_logit_for_each_class() -> None:
    for segments in (1, 3, 100, DEPTHWISE, PLAIN):
        for order in ("pointwise-first", "spatial-first", "bottleneck"):
            model = build(SMALL.at(segments, order=order, intermediate="batch-norm+silu"), image=GREY)
            assert model(torch.randn(2, 1, 9, 12)).shape == (2, 10)


@pytest.mark.parametrize("name", ["small", "xception", "mobilenet", "resnet50", "vgg16"])
def test_layers_are_counted_under_their_names_in_the_state_dict(name: str) -> None:
    network = sp.networks.named(name)
    with torch.device("cpu"):
        weights = dict(build(network).named_parameters())
    for layer in count(network).layers:
        own = {key: weight for key, weight in weights.items() if key.startswith(f"{layer.name}.")}
        assert sum(weight.numel() for weight in own.values()) == layer.params, layer.name


def test_an_inception_module_is_built_and_counted() -> None:
    towers = (
        Tower(channels=(6,), kernels=(1,)),
        Tower(channels=(4, 6), kernels=(1, (1, 5))),
        Tower(channels=(3,), kernels=(1,), pool="average"),
        Tower(pool="max"),
    )
    stem = Module(channels=(5,), separable=False, residual=False, before=(), after=("batch-norm", "relu"))
    network = Network(modules=(stem, Inception(towers=towers), Inception(towers=towers, stride=2)), classes=3)
    model = build(network, image=(2, 9, 8))
    assert model(torch.randn(2, 2, 9, 8)).shape == (2, 3)
    assert model.features(torch.randn(2, 2, 9, 8)).shape == (2, 6 + 6 + 3 + 20, 5, 4)
    cost = count(network, (2, 9, 8))
    assert cost.params == sum(weight.numel() for weight in model.parameters())
    measured = sp.measure(network, image=(2, 9, 8))
    assert (cost.params, cost.macs, cost.activations) == (measured.params, measured.macs, measured.activations)
    images = torch.randn(2, 5, 9, 8)
    inception = model.eval().features[1]
    beside = [inception[f"tower{index}"](images) for index in range(4)]
    assert torch.equal(inception(images), torch.cat(beside, dim=1))


def auxiliary_network() -> Network:
    stem = Module(channels=(4,), separable=False, residual=False, before=(), after="relu")
    auxiliary = Auxiliary(towers=(Tower(channels=(3, 5), kernels=(1, 3)),))
    return Network(modules=(stem, auxiliary, stem.replace(channels=(6,))), classes=3, image=(3, 16, 16))


def test_an_auxiliary_classifier_is_computed_in_training_for_who_waits_for_it() -> None:
    model, images = build(auxiliary_network()), torch.randn(2, 3, 16, 16)
    main = model(images)
    main.sum().backward()
    branch = model.features[1].branch
    assert branch.classifier.weight.grad is None
    seen: list[Tensor] = []
    branch.register_forward_hook(lambda _, __, logits: seen.append(logits))
    assert torch.equal(model(images), main)
    assert torch.equal(model.eval()(images), main)
    (logits,) = seen
    assert logits.shape == (2, 3)
    logits.sum().backward()
    assert all(weight.grad is not None for weight in branch.parameters())


def test_an_auxiliary_classifier_is_counted_and_costs_no_evaluation() -> None:
    network = auxiliary_network()
    cost, measured = count(network), sp.measure(network)
    assert (measured.params, measured.macs, measured.activations) == (cost.params, cost.macs, cost.activations)
    without = count(network.replace(modules=network.modules[::2]))
    assert (cost.macs, cost.activations) == (without.macs, without.activations)
    assert cost.params - without.params == sum(w.numel() for w in build(network).features[1].parameters())


def test_a_tree_is_built_as_it_is() -> None:
    tree = Chain((("conv", Convolution(4, (3, 3))), ("flatten", Flatten()), ("out", Linear(2))))
    model = build(tree, image=(1, 5, 6))
    assert model(torch.randn(3, 1, 5, 6)).shape == (3, 2)
    assert list(model.state_dict()) == ["conv.weight", "out.weight", "out.bias"]
    assert isinstance(build(Convolution(4), image=(1, 2, 2)), nn.Sequential)


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


def test_a_residual_reads_the_input_before_its_activation() -> None:
    """With and without a projection, and with what stands after the sum."""
    first = Module(channels=(4,), residual=False)
    images = torch.randn(2, 4, 6, 6)
    for module in (Module(channels=(4, 4)), Module(channels=(6,), stride=2)):
        part = build(Network(modules=(first, module), classes=2, image=GREY), seed=1).eval().features[1]
        assert torch.equal(part(images), part.body(images) + part.skip(images))
        assert type(part.body[0]) is nn.ReLU
    final = Module(channels=(4,), final=("relu",))
    part = build(Network(modules=(first, final), classes=2, image=GREY), seed=1).eval().features[1]
    assert torch.equal(part(images), torch.relu(part.sum.body(images) + images))


def test_dropout_stands_before_the_classifier_and_after_hidden_layers() -> None:
    model = build(SMALL.replace(hidden=(32, 16)), image=GREY, dropout=0.5)
    assert [part.p for part in model.modules() if isinstance(part, nn.Dropout)] == [0.5, 0.5]
    seen: list[Tensor] = []
    model.classifier.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    images = torch.randn(16, 1, 16, 16)
    model(images)
    model.eval()(images)
    dropped, kept = ((features == 0).float().mean() for features in seen)
    assert dropped > kept
    assert [part.p for part in build(SMALL, dropout=0.3).modules() if isinstance(part, nn.Dropout)] == [0.3]


def test_batch_norm_has_the_networks_eps_and_momentum_everywhere() -> None:
    model = build(SMALL.replace(norm_momentum=0.02, norm_eps=1e-5).at(4, intermediate="batch-norm"))
    norms = [part for part in model.modules() if isinstance(part, nn.BatchNorm2d)]
    assert len(norms) > 16
    assert {(part.momentum, part.eps) for part in norms} == {(0.02, 1e-5)}


@pytest.mark.parametrize(
    ("network", "options", "sentence"),
    [
        ("small", {}, "a network is a sp.Network, got 'small'; use sp.networks.named('small'), "
         "or sp.measure for a module"),
        (SMALL, {"image": (0, 8, 8)}, "an image is (channels, height, width), got (0, 8, 8); use for example "
         "(3, 32, 32)"),
        (SMALL.replace(image=None), {}, "this network does not say what images it takes; give image=(channels, height, "
         "width), or set its own with replace(image=...)"),
        (SMALL, {"dropout": 1.5}, "dropout is a probability below 1, got 1.5; use for example 0.5"),
        (SMALL, {"dropout": "half"}, "dropout is a probability below 1, got 'half'; use for example 0.5"),
        (SMALL, {"seed": 1.5}, "a seed is an integer, got 1.5; use for example 0"),
        (SMALL.at((3, 5)), {}, "segment widths add up to the channels, got (3, 5) with a sum of 8 for 12 channels; "
         "change the widths or the channels"),
    ],
)  # fmt: skip
def test_what_cannot_be_built(network: Network, options: dict[str, object], sentence: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        build(network, **options)  # type: ignore[arg-type]
    assert str(caught.value) == sentence


def test_a_network_that_is_larger_than_memory() -> None:
    huge = sp.Network(modules=(sp.Module(channels=(10**5, 10**7), separable=False, residual=False),), classes=2)
    with pytest.raises(DefinitionError) as raised:
        sp.build(huge, image=(1, 8, 8))
    assert str(raised.value) == "a network fits into memory, got one that does not; use narrower layers"
