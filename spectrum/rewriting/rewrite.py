"""Moving a user's own model along the spectrum: each k x k convolution becomes a block of the same cost."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, get_args

import torch
from torch import nn

from spectrum.architecture.between import Step, checked_between
from spectrum.architecture.modules import Order
from spectrum.architecture.shapes import Image, checked_image
from spectrum.cost.isolated import copied_module
from spectrum.cost.measured import measure
from spectrum.cost.quantities import Cost
from spectrum.errors import DefinitionError, choose_from, quoted
from spectrum.public import public
from spectrum.rewriting.candidates import Convolutions, Only, obstacles, refuse_lazy, spatial_convolutions
from spectrum.rewriting.inner_width import balanced, widths
from spectrum.rewriting.refusals import measured_after, misses, read_of_layer, refuse_left, refuse_too_many, why_missed
from spectrum.rewriting.replacement import Original, Replacement
from spectrum.rewriting.replacing import block_of, replace_layer
from spectrum.rewriting.rewrite_report import RewriteReport
from spectrum.rewriting.trial_run import TrialRun, trial_run
from spectrum.segments import PLAIN, SegmentsValue, checked, label


class Rewritten(NamedTuple):
    """A rewritten model, and what was done to it."""

    model: nn.Module
    report: RewriteReport


@public
def rewrite(
    model: nn.Module,
    *,
    segments: SegmentsValue,
    image: Image,
    only: Only | None = None,
    order: Order = "bottleneck",
    intermediate: str | Sequence[Step] = "none",
    tolerance: float = 0.01,
    seed: int = 0,
) -> Rewritten:
    """A copy of a model in which blocks at a point of the spectrum stand in the place of its k x k convolutions.

    A block is a 1 x 1 into an inner width, a spatial convolution over segments of it, and a 1 x 1 back: the channels
    that the rest of the model expects stay. The inner width is solved so that each layer keeps its parameters and its
    MACs, and so does the model. A layer that changes the size of its image can keep both with the spatial convolution
    first alone; it gets that order, whatever is asked for (see `spectrum.rewriting.replacement`).

    The given model stays as it is. In the copy all else does: other layers with their names in the state dict and
    their weights, hooks (those on a rewritten layer, too), devices, dtypes, modes, memory formats. A block has the
    name of the layer, its window (stride, padding and its mode, dilation) and its bias. Its weights are new, of such
    a variance that the output of the block has that of the layer before, as far as nothing stands in between.

    With nothing in between, a block is itself a k x k convolution, which has nothing that the one before could not have
    learnt: only how it trains differs. `intermediate="batch-norm+relu"`, as in ResNeXt, makes another function of it.

    Args:
        model: any module that takes images [n, c, h, w] and that torch can copy and trace.
        segments: a count, DEPTHWISE (one for each channel inside), or PLAIN, which rewrites nothing. A layer with fewer
            channels saturates: it has one segment for each.
        image: channels, height and width of the images that costs are for.
        only: names of the layers that are meant, such as "layer3.*"; or a function of name and layer that says so.
            Without it, what cannot be rewritten is left and named in the report; with it, that is an error.
        order: "bottleneck"; or "pointwise-first" or "spatial-first", of two convolutions alone, whose segments map the
            inner width to the output or the input to the inner width. Such a block is nearly a regular convolution
            again at the depthwise end: each channel has up to k^2 kernels there.
        intermediate: what stands between the convolutions, as in GroupedSeparable.
        tolerance: by what fraction a layer, and the model, may have more or less parameters or MACs.
        seed: of the new weights.

    Returns:
        The model, and a report that prints as a table.

    Raises:
        DefinitionError: for a model that does not take the image, cannot be copied or traced, has lazy parameters, or
            no convolution that can be rewritten; names that match nothing; or more segments than any layer has
            channels.
        BudgetError: where no whole width of a layer in `only`, or of any layer, is within the tolerance.
    """
    points, steps = _checked(model, segments, order, tolerance, seed), checked_between(intermediate)
    before = measure(model, image=checked_image(image))
    if points == PLAIN:
        return Rewritten(copied_module(model, "rewritten"), RewriteReport({}, before, before))
    found = spatial_convolutions(model, only)
    run = trial_run(model, image, found)
    left = _left(model, found, before, run, named=only is not None)
    free = [original_of(name, part, run) for name, part in found.items() if name not in left]
    choices = {each.name: widths(each, points, order=order, between=steps) for each in free}
    refuse_too_many(points, choices, left)
    missed = misses(choices, tolerance, named=only is not None)
    left |= {name: why_missed(nearest, tolerance) for name, nearest in missed.items()}
    while True:
        blocks = balanced({name: near for name, near in choices.items() if name not in left}, tolerance)
        rewritten = with_blocks(model, blocks, seed=seed)
        read = read_of_layer(rewritten, image, run)
        if read is None:
            break
        left[read.layer] = f"the model reads its {read.attribute}, which a block does not have"
        refuse_left(left, found, named=only is not None)
    after = measured_after(rewritten, image, before, blocks)
    return Rewritten(rewritten, RewriteReport(blocks, before, after, left, missed))


def _checked(model: object, segments: SegmentsValue, order: str, tolerance: float, seed: int) -> SegmentsValue:
    if not isinstance(model, nn.Module):
        raise DefinitionError(f"what is rewritten is a torch module, got {quoted(model)}; for a spec use at(segments)")
    if order not in get_args(Order):
        raise DefinitionError(choose_from("order of a block named", order, get_args(Order)))
    if not 0 < tolerance < 1:
        raise DefinitionError(f"a tolerance is a fraction between 0 and 1, got {tolerance!r}; use for example 0.01")
    if not 0 <= seed < 2**63:
        raise DefinitionError(f"a seed is an integer of at least 0, got {seed!r}; use for example 0")
    refuse_lazy(model)
    points = checked(segments)
    if isinstance(points, tuple):
        raise DefinitionError(
            f"the segments of a rewritten model are a count, got the widths {label(points)}: the inner channels are "
            f"solved for; use for example {len(points)}"
        )
    return points


def _left(model: nn.Module, found: Convolutions, before: Cost, run: TrialRun, *, named: bool) -> dict[str, str]:
    """By name, why layers stay as they are; an error for layers that are named, or where all of them do."""
    left = obstacles(model, found)
    left |= {name: "it does not run in evaluation mode" for name in found if name not in left | run.leaving}
    counted = {layer.name for layer in before.layers if layer.macs}
    left |= {name: "nothing that comes out depends on it" for name in found if name not in left.keys() | counted}
    refuse_left(left, found, named=named)
    return left


def original_of(name: str, part: nn.Conv2d, run: TrialRun) -> Original:
    """What a convolution is, and over how many pixels it was seen to run."""
    height, width = part.kernel_size
    return Original(
        name, part.in_channels, part.out_channels, (height, width), part.bias is not None,
        run.entering[name], run.leaving[name],
    )  # fmt: skip


def with_blocks(model: nn.Module, blocks: Mapping[str, Replacement], *, seed: int) -> nn.Module:
    """A copy of the model with the blocks in it, their weights a function of the seed."""
    rewritten = copied_module(model, "rewritten")
    with torch.random.fork_rng(devices=[]), torch.device("cpu"):
        torch.default_generator.manual_seed(seed)  # torch.manual_seed would seed a GPU for good
        for name, block in blocks.items():
            layer = rewritten.get_submodule(name)
            assert isinstance(layer, nn.Conv2d)
            rewritten = replace_layer(rewritten, name, block_of(block, layer))
    return rewritten
