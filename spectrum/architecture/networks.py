"""Named networks, each one a spec in the grammar of `spec.py`."""

from collections.abc import Callable
from inspect import signature
from typing import Any, Literal

from spectrum.architecture.spec import Module, Network
from spectrum.errors import DefinitionError, choose_from
from spectrum.segments import DEPTHWISE, SegmentsValue


def xception(classes: int = 1000, *, segments: SegmentsValue = DEPTHWISE, hidden: tuple[int, ...] = ()) -> Network:
    """Xception (paper, figure 5): 36 convolutions in 14 modules, for images of 299 x 299 pixels.

    22,855,952 trainable parameters and 8,357,403,496 MACs at 1000 classes.
    """
    stem = Module(
        channels=(32, 64), separable=False, down="stride", padding="valid", residual=False, activation="after"
    )
    entry = tuple(Module(channels=(width, width), down="pool") for width in (128, 256, 728))
    middle = Module(channels=(728, 728, 728), repeat=8)
    leave = (
        Module(channels=(728, 1024), down="pool"),
        Module(channels=(1536, 2048), residual=False, activation="after"),
    )
    return Network(
        modules=(stem, *entry, middle, *leave),
        classes=classes,
        hidden=hidden,
        segments=segments,
        order="spatial-first",
        norm_momentum=0.01,
    )


def small(
    classes: int = 10, *, width: int = 16, stem_stride: Literal[1, 2] = 2, segments: SegmentsValue = DEPTHWISE
) -> Network:
    """A small relative of Xception for images of 8 to 64 pixels: 8 convolutions in 5 modules.

    The stem halves the image unless `stem_stride` is 1 (better for 8 pixels); two modules halve it again. At 28 x 28
    pixels its modules run at 14, 7 and 4 pixels, and its proportions give about 30 MACs a parameter.
    """
    if stem_stride not in (1, 2):
        raise DefinitionError(f"the stem's stride is 1 or 2, got {stem_stride!r}; use 1 for images of 8 pixels")
    stem = Module(
        channels=(width,),
        separable=False,
        down="stride" if stem_stride == 2 else "none",
        residual=False,
        activation="after",
    )
    return Network(
        modules=(
            stem,
            Module(channels=(3 * width, 3 * width), down="pool"),
            Module(channels=(8 * width, 8 * width), down="pool"),
            Module(channels=(8 * width, 8 * width)),
            Module(channels=(16 * width,), residual=False, activation="after"),
        ),
        classes=classes,
        segments=segments,
    )


NAMED: dict[str, Callable[..., Network]] = {"xception": xception, "small": small}

NATIVE_IMAGE = {"xception": (3, 299, 299), "small": (1, 28, 28)}
"""The images that each network is made for: channels, height, width."""


def named(name: str, **options: Any) -> Network:
    """The network of that name; raises DefinitionError with the nearest name where there is none, or no such option."""
    if name not in NAMED:
        raise DefinitionError(choose_from("network", name, NAMED))
    known = signature(NAMED[name]).parameters
    for option in options:
        if option not in known:
            raise DefinitionError(choose_from(f"option of {name} named", option, known))
    return NAMED[name](**options)
