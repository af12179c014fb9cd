"""Depths close to a budget, against all those around them."""

from collections.abc import Sequence
from functools import cache
from itertools import product

import pytest

import spectrum as sp
from spectrum.architecture.modules import Inception, Module, Tower
from spectrum.architecture.spec import Network
from spectrum.cost.budget import Budget
from spectrum.cost.closed_form import count
from spectrum.cost.matching.depth import DEEPEST, closest_depths
from spectrum.cost.matching.rounding import neighbours
from spectrum.cost.quantities import Cost
from spectrum.errors import DefinitionError

IMAGE = (3, 16, 16)
STEM = Module(channels=(6,), separable=False, residual=False)
NETWORK = Network(
    modules=(
        STEM, Module(channels=(6,)), Module(channels=(10,), pool=3), Module(channels=(10, 10), repeat=2),
        Module(channels=(12,), pool=3), Module(channels=(12,)),
    ),
    classes=3,
    segments=2,
)  # fmt: skip
KEEPERS = (1, 3, 5)


def repeats(network: Network) -> tuple[int, ...]:
    return tuple(network.modules[place].repeat for place in KEEPERS)


def deep(depths: Sequence[int]) -> Network:
    modules = list(NETWORK.modules)
    for place, repeat in zip(KEEPERS, depths, strict=True):
        modules[place] = modules[place].replace(repeat=repeat)
    return NETWORK.replace(modules=tuple(modules))


@cache
def costs() -> dict[tuple[int, ...], Cost]:
    """What all depths up to four times the declared ones cost."""
    return {each: count(deep(each), IMAGE) for each in product(range(1, 5), range(1, 9), range(1, 5))}


@pytest.mark.parametrize("depths", [(1, 2, 1), (3, 2, 1), (4, 8, 4), (2, 5, 1), (1, 1, 4)])
def test_no_depth_in_steps_of_one_or_two_repeats_is_closer(depths: tuple[int, ...]) -> None:
    """Beside the costs of some depths; from the first four of them the closest of all is reached."""
    cost = costs()[depths]
    budget = Budget(params=round(1.004 * cost.params), macs=round(0.997 * cost.macs))
    miss = {each: max(map(abs, budget.log_ratios(cost.params, cost.macs))) for each, cost in costs().items()}
    found = closest_depths(NETWORK, budget, IMAGE, number=4)
    best = repeats(found[0])
    assert found[0] == deep(best)
    around = [each for each in map(tuple, neighbours(best, [1, 1, 1])) if each in miss]
    assert miss[best] < min(miss[each] for each in around)
    assert [miss[repeats(network)] for network in found] == sorted({miss[repeats(network)] for network in found})
    if depths != (1, 1, 4):
        assert best == depths == min(miss, key=miss.__getitem__)


def test_no_module_is_repeated_more_than_four_times_as_often() -> None:
    found = closest_depths(NETWORK, Budget(params=10**9, macs=10**12), IMAGE, number=3)
    assert repeats(found[0]) == tuple(DEEPEST * declared for declared in repeats(NETWORK))
    assert repeats(closest_depths(NETWORK, Budget(params=1, macs=1), IMAGE, number=1)[0]) == (1, 1, 1)


@pytest.mark.parametrize(
    "module",
    [
        Module(channels=(7,)),
        Module(channels=(6,), stride=2),
        Module(channels=(6,), padding="valid", residual=False),
        Inception(towers=(Tower(channels=(6,), kernels=(1,)),)),
    ],
    ids=["wider", "strided", "valid", "inception"],
)
def test_modules_that_change_the_shape_are_not_repeated(module: Module | Inception) -> None:
    with pytest.raises(DefinitionError, match=r"repeats modules that keep their shape, got a network of 2 modules wit"):
        closest_depths(NETWORK.replace(modules=(STEM, module)), Budget(params=1000), IMAGE, number=1)


def test_xceptions_middle_flow_keeps_its_shape() -> None:
    network = sp.networks.xception()
    cost = count(network)
    found = closest_depths(network, Budget(params=cost.params, macs=cost.macs), (3, 299, 299), number=3)
    assert found[0] == network
    assert {each.modules[4].repeat for each in found[1:]} == {7, 9}
