"""The depths of a network that come closest to a budget: more or fewer repeats of the modules that keep their shape."""

from collections.abc import Sequence
from heapq import nsmallest
from itertools import pairwise

from spectrum.architecture.modules import Module
from spectrum.architecture.shapes import Image
from spectrum.architecture.spec import Network
from spectrum.cost.budget import Budget
from spectrum.cost.closed_form import count
from spectrum.cost.matching.rounding import neighbours
from spectrum.errors import DefinitionError

DEEPEST = 4
"""How many times its declared repeats a module may have at most."""


def closest_depths(network: Network, budget: Budget, image: Image, *, number: int) -> list[Network]:
    """The `number` networks closest to the budget of those met in steps of a repeat in one module or two.

    Every further copy of a module that keeps its shape costs the same, so that costs add up.

    Raises:
        DefinitionError: where no module keeps its shape.
    """
    places = _keepers(network)
    declared = [network.modules[place].repeat for place in places]
    base = count(network, image)
    deeper = [count(_repeated(network, {place: old + 1}), image) for place, old in zip(places, declared, strict=True)]
    copies = [(cost.params - base.params, cost.macs - base.macs) for cost in deeper]

    def miss(repeats: Sequence[int]) -> float:
        more = [new - old for new, old in zip(repeats, declared, strict=True)]
        params = base.params + sum(times * copy[0] for times, copy in zip(more, copies, strict=True))
        macs = base.macs + sum(times * copy[1] for times, copy in zip(more, copies, strict=True))
        return max(map(abs, budget.log_ratios(params, macs)))

    best = tuple(declared)
    met = {best: miss(best)}
    while True:
        around = [tuple(repeats) for repeats in neighbours(best, [1] * len(best))]
        around = [each for each in around if all(new <= DEEPEST * old for new, old in zip(each, declared, strict=True))]
        met.update({repeats: miss(repeats) for repeats in around if repeats not in met})
        nearest = min(around, key=met.__getitem__)
        if met[nearest] >= met[best]:
            break
        best = nearest
    found = nsmallest(number, met, key=met.__getitem__)
    return [_repeated(network, dict(zip(places, repeats, strict=True))) for repeats in found]


def _keepers(network: Network) -> list[int]:
    """Positions of the modules whose output has the shape of their input."""
    modules = network.modules
    keepers = [
        position
        for position, (before, module) in enumerate(pairwise(modules), start=1)
        if isinstance(module, Module)
        and isinstance(before, Module)
        and not module.halvings
        and module.padding != "valid"
        and module.channels[-1] == before.channels[-1]
    ]
    if not keepers:
        raise DefinitionError(
            "matching by depth repeats modules that keep their shape, got a network of "
            f"{len(modules)} modules without one; match by='widths' or by='inner'"
        )
    return keepers


def _repeated(network: Network, repeats: dict[int, int]) -> Network:
    modules = (
        module.replace(repeat=repeats.get(position, module.repeat)) for position, module in enumerate(network.modules)
    )
    return network.replace(modules=tuple(modules))
