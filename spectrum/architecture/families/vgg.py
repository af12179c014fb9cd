"""VGG-style stacks of convolutions."""

from spectrum.architecture.modules import Module
from spectrum.architecture.spec import Network
from spectrum.public import public
from spectrum.segments import PLAIN, SegmentsValue


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
