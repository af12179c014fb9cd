"""Running a study, from its declaration to its folder full of results."""

import json
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path

from spectrum.architecture.kernel_costs import KernelCosts
from spectrum.errors import DefinitionError, quoted
from spectrum.public import public
from spectrum.results.files import write_atomically
from spectrum.results.folder_lock import locked, unwritable
from spectrum.results.study_folder import DEFINITION, EXTENDED, POINTS_BEFORE, runs_folder
from spectrum.search.execute.conductor import Conductor
from spectrum.search.execute.local_processes import LocalProcesses
from spectrum.search.execute.progress_bar import ProgressBar
from spectrum.search.plan import plan
from spectrum.search.store.address import checked_storage
from spectrum.search.store.growth import extended_from, points_before
from spectrum.search.store.ledger import Ledger, open_ledger
from spectrum.search.store.same_study import check_same_study
from spectrum.search.study import Study
from spectrum.training.recipe import Device


@public
def run(
    study: Study,
    *,
    workers: int = 1,
    storage: str | None = None,
    progress: bool = True,
    executor: Executor | None = None,
    kernels: KernelCosts | None = None,
) -> Path:
    """Tune and confirm every point of a study; one that was stopped goes on where it was.

    Args:
        workers: how many runs are made at a time, each in a process of one thread.
        storage: an Optuna storage URL; a journal file in the study's folder where not given.
        progress: show a progress bar on stderr.
        executor: where runs are made instead of processes of this machine: any `concurrent.futures.Executor` whose
            workers see the study's folder and the data under the same paths, such as Dask's or a SLURM pool. It is
            neither shut down nor are its running calls stopped.
        kernels: what the way to compute segmented convolutions is chosen by, from `spectrum tune-kernels`; kept with
            the study. What is known of the kind of processor where not given.

    Returns:
        The study's folder, with the table of runs that `spectrum.load` reads; it lists those that failed, too.

    Raises:
        StoreError: where folder or store hold another study of that name or other data, are in use, or cannot be
            written.
        SpectrumError: where no run can be finished, as without its data, or where workers crash at once.
    """
    return run_or_extend(
        study, workers=workers, storage=storage, progress=progress, executor=executor, kernels=kernels, may_grow=False
    )


def run_or_extend(
    study: Study,
    *,
    workers: int,
    storage: str | None,
    progress: bool,
    executor: Executor | None,
    kernels: KernelCosts | None,
    may_grow: bool,
    folder: Path | None = None,
) -> Path:
    """Run a study, which may have more seeds, points or budgets than its runs so far were made for if it `may_grow`."""
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise DefinitionError(f"a study runs on at least one worker, got {quoted(workers)}; use for example workers=2")
    address = None if storage is None else checked_storage(storage)
    folder = (folder or runs_folder() / study.name).absolute()  # before a user's own data may change where we are
    planned = plan(study)
    with locked(folder), open_ledger(study.name, address or folder / "journal.log") as ledger:
        if kernels is None and executor is None and not ledger.records and ledger.fact("kernels") is None:
            kernels = _kernels_here(study.recipe.device)
        check_same_study(planned, ledger, folder, kernels=kernels, may_grow=may_grow)
        with ProgressBar(planned, shown=progress) as bar, _workers(executor, workers, folder) as pool:
            conductor = Conductor(planned, ledger, pool, bar, folder, workers=workers)
            conductor.show_plan()  # before there is a definition, by which others find the study
            _write_definition(planned.study, ledger, folder)
            conductor.conduct()
    return folder


def _kernels_here(device: Device) -> KernelCosts | None:
    """What is known of this processor, for a study that begins: another version of the library may know otherwise."""
    import torch

    from spectrum.architecture.processor import kernel_costs

    on_gpu = device == "cuda" or (device == "auto" and torch.cuda.is_available())
    return None if on_gpu else kernel_costs()


def _write_definition(study: Study, ledger: Ledger, folder: Path) -> None:
    """For its readers; what the study is, is decided from the ledger. With what it had before it was extended."""
    try:
        (folder / "checkpoints").mkdir(exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    before = {EXTENDED: extended_from(ledger), POINTS_BEFORE: points_before(ledger)}
    definition = {**json.loads(study.to_json()), **{name: had for name, had in before.items() if had}}
    write_atomically(folder / DEFINITION, json.dumps(definition, indent=2) + "\n")


@contextmanager
def _workers(executor: Executor | None, number: int, folder: Path) -> Iterator[Executor]:
    """The executor that was given, or processes that end with the session."""
    if executor is not None:
        yield executor
        return
    processes = LocalProcesses(number, log=folder / "workers.log")
    try:
        yield processes
    finally:
        processes.shutdown(cancel_futures=True)
