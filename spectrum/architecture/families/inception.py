"""The Inception modules of the paper's figures 1 to 4, from the canonical one to the extreme one.

Each convolution has batch norm and ReLU behind it, as in Inception V3. `sp.as_segments` and `sp.as_towers` carry the
weights between the forms of figures 2 and 3.
"""

from spectrum.architecture.modules import Inception, Module, Tower
from spectrum.public import public
from spectrum.segments import DEPTHWISE, SegmentsValue

AFTER = ("batch-norm", "relu")


@public
def canonical(*, pointwise: int = 64, single: int = 64, double: int = 96, pooled: int = 64) -> Inception:
    """Figure 1: towers of a 1 x 1, of one 3 x 3 and of two, and of average pooling.

    Args:
        pointwise: channels of the 1 x 1 alone.
        single: channels of the 3 x 3, and of the 1 x 1 before it.
        double: channels of the two 3 x 3, behind a 1 x 1 of two thirds as many.
        pooled: channels of the 1 x 1 behind the pooling.
    """
    towers = (
        Tower(channels=(pointwise,), kernels=(1,)),
        Tower(channels=(single, single), kernels=(1, 3)),
        Tower(channels=(max(1, 2 * double // 3), double, double), kernels=(1, 3, 3)),
        Tower(channels=(pooled,), kernels=(1,), pool="average"),
    )
    return Inception(towers=towers, after=AFTER)


@public
def simplified(widths: tuple[int, ...] = (64, 64, 64), *, kernel: int | tuple[int, int] = 3) -> Inception:
    """Figure 2: towers of a 1 x 1 and one size of convolution, as wide as `widths`, without pooling."""
    towers = tuple(Tower(channels=(width, width), kernels=(1, kernel)) for width in widths)
    return Inception(towers=towers, after=AFTER)


@public
def reformulated(widths: tuple[int, ...] = (64, 64, 64), *, kernel: int | tuple[int, int] = 3) -> Module:
    """Figure 3: the same function as figure 2, as one large 1 x 1 and convolutions over its segments."""
    return _separable(sum(widths), tuple(widths), kernel)


@public
def extreme(channels: int = 192, *, kernel: int | tuple[int, int] = 3) -> Module:
    """Figure 4: a segment for each channel."""
    return _separable(channels, DEPTHWISE, kernel)


def _separable(channels: int, segments: SegmentsValue, kernel: int | tuple[int, int]) -> Module:
    return Module(
        channels=(channels,),
        kernel=kernel,
        intermediate=AFTER,
        before=(),
        after=AFTER,
        residual=False,
        segments=segments,
    )
