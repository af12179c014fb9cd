"""ResNet and ResNeXt."""

from collections.abc import Sequence

from spectrum.architecture.modules import Module
from spectrum.architecture.spec import Network
from spectrum.public import public
from spectrum.segments import SegmentsValue


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


@public
def resnet152(classes: int = 1000, *, segments: SegmentsValue = 1) -> Network:
    """ResNet-152 (arXiv 1512.03385, table 1): 60,192,808 parameters and 11,513,626,624 MACs at 224 x 224 pixels."""
    return _resnet((3, 8, 36, 3), inner=64, classes=classes, segments=segments)


@public
def resnext101(classes: int = 1000, *, inner: int = 128, segments: SegmentsValue = 32) -> Network:
    """ResNeXt-101 (arXiv 1611.05431, section 5): 44,177,704 parameters and 7,969,996,800 MACs at 224 x 224 pixels.

    Args:
        classes: outputs of the classifier.
        inner: channels of the 3 x 3 convolutions in the first stage: 128 for 32x4d, and 256 for 32x8d (88,791,336
            parameters) or, with segments=64, 64x4d (83,455,272).
        segments: of the 3 x 3 convolutions, the cardinality.
    """
    return _resnet((3, 4, 23, 3), inner=inner, classes=classes, segments=segments)


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
