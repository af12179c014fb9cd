"""Training one network: a pure function of the network, the data, the recipe and the seed.

On one thread the outcome is the same to the last bit however often a run is stopped and resumed.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from torch import nn

from spectrum.training.data.loading import Data
from spectrum.training.outcome import Epoch, Outcome
from spectrum.training.recipe import Recipe
from spectrum.training.run import Run

if TYPE_CHECKING:
    from spectrum.architecture.spec import Network

OnEpoch = Callable[[Epoch], bool | None]


def train(
    network: "Network | nn.Module",
    data: Data,
    *,
    recipe: Recipe,
    seed: int,
    checkpoint: Path | None = None,
    on_epoch: OnEpoch | None = None,
    test: bool = False,
) -> Outcome:
    """Trains a network and scores it on the validation split after every epoch.

    Args:
        network: a spec, initialised from the seed; or a module, of which a copy is trained from the weights it has.
        seed: of the initial weights, the order and augmentation of the images, and dropout.
        checkpoint: a file that is replaced after every epoch and gone on from if it is there; the caller deletes it.
        on_epoch: called after every epoch, also for those that a checkpoint brings back; False ends the run.
        test: score the test split once, when the last epoch is done.

    Raises:
        DataError: the network cannot take the images or has too few classes.
        StoreError: the checkpoint is damaged, another run's, or cannot be written.
    """
    run = Run(network, data, recipe=recipe, seed=seed)
    if checkpoint is not None:
        run.restore(checkpoint)
    for done in run.done:
        if on_epoch is not None and on_epoch(done.epoch) is False:
            return run.outcome("pruned", epochs=done.epoch.epoch)
    while len(run.done) < recipe.epochs:
        if not run.advance():
            return run.outcome("diverged")
        if checkpoint is not None:
            run.save(checkpoint)
        if on_epoch is not None and on_epoch(run.done[-1].epoch) is False:
            return run.outcome("pruned")
    return run.outcome("complete", test=test)
