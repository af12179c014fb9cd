"""Training one network: a pure function of the network, the data, the recipe and the seed.

On one thread the outcome is the same to the last bit however often a run is stopped and resumed.
"""

import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from torch import nn

from spectrum.architecture.kernel_costs import KernelCosts
from spectrum.architecture.own_network import AnyNetwork
from spectrum.errors import SpectrumWarning
from spectrum.public import public
from spectrum.training.data.loading import Data
from spectrum.training.mean_average_precision import MeanAveragePrecision
from spectrum.training.recipe import Recipe
from spectrum.training.run import Training
from spectrum.training.trained import Trained

OnEpoch = Callable[[Any], bool | None]
"""Is given an Epoch, or a MultiLabelEpoch where images show several classes."""
OnNote = Callable[[str], None]
LITTLE = 0.5
"""Given weights of which a network takes less than this share of its parameters are of another network."""


@public
def train(
    network: AnyNetwork | nn.Module,
    data: Data,
    *,
    recipe: Recipe,
    seed: int,
    checkpoint: Path | None = None,
    on_epoch: OnEpoch | None = None,
    on_note: OnNote | None = None,
    test: bool = False,
    costs: KernelCosts | None = None,
    start: Any = None,
    metric: MeanAveragePrecision | None = None,
) -> Trained:
    """Trains a network and scores it on the validation split after every epoch.

    Args:
        network: a spec, initialised from the seed; an OwnNetwork, whose function is called with the random state of the
            seed; or a module, of which a copy is trained from the weights it has.
            A trained one, from `sp.load_model` or from here, is trained further: fine-tuned, that is.
            In the copy, each nn.Conv2d of 1 x 1 with a stride is rewritten: PyTorch's kernel for it can corrupt memory.
        seed: of the initial weights, the order and augmentation of the images, and dropout.
        checkpoint: a file that is replaced after every epoch and resumed from where it exists; the caller deletes it.
            One that cannot be used is set aside, and the run starts over.
        on_epoch: called after every epoch, also for those that a checkpoint brings back; False ends the run.
        on_note: called with a sentence when a checkpoint cannot be used.
        test: score the test split once, when the last epoch is done.
        costs: what the way to compute segmented convolutions is chosen by; those known for the kind of processor where
            not given. Another way rounds otherwise: a run that is resumed needs the costs that it began with.
        start: weights to start from, as `sp.load_weights` reads them: what fits by name and shape is taken, the rest is
            initialised as usual, and the outcome's `taken` says how much. A SpectrumWarning says so where it is less
            than half of the parameters: such weights are of another network.
        metric: what is scored on data whose images show several classes: MAP@100 where not given. Their loss is binary
            cross-entropy.

    Returns:
        The outcome, and the trained network as its `model`, ready to be used.

    Raises:
        DataError: the network cannot take the images or has too few classes.
        DefinitionError: data and metric, or data and recipe, do not go together; a module computes such a convolution
            by other means, where it cannot be rewritten; or nothing of `start` fits.
        StoreError: the checkpoint cannot be written, or the file of `start` cannot be read.
    """
    begin = partial(Training, network, data, recipe=recipe, seed=seed, costs=costs, start=start, metric=metric)
    run = _resumed(begin(), checkpoint, on_note) or begin()
    if run.taken is not None and run.taken < LITTLE:
        warnings.warn(
            f"{run.taken:.1%} of the network's parameters are taken from the given weights, which are of another "
            "network, and the rest is initialised; give start= weights of this one, or leave it out",
            SpectrumWarning,
            stacklevel=3,
        )
    for done in run.done:
        if on_epoch is not None and on_epoch(done.epoch) is False:
            return run.trained("pruned", epochs=done.epoch.epoch)
    while len(run.done) < recipe.epochs:
        if not run.advance():
            return run.trained("diverged")
        if checkpoint is not None:
            run.save(checkpoint)
        if on_epoch is not None and on_epoch(run.done[-1].epoch) is False:
            return run.trained("pruned")
    return run.trained("complete", test=test)


def _resumed(run: Training, checkpoint: Path | None, on_note: OnNote | None) -> Training | None:
    """The run at its checkpoint, or at its beginning without one; None where the checkpoint cannot be used."""
    note = run.resume(checkpoint) if checkpoint is not None else None
    if note is not None and on_note is not None:
        on_note(note)
    return run if note is None else None
