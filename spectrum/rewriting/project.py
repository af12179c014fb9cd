"""The nearest model with more segments, in the least squares of kernels.

Of a convolution by itself the nearest over given segments keeps the kernels inside the segments and drops the rest:
each entry of the kernel adds its own square, so that none can be traded for another (Frobenius norm).

Where nothing stands between a 1 x 1 and the spatial convolution, the two are one convolution, and other pairs than the
kept one come nearer to that. For the channels out of one segment (1 x 1 first) its kernel, as a matrix of output and
tap by input, is any matrix of a rank of at most the segment's width; the nearest is its truncated singular value
decomposition (Eckart and Young 1936), and the segments do not share anything: this is the minimum. So it is, mirrored,
for a spatial convolution before its 1 x 1. In a bottleneck it is that of the first two; the 1 x 1 behind stays.

For images whose pixels and channels are uncorrelated and of one variance, the squared error of the kernel is that of
the output. Which channels form a segment is not searched: they are neighbours, as everywhere.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from spectrum.architecture.torch_layers import Chain, PaddedConv2d
from spectrum.errors import DefinitionError
from spectrum.public import public
from spectrum.rewriting.candidates import Only
from spectrum.rewriting.embed import block_diagonal
from spectrum.rewriting.segment_kernels import (
    Spatial,
    changed,
    checked_copy,
    is_grouped,
    kernels_of,
    segmented_parts,
    with_kernels,
)
from spectrum.segments import PLAIN, SegmentsValue, checked, label, segment_pairs

How = Literal["kept", "refitted"]


@dataclass(frozen=True)
class ProjectedLayer:
    """How near a projected convolution is.

    Attributes:
        how: "kept" as far as it lies inside the segments, or "refitted" together with its 1 x 1.
        lost: squared Frobenius norm of the difference of its kernel, or of the kernel that it makes with its 1 x 1.
        whole: that of the kernel before.
    """

    how: How
    lost: float
    whole: float

    @property
    def error(self) -> float:
        """The norm of the difference over the norm before: 0 for the same kernel, 1 for nothing left of it."""
        return (self.lost / self.whole) ** 0.5 if self.whole else 0.0


class Projected(NamedTuple):
    """A projected model, and how near each of its convolutions is, by name."""

    model: nn.Module
    layers: Mapping[str, ProjectedLayer]

    @property
    def error(self) -> float:
        """That of the layer that lost the largest part."""
        return max(layer.error for layer in self.layers.values())


@public
@torch.no_grad()
def project(model: nn.Module, *, segments: SegmentsValue, only: Only | None = None) -> Projected:
    """A copy of a model with more segments, each convolution the nearest in least squares (see the module).

    A 1 x 1 is fitted anew with its spatial convolution where they follow each other in a Sequential, without a norm, an
    activation or a bias in between, and without hooks on either. Layers that have as many segments, or as many as
    channels, stay as they are.

    Args:
        model: a network of this library, a rewritten model, or any with grouped convolutions.
        segments: a count, or DEPTHWISE: one for each channel. Layers with fewer channels saturate.
        only: names of layers, or a function of name and layer, as in `sp.rewrite`; regular k x k convolutions are
            projected as well, where these say so.

    Returns:
        The model, and the error of each of its projected convolutions.

    Raises:
        DefinitionError: no convolution has fewer segments than that, an nn.Conv2d has channels that they do not
            divide, or the model cannot be copied.
    """
    points = checked(segments)
    if isinstance(points, tuple) or points == PLAIN:
        raise DefinitionError(f"a model is projected onto a number of segments, got {label(points)}; use for example 4")
    copied = checked_copy(model, "projected")
    parts = segmented_parts(copied, only)
    pairs = _pairs_of(copied, set(parts.values()))
    found: dict[str, ProjectedLayer] = {}

    def projected(name: str, part: Spatial) -> nn.Module | None:
        kernels = kernels_of(part)
        whole = block_diagonal(kernels)
        number = min(whole.shape[:2])
        number = min(points, number) if isinstance(points, int) else number
        if number <= len(kernels):
            return None
        _refuse_uneven(name, part, number)
        new, found[name] = _nearest(whole, number, pairs.get(part))
        return with_kernels(part, new)

    model_with, names = changed(copied, parts, projected)
    if not names:
        most = max(len(kernels_of(part)) for part in parts.values())
        raise DefinitionError(
            f"a model is projected onto more segments than it has, got {label(points)} for convolutions of up to "
            f"{most}; use sp.embed for fewer"
        )
    return Projected(model_with, found)


def _refuse_uneven(name: str, part: Spatial, number: int) -> None:
    if is_grouped(part) and (part.in_channels % number or part.out_channels % number):  # type: ignore[operator]
        raise DefinitionError(
            f"groups of an nn.Conv2d are of one width, got {number} segments for {part.in_channels} to "
            f"{part.out_channels} channels of {name or 'the model'}; use a divisor of both, or leave it out by only"
        )


class Pair(NamedTuple):
    """A 1 x 1 that makes one convolution with a spatial one, and whether it comes first."""

    pointwise: nn.Conv2d
    first: bool


def _pairs_of(model: nn.Module, parts: Collection[nn.Module]) -> dict[nn.Module, Pair]:
    """By spatial convolution, the 1 x 1 right before it, or else right behind it; each 1 x 1 belongs to one."""
    places = Counter(part for _, part in model.named_modules(remove_duplicate=False))
    found: dict[nn.Module, Pair] = {}
    taken: set[nn.Module] = set()
    for chain in model.modules():
        if not isinstance(chain, nn.Sequential) or type(chain).forward not in (nn.Sequential.forward, Chain.forward):
            continue
        for one, other in pairwise(chain):
            first = one not in parts
            spatial, pointwise, before = (other, one, one) if first else (one, other, one)
            free = places[spatial] == places[pointwise] == 1 and pointwise not in taken and spatial not in found
            if spatial in parts and free and _is_pointwise(pointwise) and _is_open(before):
                found[spatial] = Pair(pointwise, first)  # type: ignore[arg-type]
                taken.add(pointwise)
    return found


def _is_pointwise(part: nn.Module) -> bool:
    if not isinstance(part, nn.Conv2d) or type(part) not in (nn.Conv2d, PaddedConv2d):
        return False
    return part.kernel_size == (1, 1) and part.stride == (1, 1) and part.padding == (0, 0) and part.groups == 1


def _is_open(part: nn.Module) -> bool:
    """Whether its output goes into the next layer as it is, and nobody sees it."""
    return getattr(part, "bias", None) is None and not part._forward_hooks


def _nearest(whole: Tensor, number: int, pair: Pair | None) -> tuple[list[Tensor], ProjectedLayer]:
    """The kernels of so many segments that are nearest to a whole one, alone or with its 1 x 1, which is changed."""
    outputs, inputs, *_ = whole.shape
    pairs = segment_pairs(number, inputs, outputs)
    rows = torch.split(whole, [channels for _, channels in pairs])
    if pair is None:
        columns = [torch.split(row, [channels for channels, _ in pairs], dim=1) for row in rows]
        kept = [column[place].clone() for place, column in enumerate(columns)]
        dropped = (
            _square(each) for row, column in enumerate(columns) for place, each in enumerate(column) if place != row
        )
        lost = sum(dropped)
        return kept, ProjectedLayer("kept", lost, lost + sum(map(_square, kept)))
    weight = pair.pointwise.weight[:, :, 0, 0]
    if pair.first:
        fitted = [
            _fitted(torch.einsum("oikl,ic->oklc", row, weight), size)
            for row, (size, _) in zip(rows, pairs, strict=True)
        ]
        kernels = [each.left.permute(0, 3, 1, 2) for each in fitted]
        weight.copy_(torch.cat([each.right for each in fitted]))
    else:
        columns_in = torch.split(whole, [channels for channels, _ in pairs], dim=1)
        fitted = [
            _fitted(torch.einsum("oikl,co->iklc", column, weight), size)
            for column, (_, size) in zip(columns_in, pairs, strict=True)
        ]
        kernels = [each.left.permute(3, 0, 1, 2) for each in fitted]
        weight.copy_(torch.cat([each.right for each in fitted]).T)
    layer = ProjectedLayer("refitted", sum(each.lost for each in fitted), sum(each.whole for each in fitted))
    return [kernel.contiguous() for kernel in kernels], layer


class Fit(NamedTuple):
    """A product of two factors that is nearest to another, and the squares of what is lost, and of what there was."""

    left: Tensor
    right: Tensor
    lost: float
    whole: float


def _fitted(product: Tensor, rank: int) -> Fit:
    """The factors [..., rank] and [rank, c] whose product is nearest to [..., c].

    They share its size. Where it has less than the rank, the left one is zero there, and learns from the right one.
    """
    *rows, columns = product.shape
    matrix = product.flatten(0, -2).double()
    left, values, right = torch.linalg.svd(matrix, full_matrices=rank > len(matrix))
    kept, given = min(rank, len(values)), min(rank, len(right))
    size = float(values[:kept].square().mean() ** 0.25) or 1.0
    first, second = matrix.new_zeros(len(matrix), rank), matrix.new_zeros(rank, columns)
    first[:, :kept] = left[:, :kept] * values[:kept] / size
    second[:given] = right[:given] * size
    lost, whole = float(values[kept:].square().sum()), float(values.square().sum())
    return Fit(first.view(*rows, rank).to(product), second.to(product), lost, whole)


def _square(kernel: Tensor) -> float:
    return float(kernel.double().square().sum())
