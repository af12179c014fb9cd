"""What a network does that its weights do not show, read from its tree."""

import pytest

import spectrum as sp
from spectrum.architecture.shapes import Padding
from spectrum.errors import DefinitionError
from spectrum.weights.convention import Convention, check_convention, halving

WANTED = Convention.of("symmetric", 1e-5)


@pytest.mark.parametrize(
    ("padding", "stride", "kernel", "expected"),
    [
        ("same", 2, 3, True),
        ("symmetric", 2, (1, 3), True),
        ("same", 1, 3, False),
        ("same", 2, (1, 1), False),
        ("valid", 2, 3, False),
    ],
)
def test_padding_matters_where_an_image_is_halved(padding: Padding, stride: int, kernel: int, expected: bool) -> None:
    assert halving(padding, stride, kernel) == expected


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (sp.networks.xception(), Convention.of("same", 1e-3)),
        (sp.networks.xception(convention="pytorch"), WANTED),
        (sp.networks.resnet50(), WANTED),
        (sp.networks.inception_v3(), Convention(frozenset(), frozenset({1e-3}))),
        (sp.networks.vgg16(), Convention(frozenset({"symmetric"}), frozenset())),
    ],
)
def test_those_of_named_networks(network: sp.Network, expected: Convention) -> None:
    assert network.image is not None
    assert Convention.of_tree(network.tree, network.image) == expected


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Convention.of("same", 1e-5), "pads 'same' and has batch norm of eps 1e-05"),
        (Convention.of("symmetric", 1e-3), "pads 'symmetric' and has batch norm of eps 0.001"),
        (
            Convention(frozenset({"same", "symmetric"}), frozenset({1e-3, 1e-5})),
            "pads 'same' and 'symmetric' and has batch norm of eps 1e-05 and 0.001",
        ),
        (Convention(frozenset({"same"}), frozenset()), "pads 'same'"),
        (Convention(frozenset(), frozenset({1e-3})), "pads nothing and has batch norm of eps 0.001"),
    ],
)
def test_others_are_refused(found: Convention, said: str) -> None:
    with pytest.raises(DefinitionError) as raised:
        check_convention(found, WANTED, whose="A", network="b()")
    assert str(raised.value) == (
        f"A pads 'symmetric' and has batch norm of eps 1e-05, got a network that {said} and would compute something "
        "else; build b()"
    )


def test_fewer_are_fine() -> None:
    for found in (WANTED, Convention(frozenset(), frozenset()), Convention(frozenset({"symmetric"}), frozenset())):
        check_convention(found, WANTED, whose="A", network="b()")
