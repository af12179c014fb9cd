"""What rewriting refuses, of layers and of models, in sentences."""

from collections.abc import Mapping, Sequence

from torch import nn

from spectrum.architecture.shapes import Image
from spectrum.cost.isolated import described
from spectrum.cost.measured import measure
from spectrum.cost.quantities import Cost
from spectrum.errors import BudgetError, DefinitionError, quoted
from spectrum.rewriting.replacement import Replacement
from spectrum.rewriting.replacing import WantedOfLayer
from spectrum.rewriting.trial_run import TrialRun, trial_run
from spectrum.segments import SegmentsValue

SHOWN = 60
"""Letters of names in a message."""
Choices = Mapping[str, Sequence[Replacement]]


def refuse_left(left: Mapping[str, str], found: Mapping[str, object], *, named: bool) -> None:
    """Raises DefinitionError where layers that are named have to stay as they are, or all that were found."""
    if left and (named or len(left) == len(found)):
        name, reason = next(iter(left.items()))
        more = f" (and {len(left) - 1} more that cannot)" if len(left) > 1 else ""
        remedy = "leave it out of only" if named else "give a model with another k x k convolution"
        raise DefinitionError(f"{name or 'the model'} cannot be rewritten: {reason}{more}; {remedy}")


def refuse_too_many(segments: SegmentsValue, choices: Choices, left: Mapping[str, str]) -> None:
    """Raises DefinitionError where no layer that can be rewritten has as many channels as segments."""
    most = max(near[0].number for near in choices.values())
    if isinstance(segments, int) and segments > most:
        stay = f" ({len(left)} have to stay, {next(iter(left))} since {next(iter(left.values()))})" if left else ""
        raise DefinitionError(
            f"some layer has as many channels as segments, got {segments} where {', '.join(choices)[:SHOWN]} can have "
            f"at most {most} at this cost{stay}; use at most {most}, or sp.DEPTHWISE"
        )


def misses(choices: Choices, tolerance: float, *, named: bool) -> dict[str, Replacement]:
    """By name, the nearest blocks of the layers that cannot keep their cost.

    Raises:
        BudgetError: for layers that are named, or where none can.
    """
    missed = {name: near[0] for name, near in choices.items() if near[0].miss > tolerance}
    if missed and (named or len(missed) == len(choices)):
        name, nearest = next(iter(missed.items()))
        raise BudgetError(f"{name or 'the model'} cannot be rewritten: {why_missed(nearest, tolerance)}")
    return missed


def why_missed(nearest: Replacement, tolerance: float) -> str:
    """Why a layer cannot keep its cost, from its nearest block."""
    original = nearest.original
    remedy = f"raise the tolerance to {nearest.tolerance}" if nearest.tolerance else "no tolerance is wide enough"
    return (
        f"{original.in_channels} to {original.out_channels} channels are too few for whole widths to keep its cost "
        f"within {tolerance:.2%}, the nearest is an inner width of {nearest.inner} with {nearest.params_error:+.2%} "
        f"parameters and {nearest.macs_error:+.2%} MACs; {remedy}"
    )


def read_of_layer(model: nn.Module, image: Image, before: TrialRun) -> WantedOfLayer | None:
    """What a rewritten model reads of a layer and a block does not have; None where it runs.

    Raises:
        DefinitionError: it does not run for another reason, or gives something else.
    """
    try:
        outputs = trial_run(model, image).outputs
    except DefinitionError as error:
        reason = error.__cause__
        if isinstance(reason, WantedOfLayer):
            return reason
        raise DefinitionError(
            "a rewritten model runs as it did before, got "
            f"{described(reason) if isinstance(reason, Exception) else error}; leave layers out by only"
        ) from error
    if outputs != before.outputs:
        raise DefinitionError(
            f"a rewritten model gives what it gave before, got outputs of {quoted(outputs)} for "
            f"{quoted(before.outputs)}; leave layers out by only"
        )
    return None


def measured_after(model: nn.Module, image: Image, before: Cost, blocks: Mapping[str, Replacement]) -> Cost:
    """What fvcore counts in a rewritten model.

    Raises:
        DefinitionError: where that is not what follows from its layers.
    """
    expected = before.macs + sum(block.macs - block.original.macs for block in blocks.values())
    try:
        after = measure(model, image=image)
    except DefinitionError as error:
        raise DefinitionError(
            "a model keeps its layers in its modules, where they are rewritten, got one that cannot be traced then: "
            f"{described(error.__cause__) if isinstance(error.__cause__, Exception) else error}; leave out by only "
            "what it keeps elsewhere, too"
        ) from error
    if after.macs != expected:
        raise DefinitionError(
            f"a model computes its convolutions by calling its layers, got one with {after.macs:,} MACs where "
            f"{expected:,} follow from the layers; leave out by only what is computed by other means"
        )
    return after
