"""The named networks."""

import pytest

import spectrum as sp
from spectrum.architecture import networks
from spectrum.cost.closed_form import count
from spectrum.errors import DefinitionError
from spectrum.segments import DEPTHWISE


def test_xception_has_14_modules_and_36_convolutions() -> None:
    modules = [module for module in sp.networks.xception().modules for _ in range(module.repeat)]
    assert len(modules) == 14
    assert sum(len(module.channels) for module in modules) == 36
    assert [module.channels[-1] for module in modules] == [64, 128, 256, 728, *[728] * 8, 1024, 2048]
    assert [module.residual for module in modules] == [False, *[True] * 12, False]


def test_xception_is_the_papers() -> None:
    network = sp.networks.xception()
    assert (network.segments, network.order, network.intermediate) == (DEPTHWISE, "spatial-first", "none")
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
    assert sum(len(module.channels) for module in network.modules) == 8
    cost = count(network, (1, 28, 28))
    assert 25 < cost.macs / cost.params < 35


def test_every_named_network_takes_its_native_image() -> None:
    assert set(networks.NAMED) == set(networks.NATIVE_IMAGE) == {"xception", "small"}
    for name, image in networks.NATIVE_IMAGE.items():
        assert count(networks.named(name, classes=7), image).layers[-1].out_channels == 7


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("xeption", {}, "there is no network 'xeption'; did you mean 'xception'? known: small, xception"),
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
