"""A user's model run once on a black image: over how many pixels its convolutions run, and what comes out.

It runs in evaluation mode on a copy in fp32 on the CPU: the model, its statistics and the random state stay.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree

from spectrum.architecture.shapes import Image
from spectrum.cost.isolated import described, own_module, random_state_kept
from spectrum.errors import DefinitionError


@dataclass(frozen=True)
class TrialRun:
    """What was seen.

    Attributes:
        entering, leaving: pixels that each watched layer took and gave, in all its calls; layers that did not run are
            left out.
        outputs: the shapes of all tensors in the output.
    """

    entering: Counter[str] = field(default_factory=Counter)
    leaving: Counter[str] = field(default_factory=Counter)
    outputs: tuple[tuple[int, ...], ...] = ()


def trial_run(model: nn.Module, image: Image, watched: Collection[str] = ()) -> TrialRun:
    """Run a model on one image [1, c, h, w].

    Raises:
        DefinitionError: it cannot be copied, or does not take the image.
    """
    run = TrialRun()
    with random_state_kept(), torch.no_grad():
        copied = own_module(model, image).float().eval()
        for name in watched:
            copied.get_submodule(name).register_forward_hook(_noting(run, name))
        try:
            outputs = copied(torch.zeros(1, *image))
        except Exception as error:
            raise DefinitionError(
                f"a model is rewritten for images that it takes, got {described(error)} for one of "
                f"{'x'.join(map(str, image))}; give the image that it is made for"
            ) from error
    leaves = _pytree.tree_leaves(outputs)
    shapes = tuple(tuple(leaf.shape) for leaf in leaves if isinstance(leaf, Tensor))
    return TrialRun(run.entering, run.leaving, shapes)


def _noting(run: TrialRun, name: str) -> Any:
    def note(part: nn.Conv2d, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        run.entering[name] += inputs[0].numel() // part.in_channels
        run.leaving[name] += output.numel() // part.out_channels

    return note
