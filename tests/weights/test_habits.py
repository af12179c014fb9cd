"""What a network does that its weights do not show, read from its tree."""

import pytest

import spectrum as sp
from spectrum.architecture.shapes import Padding
from spectrum.errors import DefinitionError
from spectrum.weights.habits import Habits, check_habits, halving

WANTED = Habits.of("symmetric", 1e-5)


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
        (sp.networks.xception(), Habits.of("same", 1e-3)),
        (sp.networks.xception(convention="pytorch"), WANTED),
        (sp.networks.resnet50(), WANTED),
        (sp.networks.inception_v3(), Habits(frozenset(), frozenset({1e-3}))),
        (sp.networks.vgg16(), Habits(frozenset({"symmetric"}), frozenset())),
    ],
)
def test_those_of_named_networks(network: sp.Network, expected: Habits) -> None:
    assert network.image is not None
    assert Habits.of_tree(network.tree, network.image) == expected


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Habits.of("same", 1e-5), "pads 'same' and has batch norm of eps 1e-05"),
        (Habits.of("symmetric", 1e-3), "pads 'symmetric' and has batch norm of eps 0.001"),
        (
            Habits(frozenset({"same", "symmetric"}), frozenset({1e-3, 1e-5})),
            "pads 'same' and 'symmetric' and has batch norm of eps 1e-05 and 0.001",
        ),
        (Habits(frozenset({"same"}), frozenset()), "pads 'same'"),
        (Habits(frozenset(), frozenset({1e-3})), "pads nothing and has batch norm of eps 0.001"),
    ],
)
def test_others_are_refused(found: Habits, said: str) -> None:
    with pytest.raises(DefinitionError) as raised:
        check_habits(found, WANTED, whose="A", network="b()")
    assert str(raised.value) == (
        f"A pads 'symmetric' and has batch norm of eps 1e-05, got a network that {said} and would compute something "
        "else; build b()"
    )


def test_fewer_are_fine() -> None:
    for found in (WANTED, Habits(frozenset(), frozenset()), Habits(frozenset({"symmetric"}), frozenset())):
        check_habits(found, WANTED, whose="A", network="b()")
