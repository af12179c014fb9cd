"""A job: all that has to be known to make one training run, anywhere. Making it is a pure function of it."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from spectrum.architecture.kernel_costs import KernelCosts
from spectrum.architecture.own_network import AnyNetwork
from spectrum.errors import SpectrumError, StoreError
from spectrum.search.execute.diary import Diary
from spectrum.search.execute.kept_weights import KeptRun
from spectrum.training.mean_average_precision import MeanAveragePrecision
from spectrum.training.outcome import AnyEpoch, Outcome
from spectrum.training.recipe import Recipe
from spectrum.weights.start import Start

if TYPE_CHECKING:
    from spectrum.training.data.loading import Data
    from spectrum.weights.reading import State


ONE_AT_A_TIME = Lock()
"""Threads of one process share the state of its random numbers: two runs at once would take each other's."""


@dataclass(frozen=True)
class Job:
    """One training run as a worker gets it; it can be pickled.

    Attributes:
        fingerprint: of the data, where they are a user's own: they must not change while a study runs.
        digests: the file in which digests of the data's files are kept; see `fingerprint`.
        kernels: what the way to compute segmented convolutions is chosen by; None for what is known of the processor.
        test: score the test split at the end.
        hopeless_below: validation scores by epoch; a run whose best is below that of its epoch is pruned.
        checkpoint: the file that a run goes on from when it is started again.
        diary: the file in which it writes down its epochs as they end.
        kept: how the trained network is kept; None where it is not.
        start: weights that the network starts from, where they fit; None where it is initialised as usual.
        metric: what is scored where images show several classes.
    """

    network: AnyNetwork
    data: str
    fingerprint: str | None
    digests: Path
    kernels: KernelCosts | None
    recipe: Recipe
    seed: int
    test: bool
    hopeless_below: tuple[float, ...]
    checkpoint: Path
    diary: Path
    kept: KeptRun | None = None
    start: Start | None = None
    metric: MeanAveragePrecision | None = None


def perform(job: Job) -> Outcome:
    """Train as the job says, on one thread of this process.

    Raises:
        StoreError: the checkpoint, or the trained network, cannot be written: every other run would meet that, too.
        SpectrumError: the run cannot be made, and trying again would not help.
        RuntimeError: anything else, in words that every process can read.
    """
    import torch

    from spectrum.training.loop import train

    torch.set_num_threads(1)
    diary = Diary(job.diary)
    scores: list[float] = []

    def on_epoch(epoch: AnyEpoch) -> bool:
        diary.write(epoch)
        scores.append(epoch.score)
        return not _is_hopeless(scores, job.hopeless_below)

    try:
        with ONE_AT_A_TIME:
            data = _data(job.data, job.fingerprint, job.digests)
            torch.set_num_threads(1)  # again: a user's code may have set others
            trained = train(
                job.network,
                data,
                recipe=job.recipe,
                seed=job.seed,
                checkpoint=job.checkpoint,
                on_epoch=on_epoch,
                on_note=diary.write,
                test=job.test,
                costs=job.kernels,
                start=None if job.start is None else _weights(job.start),
                metric=job.metric,
            )
        _check_unchanged(job)
        if job.kept is not None:
            job.kept.write(trained)
    except SpectrumError:
        raise
    except Exception as error:  # a user's own data or the machine
        raise RuntimeError(f"{type(error).__name__}: {' '.join(str(error).split())}") from None
    return trained.outcome


def _check_unchanged(job: Job) -> None:
    """Images in a folder are read again in every epoch; a run on what has changed since it began is none."""
    from spectrum.training.data.catalog import kind_of
    from spectrum.training.data.fingerprint import fingerprint

    if kind_of(job.data) == "folder" and fingerprint(job.data, cache=job.digests) != job.fingerprint:
        job.checkpoint.unlink(missing_ok=True)
        raise _other_data(job.data)


def _other_data(name: str) -> StoreError:
    return StoreError(
        f"a study keeps its data, got other contents of {name} than when it was started; put the old data back, or "
        "give the study a new name"
    )


def _is_hopeless(scores: list[float], below: tuple[float, ...]) -> bool:
    return len(scores) <= len(below) and max(scores) < below[len(scores) - 1]


@cache
def _weights(start: Start) -> "State":
    """The given weights as this process keeps them for all its runs."""
    from spectrum.weights.reading import read_start

    return read_start(start)


@cache
def _data(name: str, expected: str | None, digests: Path) -> "Data":
    """The data as this process keeps them for all its runs, looked at once they are read."""
    from spectrum.training.data.fingerprint import fingerprint
    from spectrum.training.data.loading import load

    data = load(name)
    if fingerprint(name, cache=digests, apart=False) != expected:
        raise _other_data(name)
    return data
