"""What takes the place of one k x k convolution, and what that costs: closed form, without torch.

A block of one or two 1 x 1 and a spatial convolution over segments, as in `GroupedSeparable`, keeps the channels that
the rest of the model expects; its inner width is free. For c channels in, c' out and t taps, w channels inside and
segments of w_i channels, the orders cost

    bottleneck       c w + t sum(w_i^2) + w c'
    pointwise-first  c w + t sum(w_i c'_i)
    spatial-first    t sum(c_i w_i) + w c'

weights. A layer that changes the size of its image (by its stride, or padding) is another matter: a 1 x 1 before the
spatial convolution runs over the pixels that come in, more than go out, so that no width keeps both parameters and
MACs. There the spatial convolution comes first, whatever order was asked for; then every weight is used once for each
pixel that goes out, as before, and both are kept.
"""

from dataclasses import dataclass
from functools import cached_property
from math import prod

from spectrum.architecture.between import Step
from spectrum.architecture.modules import Order
from spectrum.architecture.shapes import Kernel
from spectrum.cost.effective import Product, degrees
from spectrum.segments import SegmentsValue, segment_pairs


@dataclass(frozen=True)
class Original:
    """A convolution of a user's model.

    Attributes:
        pixels_in, pixels_out: over which it runs for one image, in all the calls of a forward pass.
    """

    name: str
    in_channels: int
    out_channels: int
    kernel: Kernel
    bias: bool
    pixels_in: int
    pixels_out: int

    @property
    def weights(self) -> int:
        """Without the bias."""
        return prod(self.kernel) * self.in_channels * self.out_channels

    @property
    def params(self) -> int:
        """With the bias."""
        return self.weights + self.bias * self.out_channels

    @property
    def macs(self) -> int:
        """Of one image."""
        return self.weights * self.pixels_out

    def order(self, wanted: Order) -> Order:
        """The order that can keep parameters and MACs at once."""
        return wanted if self.pixels_in == self.pixels_out else "spatial-first"


@dataclass(frozen=True)
class Replacement:
    """A block in the place of a convolution.

    Attributes:
        segments: as asked for; `number` is what the layer has channels for.
        between: norms and activations between the convolutions.
        inner: channels between the convolutions.
    """

    original: Original
    order: Order
    segments: SegmentsValue
    between: tuple[Step, ...]
    inner: int

    @property
    def entry(self) -> int:
        """Channels that the spatial convolution takes."""
        return self.original.in_channels if self.order == "spatial-first" else self.inner

    @property
    def exit(self) -> int:
        """Channels that the spatial convolution gives."""
        return self.original.out_channels if self.order == "pointwise-first" else self.inner

    @property
    def number(self) -> int:
        """Of segments; each has at least one channel in and one out."""
        most = min(self.entry, self.exit)
        return min(self.segments, most) if isinstance(self.segments, int) else most

    @property
    def saturated(self) -> bool:
        """Whether the layer has too few channels for the segments asked for."""
        return isinstance(self.segments, int) and self.number < self.segments

    @cached_property
    def pairs(self) -> list[tuple[int, int]]:
        """Channels in and out of each segment."""
        return segment_pairs(self.number, self.entry, self.exit)

    @property
    def gaps(self) -> int:
        """Places between two convolutions."""
        return 2 if self.order == "bottleneck" else 1

    @property
    def params(self) -> int:
        """With norms and bias."""
        norms = 2 * self.inner * self.gaps * ("batch-norm" in self.between)
        return self._before + self._spatial + self._after + norms + self.original.bias * self._out

    @property
    def macs(self) -> int:
        """Of one image."""
        return self._before * self.original.pixels_in + (self._spatial + self._after) * self.original.pixels_out

    @property
    def effective_params(self) -> int:
        """Parameters less those that a product of linear maps leaves redundant."""
        if set(self.between) - {"batch-norm"}:
            return self.params
        norms = "batch-norm" in self.between
        bias = self.original.bias * self._out
        taps, ends = prod(self.original.kernel), self.original
        if self.order == "bottleneck":
            runs = tuple((1, width, taps) for width, _ in self.pairs)
            return bias + degrees(Product(taps, runs, ends.in_channels, ends.out_channels), norms=norms)
        if self.order == "pointwise-first":
            products = (_of_rank(entry, ends.in_channels, taps * exit) for entry, exit in self.pairs)
        else:
            products = (_of_rank(exit, ends.out_channels, taps * entry) for entry, exit in self.pairs)
        return bias + sum(products) + norms * self.inner  # of a norm the shift alone is not redundant

    @property
    def params_error(self) -> float:
        """By what fraction it has more parameters (+) than the original."""
        return self.params / self.original.params - 1

    @property
    def macs_error(self) -> float:
        """By what fraction it has more MACs (+) than the original."""
        return self.macs / self.original.macs - 1

    @property
    def miss(self) -> float:
        """The larger of the two."""
        return max(abs(self.params_error), abs(self.macs_error))

    @property
    def tolerance(self) -> float | None:
        """The least tolerance, in whole percent, that it is within; None where that would be all of the cost."""
        percent = int(100 * self.miss) + 1
        return percent / 100 if percent < 100 else None

    @property
    def _out(self) -> int:
        return self.original.out_channels

    @property
    def _before(self) -> int:
        return 0 if self.order == "spatial-first" else self.original.in_channels * self.inner

    @cached_property
    def _spatial(self) -> int:
        return prod(self.original.kernel) * sum(entry * exit for entry, exit in self.pairs)

    @property
    def _after(self) -> int:
        return 0 if self.order == "pointwise-first" else self.inner * self._out


def _of_rank(rank: int, rows: int, columns: int) -> int:
    """The dimension of the matrices of at most that rank."""
    rank = min(rank, rows, columns)
    return rank * (rows + columns - rank)
