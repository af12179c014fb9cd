"""The named networks: published counts, and the function of a plain implementation of each."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import spectrum as sp
from spectrum.architecture import networks
from spectrum.architecture.modules import Module
from spectrum.architecture.spec import Network
from spectrum.cost.closed_form import count
from spectrum.errors import DefinitionError
from spectrum.segments import DEPTHWISE, PLAIN, SegmentsValue


def reference(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("network", "params", "macs"),
    [
        (networks.xception(), 22_855_952, 8_357_403_496),
        (networks.resnet152(), 60_192_808, 11_513_626_624),
        (networks.resnext101(), 44_177_704, 7_969_996_800),
        (networks.resnext101(inner=256), 88_791_336, 16_414_015_488),
        (networks.resnext101(inner=256, segments=64), 83_455_272, 15_460_270_080),
        (networks.mobilenet(), 4_231_976, 568_740_352),
        (networks.mobilenet().at(PLAIN), 29_294_088, 4_867_293_184),
        (networks.resnet50(), 25_557_032, 4_089_184_256),
        (networks.resnext50(), 25_028_904, 4_230_479_872),
        (networks.vgg16(), 138_357_544, 15_470_264_320),
    ],
    ids=[
        "xception",
        "resnet152",
        "resnext101 32x4d",
        "resnext101 32x8d",
        "resnext101 64x4d",
        "mobilenet",
        "regular mobilenet",
        "resnet50",
        "resnext50",
        "vgg16",
    ],
)  # fmt: skip
def test_published_counts(network: Network, params: int, macs: int) -> None:
    cost = count(network)
    assert (cost.params, cost.macs) == (params, macs)


@pytest.mark.parametrize(
    ("network", "activations"),
    [(networks.resnet50(), 11.11), (networks.resnet152(), 22.56), (networks.resnext101(inner=256), 31.21)],
    ids=["resnet50", "resnet152", "resnext101 32x8d"],
)
def test_published_activations(network: Network, activations: float) -> None:
    """In millions, as timm lists them."""
    assert round(count(network).activations / 1e6, 2) == activations


@pytest.mark.parametrize(
    ("network", "depths", "inner", "groups"),
    [
        (networks.resnet152(), (3, 8, 36, 3), 64, 1),
        (networks.resnext101(), (3, 4, 23, 3), 128, 32),
        (networks.resnext101(inner=256, segments=64), (3, 4, 23, 3), 256, 64),
    ],
    ids=["resnet152", "resnext101 32x4d", "resnext101 64x4d"],
)
def test_deep_resnets_cost_what_plain_ones_do(
    network: Network, depths: tuple[int, ...], inner: int, groups: int
) -> None:
    with torch.device("meta"):
        plain = reference("reference_resnet").resnet(depths=depths, inner=inner, groups=groups, classes=1000).eval()
        with FlopCounterMode(display=False) as counter:
            plain(torch.empty(1, 3, 224, 224))
    cost = count(network)
    assert (cost.params, cost.flops) == (sum(w.numel() for w in plain.parameters()), counter.get_total_flops())


def test_xception_without_residuals_loses_its_four_projections() -> None:
    """With their batch norms: 64, 128, 256 and 728 channels to 128, 256, 728 and 1024."""
    projections = sum((entry + 2) * out for entry, out in ((64, 128), (128, 256), (256, 728), (728, 1024)))
    assert count(networks.xception(residual=False)).params == 22_855_952 - projections
    assert not networks.xception(residual=False).factors["residual"]


def test_xception_with_two_fully_connected_layers() -> None:
    hidden = 2048 * 4096 + 4096 + 4096 * 4096 + 4096 + 4096 * 1000 + 1000
    assert count(networks.xception(hidden=(4096, 4096))).params == 22_855_952 - 2_049_000 + hidden


def test_a_separable_stack_is_a_regular_one_whose_convolutions_were_taken_apart() -> None:
    regular, separable = count(networks.vgg16()), count(networks.vgg16().at(DEPTHWISE, order="spatial-first"))
    pairs = ((64, 64), (64, 128), (128, 128), (128, 256), *((256, 256),) * 2, (256, 512), *((512, 512),) * 5)
    assert regular.params - separable.params == sum(9 * c * out - 9 * c - c * out for c, out in pairs)


def copy_in_order(source: nn.Module, target: nn.Module) -> None:
    """Weights and statistics, layer by layer in the order in which both run."""
    theirs, ours = list(source.state_dict().values()), list(target.state_dict().values())
    assert len(theirs) == len(ours)
    for value, place in zip(theirs, ours, strict=True):
        place.copy_(value)


def lively(model: nn.Module, images: Tensor) -> nn.Module:
    """Random batch norms whose statistics fit the images, so that logits depend on every layer."""
    random = torch.Generator().manual_seed(0)
    for part in model.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.weight, 0.5, 1.5, generator=random)
            nn.init.normal_(part.bias, generator=random)
            part.momentum = 1.0
    with torch.no_grad():
        model.train()(images)
    return model.eval()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("network", "inner", "groups"),
    [(networks.resnet50(7), 64, 1), (networks.resnext50(7), 128, 32)],
    ids=["resnet50", "resnext50"],
)
@pytest.mark.parametrize("size", [64, 75])
def test_resnets_compute_what_their_papers_do(network: Network, inner: int, groups: int, size: int) -> None:
    torch.manual_seed(0)
    plain = reference("reference_resnet").resnet(depths=(3, 4, 6, 3), inner=inner, groups=groups, classes=7)
    same_function(plain, network, size)


@pytest.mark.slow
@pytest.mark.parametrize("size", [65, 97])
@pytest.mark.parametrize("segments", [DEPTHWISE, PLAIN])
def test_mobilenet_computes_what_its_paper_does_with_regular_convolutions_too(
    segments: SegmentsValue, size: int
) -> None:
    """At sizes that stay odd, where TensorFlow's padding, which is the paper's, is by one on every side."""
    torch.manual_seed(0)
    plain = reference("reference_stacks").mobilenet(separable=segments == DEPTHWISE, classes=7)
    nn.init.normal_(plain[-1].weight, std=0.1)
    same_function(plain, networks.mobilenet(7).at(segments), size)


@pytest.mark.slow
@pytest.mark.parametrize("size", [32, 64])
def test_vgg16_computes_what_its_paper_does(size: int) -> None:
    torch.manual_seed(0)
    plain = reference("reference_stacks").vgg16(classes=7, pixels=size)
    for part in plain.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(part.weight)
    same_function(plain, networks.vgg16(7), size)


def same_function(plain: nn.Module, network: Network, size: int) -> None:
    """A spec's network has the logits of a plain one whose weights it is given."""
    images = torch.randn(4, 3, size, size, generator=torch.Generator().manual_seed(1))
    plain = lively(plain, images)
    ours = sp.build(network, image=(3, size, size)).eval()
    copy_in_order(plain, ours)
    with torch.no_grad():
        logits = plain(images)
        assert logits.std(dim=0).mean() > 0.1, "the logits should depend on the images"
        torch.testing.assert_close(ours(images), logits, rtol=1e-4, atol=1e-4)


def test_xception_has_14_modules_and_36_convolutions() -> None:
    modules = [module for module in sp.networks.xception().modules for _ in range(module.repeat)]
    assert all(isinstance(module, Module) for module in modules)
    assert len(modules) == 14
    assert sum(len(module.channels) for module in modules) == 36
    assert [module.channels[-1] for module in modules] == [64, 128, 256, 728, *[728] * 8, 1024, 2048]
    assert [module.residual for module in modules] == [False, *[True] * 12, False]


def test_xception_is_the_papers() -> None:
    network = sp.networks.xception()
    assert network.segments == DEPTHWISE
    assert network.factors == {"order": "spatial-first", "intermediate": "none", "residual": True, "hidden": "none"}
    assert (network.classes, network.hidden, network.norm_momentum) == (1000, (), 0.01)


@pytest.mark.parametrize(
    ("image", "stem_stride", "sizes"),
    [
        ((1, 28, 28), 2, [14, 7, 4]),
        ((3, 32, 32), 2, [16, 8, 4]),
        ((1, 8, 8), 1, [8, 4, 2]),
        ((3, 64, 64), 2, [32, 16, 8]),
    ],
)
def test_small_is_for_images_of_8_to_64_pixels(image: tuple[int, int, int], stem_stride: int, sizes: list[int]) -> None:
    rows = count(sp.networks.small(stem_stride=stem_stride), image).layers  # type: ignore[arg-type]
    assert sorted({row.size[0] for row in rows if row.name.startswith("features.")}, reverse=True) == sizes


def test_small_has_8_convolutions_and_about_30_macs_a_parameter() -> None:
    network = sp.networks.small()
    assert sum(len(module.channels) for module in network.modules if isinstance(module, Module)) == 8
    cost = count(network, (1, 28, 28))
    assert 25 < cost.macs / cost.params < 35


def test_every_named_network_has_its_image_and_takes_other_classes_and_segments() -> None:
    for name in networks.NAMED:
        network = networks.named(name, classes=7, segments=4)
        assert count(network).layers[-1].out_channels == 7
        assert count(networks.named(name, classes=7)).layers[-1].out_channels == 7
        assert network.segments == 4
        assert network.open


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("xeption", {}, "there is no network 'xeption'; did you mean 'xception'? known: inception_v3, "
         "mobilenet, resnet152, resnet50, resnext101, resnext50, small, vgg16, xception"),
        ("small", {"clases": 3}, "there is no option of small named 'clases'; did you mean 'classes'? "
         "known: classes, segments, stem_stride, width"),
        ("small", {"stem_stride": 3}, "the stem's stride is 1 or 2, got 3; use 1 for images of 8 pixels"),
        ("small", {"width": 0}, "channels are positive integers, got (0,); use at least 1"),
    ],
)  # fmt: skip
def test_what_is_no_named_network(name: str, options: dict[str, int], sentence: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        networks.named(name, **options)
    assert str(caught.value) == sentence
