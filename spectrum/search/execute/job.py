"""A job: all that has to be known to make one training run, anywhere. Making it is a pure function of it."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from spectrum.architecture.spec import Network
from spectrum.errors import SpectrumError
from spectrum.search.execute.diary import Diary
from spectrum.training.outcome import Epoch, Outcome
from spectrum.training.recipe import Recipe

if TYPE_CHECKING:
    from spectrum.training.data.loading import Data


@dataclass(frozen=True)
class Job:
    """One training run as a worker gets it; it can be pickled.

    Attributes:
        test: score the test split at the end.
        hopeless_below: validation accuracies by epoch; a run whose best is below that of its epoch is pruned.
        checkpoint: the file that a run goes on from when it is started again.
        diary: the file in which it writes down its epochs as they end.
    """

    network: Network
    data: str
    recipe: Recipe
    seed: int
    test: bool
    hopeless_below: tuple[float, ...]
    checkpoint: Path
    diary: Path


def perform(job: Job) -> Outcome:
    """Train as the job says, on one thread of this process.

    Raises:
        StoreError: the checkpoint cannot be written: every other run would meet that, too.
        SpectrumError: the run cannot be made, and trying again would not help.
        RuntimeError: anything else, in words that every process can read.
    """
    import torch

    from spectrum.training.loop import train

    torch.set_num_threads(1)
    diary = Diary(job.diary)
    accuracies: list[float] = []

    def on_epoch(epoch: Epoch) -> bool:
        diary.write(epoch)
        accuracies.append(epoch.validation_top1)
        return not _is_hopeless(accuracies, job.hopeless_below)

    try:
        return train(
            job.network,
            _data(job.data),
            recipe=job.recipe,
            seed=job.seed,
            checkpoint=job.checkpoint,
            on_epoch=on_epoch,
            on_note=diary.write,
            test=job.test,
        )
    except SpectrumError:
        raise
    except Exception as error:  # a user's own data or the machine
        raise RuntimeError(f"{type(error).__name__}: {' '.join(str(error).split())}") from None


def _is_hopeless(accuracies: list[float], below: tuple[float, ...]) -> bool:
    return len(accuracies) <= len(below) and max(accuracies) < below[len(accuracies) - 1]


@cache
def _data(name: str) -> "Data":
    from spectrum.training.data.loading import load

    return load(name)
