"""Named networks, each one a spec in a few lines, with the published counts."""

from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any, Literal

from spectrum.architecture.modules import Module
from spectrum.architecture.spec import Network
from spectrum.errors import DefinitionError, choose_from
from spectrum.public import public
from spectrum.segments import DEPTHWISE, PLAIN, SegmentsValue


@public
def xception(classes: int = 1000, *, segments: SegmentsValue = DEPTHWISE, hidden: tuple[int, ...] = ()) -> Network:
    """Xception (paper, figure 5): 36 convolutions in 14 modules.

    22,855,952 trainable parameters and 8,357,403,496 MACs at 1000 classes and 299 x 299 pixels.
    """
    after = ("batch-norm", "relu")
    stem = Module(channels=(32, 64), separable=False, stride=2, padding="valid", residual=False, before=(), after=after)
    entry = tuple(Module(channels=(width, width), order="spatial-first", pool=3) for width in (128, 256, 728))
    middle = Module(channels=(728, 728, 728), order="spatial-first", repeat=8)
    leave = (
        Module(channels=(728, 1024), order="spatial-first", pool=3),
        Module(channels=(1536, 2048), order="spatial-first", residual=False, before=(), after=after),
    )
    return Network(
        modules=(stem, *entry, middle, *leave),
        classes=classes,
        hidden=hidden,
        segments=segments,
        norm_momentum=0.01,
        image=(3, 299, 299),
    )


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


@public
def mobilenet(classes: int = 1000, *, segments: SegmentsValue = DEPTHWISE) -> Network:
    """MobileNetV1 (arXiv 1704.04861, table 1): 4,231,976 parameters and 568,740,352 MACs at 224 x 224 pixels."""
    after = ("batch-norm", "relu6")
    stem = Module(channels=(32,), separable=False, stride=2, residual=False, before=(), after=after)
    blocks = tuple(
        Module(
            channels=(width,),
            order="spatial-first",
            intermediate=after,
            stride=stride,
            residual=False,
            before=(),
            after=after,
            repeat=repeat,
        )
        for width, stride, repeat in (
            (64, 1, 1), (128, 2, 1), (128, 1, 1), (256, 2, 1), (256, 1, 1), (512, 2, 1), (512, 1, 5), (1024, 2, 1),
            (1024, 1, 1),
        )
    )  # fmt: skip
    return Network(modules=(stem, *blocks), classes=classes, segments=segments, norm_momentum=0.01, image=(3, 224, 224))


@public
def resnet50(classes: int = 1000, *, segments: SegmentsValue = 1) -> Network:
    """ResNet-50 (arXiv 1512.03385, table 1): 25,557,032 parameters and 4,089,184,256 MACs at 224 x 224 pixels.

    Strides stand in the 3 x 3 convolutions, where the counts are those of torchvision's.
    """
    return _resnet((3, 4, 6, 3), inner=64, classes=classes, segments=segments)


@public
def resnext50(classes: int = 1000, *, segments: SegmentsValue = 32) -> Network:
    """ResNeXt-50 32x4d (arXiv 1611.05431, table 1): 25,028,904 parameters, 4,230,479,872 MACs at 224 x 224 pixels."""
    return _resnet((3, 4, 6, 3), inner=128, classes=classes, segments=segments)


def _resnet(depths: Sequence[int], *, inner: int, classes: int, segments: SegmentsValue) -> Network:
    after = ("batch-norm", "relu")
    modules = [
        Module(
            channels=(64,), kernel=7, separable=False, stride=2, pool=3, padding="symmetric", residual=False, before=(),
            after=after,
        )
    ]  # fmt: skip
    for stage, depth in enumerate(depths):
        block = Module(
            channels=(256 * 2**stage,),
            inner=(inner * 2**stage,),
            order="bottleneck",
            intermediate=after,
            before=(),
            final=("relu",),
            padding="symmetric",
        )
        first = [block.replace(stride=2)] if stage else []
        modules += [*first, block.replace(repeat=depth - len(first))]
    return Network(modules=tuple(modules), classes=classes, segments=segments, norm_eps=1e-5, image=(3, 224, 224))


@public
def vgg16(classes: int = 1000, *, segments: SegmentsValue = PLAIN) -> Network:
    """VGG-16 (arXiv 1409.1556, table 1, column D): 138,357,544 parameters at 224 x 224 pixels."""
    stem = Module(channels=(64,), separable=False, bias=True, residual=False, before=(), after=("relu",))
    block = stem.replace(separable=True, pool=2, padding="symmetric")
    stacks = ((64,), (128,) * 2, (256,) * 3, (512,) * 3, (512,) * 3)
    return Network(
        modules=(stem, *(block.replace(channels=channels) for channels in stacks)),
        classes=classes,
        head="flatten",
        hidden=(4096, 4096),
        segments=segments,
        image=(3, 224, 224),
    )


NAMED: dict[str, Callable[..., Network]] = {
    "xception": xception,
    "small": small,
    "mobilenet": mobilenet,
    "resnet50": resnet50,
    "resnext50": resnext50,
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
