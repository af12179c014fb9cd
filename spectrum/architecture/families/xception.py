"""Xception and its small relative."""

from typing import Literal

from spectrum.architecture.modules import Module
from spectrum.architecture.shapes import Padding
from spectrum.architecture.spec import Network
from spectrum.errors import DefinitionError, choose_from
from spectrum.public import public
from spectrum.segments import DEPTHWISE, SegmentsValue

CONVENTIONS: dict[str, tuple[Padding, float, float]] = {
    "keras": ("same", 1e-3, 0.01),
    "pytorch": ("symmetric", 1e-5, 0.1),
}
"""How poolings pad, and eps and momentum of batch norm."""


@public
def xception(
    classes: int = 1000,
    *,
    segments: SegmentsValue = DEPTHWISE,
    hidden: tuple[int, ...] = (),
    residual: bool = True,
    convention: Literal["keras", "pytorch"] = "keras",
) -> Network:
    """Xception (paper, figure 5): 36 convolutions in 14 modules.

    22,855,952 trainable parameters and 8,357,403,496 MACs at 1000 classes and 299 x 299 pixels.

    Args:
        classes: outputs of the classifier.
        segments: of the spatial convolutions.
        hidden: widths of fully connected layers before the classifier: (4096, 4096) in figures 7 and 8 of the paper.
        residual: False leaves the residual connections out (paper, figure 9).
        convention: "keras" is the author's own. "pytorch" is that of timm's `legacy_xception`, whose weights need it:
            poolings padded by one pixel on every side, where Keras pads even sides at the end alone, and the batch norm
            of PyTorch, with eps 1e-5 and momentum 0.1.
    """
    if convention not in CONVENTIONS:
        raise DefinitionError(choose_from("convention of xception", convention, CONVENTIONS))
    padding, eps, momentum = CONVENTIONS[convention]
    after = ("batch-norm", "relu")
    stem = Module(channels=(32, 64), separable=False, stride=2, padding="valid", residual=False, before=(), after=after)
    entry = tuple(
        Module(channels=(width, width), order="spatial-first", pool=3, padding=padding) for width in (128, 256, 728)
    )
    middle = Module(channels=(728, 728, 728), order="spatial-first", padding=padding, repeat=8)
    leave = (
        Module(channels=(728, 1024), order="spatial-first", pool=3, padding=padding),
        Module(channels=(1536, 2048), order="spatial-first", padding=padding, residual=False, before=(), after=after),
    )
    network = Network(
        modules=(stem, *entry, middle, *leave),
        classes=classes,
        hidden=hidden,
        segments=segments,
        norm_eps=eps,
        norm_momentum=momentum,
        image=(3, 299, 299),
    )
    return network if residual else network.at(segments, residual=False)


@public
def small(
    classes: int = 10, *, width: int = 16, stem_stride: Literal[1, 2] = 2, segments: SegmentsValue = DEPTHWISE
) -> Network:
    """A small relative of Xception for images of 8 to 64 pixels: 8 convolutions in 5 modules.

    The stem halves the image unless `stem_stride` is 1 (better for 8 pixels); two modules halve it again. At 28 x 28
    pixels its modules run at 14, 7 and 4 pixels, and its proportions give about 30 MACs per parameter.
    """
    if stem_stride not in (1, 2):
        raise DefinitionError(f"the stem's stride is 1 or 2, got {stem_stride!r}; use 1 for images of 8 pixels")
    after = ("batch-norm", "relu")
    stem = Module(
        channels=(width,),
        separable=False,
        stride=stem_stride,
        padding="symmetric",
        residual=False,
        before=(),
        after=after,
    )
    return Network(
        modules=(
            stem,
            Module(channels=(3 * width, 3 * width), pool=3),
            Module(channels=(8 * width, 8 * width), pool=3),
            Module(channels=(8 * width, 8 * width)),
            Module(channels=(16 * width,), residual=False, before=(), after=after),
        ),
        classes=classes,
        segments=segments,
        image=(1, 28, 28),
    )
