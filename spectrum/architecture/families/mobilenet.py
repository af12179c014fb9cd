"""MobileNet."""

from spectrum.architecture.modules import Module
from spectrum.architecture.spec import Network
from spectrum.public import public
from spectrum.segments import DEPTHWISE, SegmentsValue


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
