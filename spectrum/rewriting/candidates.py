"""Which convolutions of a user's model can be rewritten, and why others cannot."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from torch import nn
from torch.nn.parameter import is_lazy

from spectrum.errors import DefinitionError, choose_from, quoted

Part = TypeVar("Part", bound=nn.Module)
Only = Sequence[str] | Callable[[str, Any], bool]
"""Names of layers, in which * stands for anything; or whether a layer of this name is wanted."""

Convolutions = dict[str, nn.Conv2d]


def refuse_lazy(model: nn.Module) -> None:
    """Raises DefinitionError where a module waits for its first image to get its shape."""
    for name, weight in model.named_parameters():
        if is_lazy(weight):
            raise DefinitionError(
                f"a model has its weights before it is rewritten, got the lazy {name}; run it on one image first"
            )


def every_spatial_convolution(model: nn.Module) -> Convolutions:
    """The k x k convolutions of a model by their names, whether they can be rewritten or not."""
    found = {name: part for name, part in model.named_modules() if isinstance(part, nn.Conv2d)}
    return {name: part for name, part in found.items() if max(part.kernel_size) > 1}


def spatial_convolutions(model: nn.Module, only: Only | None) -> Convolutions:
    """The k x k convolutions of a model by their names, those alone that are wanted.

    Raises:
        DefinitionError: there are none, or a name matches none.
    """
    found = every_spatial_convolution(model)
    if not found:
        raise DefinitionError(
            f"what is rewritten are nn.Conv2d larger than 1 x 1, got a {type(model).__name__} without any; give a "
            "model that has some"
        )
    return found if only is None else wanted(found, only)


def wanted(found: Mapping[str, Part], only: Only) -> dict[str, Part]:
    """Those that are meant; raises DefinitionError where a name matches none, or the function wants none."""
    if callable(only):
        meant = {name: part for name, part in found.items() if only(name, part)}
        if not meant:
            raise DefinitionError(
                f"only says which of the {len(found)} convolutions are wanted, got True for none of them; change it"
            )
        return meant
    patterns = [only] if isinstance(only, str) else list(only)
    for pattern in patterns:
        if not isinstance(pattern, str):
            raise DefinitionError(f"only holds names of layers, got {quoted(pattern)}; use for example 'layer1.*'")
        if not any(fnmatchcase(name, pattern) for name in found):
            raise DefinitionError(choose_from("convolution named", pattern, found))
    return {name: part for name, part in found.items() if any(fnmatchcase(name, pattern) for pattern in patterns)}


def obstacles(model: nn.Module, found: Convolutions) -> dict[str, str]:
    """By name, why a convolution has to stay as it is; those that may change are left out."""
    places, owners = _places(model)
    reasons = ((name, _obstacle(part, places[id(part)], owners)) for name, part in found.items())
    return {name: reason for name, reason in reasons if reason is not None}


def computes_its_own_way(part: nn.Conv2d) -> bool:
    """Whether a convolution is more than one with its weight: with a standardised weight, say."""
    kind = type(part)
    return kind.forward is not nn.Conv2d.forward or kind._conv_forward is not nn.Conv2d._conv_forward


def _obstacle(part: nn.Conv2d, places: Sequence[str], owners: dict[int, list[str]]) -> str | None:
    if computes_its_own_way(part):
        return f"its class {type(part).__name__} computes the convolution in a way of its own"
    if "forward" in vars(part) or "_conv_forward" in vars(part):
        return "its forward function was replaced"
    if part.groups > 1:
        return f"it runs over {part.groups} groups already; sp.embed and sp.project change these"
    if part._parameters.get("weight") is None:
        return "its weight is computed from other parameters"
    if len(places) > 1:
        return f"the layer is shared: {' and '.join(places)} are one"
    for weight in part.parameters(recurse=False):
        if len(owners[id(weight)]) > 1:
            return f"a weight is shared: {' and '.join(owners[id(weight)])} are one"
    return None


def _places(model: nn.Module) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """Under which names each module, and each parameter, stands in the model."""
    places, owners = defaultdict(list), defaultdict(list)
    for name, part in model.named_modules(remove_duplicate=False):
        places[id(part)].append(name)
    for name, part in model.named_modules():
        for own, weight in part.named_parameters(recurse=False):
            owners[id(weight)].append(f"{name}.{own}")
    return places, owners
