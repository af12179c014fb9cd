"""The same function with fewer, wider segments: the points of the spectrum lie inside each other.

A convolution over many segments is one over fewer whose kernels are block-diagonal, zero between channels that were in
different segments. Training can go on from there, and fill what is zero.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise

from torch import Tensor, nn

from spectrum.errors import DefinitionError, quoted
from spectrum.public import public
from spectrum.rewriting.candidates import Only
from spectrum.rewriting.segment_kernels import (
    Spatial,
    changed,
    checked_copy,
    is_grouped,
    kernels_of,
    segmented_parts,
    with_kernels,
)
from spectrum.segments import segment_widths


@public
def embed(model: nn.Module, *, segments: int, only: Only | None = None) -> nn.Module:
    """A copy of a model that computes the same with fewer segments, up to rounding, forward and backward.

    Neighbouring segments become one. Where even segments of whole channels would cut an old one, new ones are unions of
    as many neighbours each as divide evenly. Convolutions that have no more segments than this stay as they are; all
    else stays, too, as in `sp.rewrite`. A network built from a spec has the state dict of its spec at that point where
    its segments divide evenly.

    Args:
        model: a network of this library, a rewritten model, or any with grouped convolutions.
        segments: how many each convolution is to have at most.
        only: names of layers, or a function of name and layer, as in `sp.rewrite`.

    Raises:
        DefinitionError: no convolution has more segments, an nn.Conv2d has groups that do not divide evenly, or the
            model cannot be copied.
    """
    if isinstance(segments, bool) or segments < 1:
        raise DefinitionError(f"segments to embed in are a positive integer, got {quoted(segments)}; use at least 1")
    copied = checked_copy(model, "embedded")
    parts = segmented_parts(copied, only)

    def merged(name: str, part: Spatial) -> nn.Module | None:
        kernels = kernels_of(part)
        if len(kernels) <= segments:
            return None
        if not is_grouped(part) or len(kernels) % segments == 0:
            runs = _runs(kernels, segments)
            return with_kernels(part, [block_diagonal(kernels[first:last]) for first, last in pairwise(runs)])
        raise DefinitionError(
            f"groups of an nn.Conv2d are of one width, got {len(kernels)} of {name or 'the model'} to merge into "
            f"{segments}; use a divisor of {len(kernels)}, or leave it out by only"
        )

    embedded, names = changed(copied, parts, merged)
    if not names:
        most = max(len(kernels_of(part)) for part in parts.values())
        raise DefinitionError(
            f"a model is embedded in fewer segments than it has, got {segments} for convolutions of at most {most}; "
            "use sp.project for more"
        )
    return embedded


def _runs(kernels: Sequence[Tensor], segments: int) -> list[int]:
    """Where each new segment begins among the old ones, and at last their number."""
    ends = [0, *accumulate(kernel.shape[1] for kernel in kernels)]
    even = [0, *accumulate(segment_widths(segments, ends[-1]))]
    if set(even) <= set(ends):
        return [ends.index(end) for end in even]
    return [0, *accumulate(segment_widths(segments, len(kernels)))]


def block_diagonal(kernels: Sequence[Tensor]) -> Tensor:
    """One kernel for those of neighbouring segments, smaller ones in the middle of the largest."""
    height, width = (max(kernel.shape[side] for kernel in kernels) for side in (2, 3))
    outputs, inputs = (sum(kernel.shape[side] for kernel in kernels) for side in (0, 1))
    whole = kernels[0].new_zeros(outputs, inputs, height, width)
    row = column = 0
    for kernel in kernels:
        down, right, rows, columns = kernel.shape
        top, left = (height - rows) // 2, (width - columns) // 2
        whole[row : row + down, column : column + right, top : top + rows, left : left + columns] = kernel
        row, column = row + down, column + right
    return whole
