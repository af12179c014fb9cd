"""The grouped separable block as a chain of convolutions: one rule for the whole spectrum (paper, §1.1 and §1.2)."""

from dataclasses import dataclass

from spectrum.architecture.layers import Activation, Chain, Children, Convolution, Free
from spectrum.architecture.modules import Order
from spectrum.architecture.shapes import Kernel, Padding, box
from spectrum.segments import PLAIN, SegmentsValue


@dataclass(frozen=True, kw_only=True)
class Block:
    """What a block is made of; `GroupedSeparable` explains the words.

    Attributes:
        channels: of its output.
        between: layers between its convolutions, with their names.
        inner: channels that a bottleneck's spatial convolution runs over.
        bias: of the last convolution, and of those that an activation follows: elsewhere it is redundant.
        kernels: one for each segment, where they differ.
        free, free_inner: what `channels` and `inner` are in a declaration, where matching may change them.
    """

    channels: int
    segments: SegmentsValue
    kernel: Kernel
    stride: int
    padding: Padding
    order: Order
    between: Children
    inner: int
    bias: bool = False
    kernels: tuple[Kernel, ...] = ()
    free: Free | None = None
    free_inner: Free | None = None

    def chain(self) -> Chain:
        """The convolutions in their order, with what stands between them.

        A plain k x k convolution is the block without its 1 x 1: it has nothing to order and nothing between.
        """
        out, bias = self.channels, self.bias
        if self.segments == PLAIN:
            plain = Convolution(out, self.kernel, self.stride, self.padding, bias, free=self.free)
            return Chain((("plain", plain),))
        inside = bias and any(isinstance(layer, Activation) for _, layer in self.between)
        if self.order == "pointwise-first":
            pointwise = Convolution(out, bias=inside, free=self.free)
            return self._joined(("pointwise", pointwise), ("spatial", self._spatial(bias)))
        if self.order == "spatial-first":
            pointwise = Convolution(out, bias=bias, free=self.free)
            return self._joined(("spatial", self._spatial(inside)), ("pointwise", pointwise))
        reduce = Convolution(self.inner, bias=inside, free=self.free_inner)
        expand = Convolution(out, bias=bias, free=self.free)
        return self._joined(("pointwise", reduce), ("spatial", self._spatial(inside)), ("expand", expand))

    def _spatial(self, bias: bool) -> Convolution:
        kernel = box(self.kernels) if self.kernels else self.kernel
        return Convolution(None, kernel, self.stride, self.padding, bias, self.segments, self.kernels)

    def _joined(self, first: tuple[str, Convolution], *others: tuple[str, Convolution]) -> Chain:
        children: Children = (first,)
        for index, convolution in enumerate(others):
            between = ((f"{name}{index}", layer) for name, layer in self.between)
            children = (*children, *between, convolution)
        return Chain(children)
