"""The named networks: each family's functions, and the names that the command line and studies know them by."""

from collections.abc import Callable
from inspect import signature
from typing import Any

from spectrum.architecture.families.inception_v3 import inception_v3
from spectrum.architecture.families.mobilenet import mobilenet
from spectrum.architecture.families.resnet import resnet50, resnet152, resnext50, resnext101
from spectrum.architecture.families.vgg import vgg16
from spectrum.architecture.families.xception import small, xception
from spectrum.architecture.spec import Network
from spectrum.errors import DefinitionError, choose_from
from spectrum.public import public

__all__ = [
    "NAMED", "inception_v3", "mobilenet", "named", "resnet50", "resnet152", "resnext50", "resnext101", "small", "vgg16",
    "xception",
]  # fmt: skip

NAMED: dict[str, Callable[..., Network]] = {
    "xception": xception,
    "small": small,
    "inception_v3": inception_v3,
    "mobilenet": mobilenet,
    "resnet50": resnet50,
    "resnet152": resnet152,
    "resnext50": resnext50,
    "resnext101": resnext101,
    "vgg16": vgg16,
}


@public
def named(name: str, **options: Any) -> Network:
    """The network of that name; raises DefinitionError with the nearest name where there is none, or no such option."""
    if name not in NAMED:
        raise DefinitionError(choose_from("network", name, NAMED))
    known = signature(NAMED[name]).parameters
    for option in options:
        if option not in known:
            raise DefinitionError(choose_from(f"option of {name} named", option, known))
    return NAMED[name](**options)
