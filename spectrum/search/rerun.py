"""Repeating one confirming run of a study, to the same numbers, without touching the study."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from spectrum.architecture.kernel_costs import KernelCosts
from spectrum.errors import StoreError, as_argument, choose_from, in_a_row
from spectrum.public import public
from spectrum.results.study_folder import DIGESTS, find_folder
from spectrum.search.execute.job import Job, perform
from spectrum.search.execute.kept_weights import KeptRun
from spectrum.search.extend_study import declared_in
from spectrum.search.plan import Plan, Run, plan
from spectrum.search.store.address import checked_storage
from spectrum.search.store.ledger import open_ledger
from spectrum.search.store.record import Record
from spectrum.search.store.same_study import check_plan, check_start
from spectrum.segments import SegmentsValue, label
from spectrum.training.model_card import model_path
from spectrum.training.outcome import Outcome


@dataclass(frozen=True)
class Rerun:
    """A run that was made again.

    Attributes:
        key: of the run.
        recorded, repeated: how it ended in the study, and now.
        file: of the trained network, where it was asked for and the run came to its end.
    """

    key: str
    recorded: Outcome
    repeated: Outcome
    file: Path | None

    @property
    def same(self) -> bool:
        """Whether all numbers but the times are the same, to the last bit; other processors round otherwise."""
        return _untimed(self.recorded) == _untimed(self.repeated)


@public
def rerun(
    study: str | Path,
    *,
    point: SegmentsValue | str,
    seed: int,
    budget: str | None = None,
    out: str | Path | None = None,
    storage: str | None = None,
) -> Rerun:
    """Make a finished run of a study again: its network, data, settings, seed and kernels are those of the ledger.

    Nothing in the study changes. On as many threads of the same kind of processor the numbers are the same.

    Args:
        study: the name of a study, or the path of its folder.
        point: a number of segments, or a point's label as tables have it.
        seed: of the run.
        budget: the label of the budget, where the study has several.
        out: a .safetensors file for the trained network.
        storage: the Optuna storage URL that the study was run with, if any.

    Raises:
        DefinitionError: `out` has another suffix.
        StoreError: there is no such study, point or seed, the run has no result yet, or the data, the weights that its
            networks start from, or the networks themselves have changed.
        DataError: the data cannot be had.
    """
    file = None if out is None else model_path(out).absolute()
    home = find_folder(study).absolute()
    planned = plan(declared_in(home))
    run = _chosen(planned, point if isinstance(point, str) else label(point), seed, budget)
    record, kernels, data = _looked_up(run, planned, home, storage)
    assert record.outcome is not None
    place, kept = run.point, None
    if file is not None:
        kept = KeptRun(file, planned.study.name, run.key, place.label, place.budget.label, run.seed)
    with TemporaryDirectory(prefix="spectrum-") as scratch:
        job = Job(
            network=place.match.network,
            data=place.data,
            fingerprint=data,
            digests=home / DIGESTS,
            kernels=kernels,
            recipe=place.recipe.replace(**record.params, epochs=run.epochs),
            seed=run.seed,
            test=True,
            hopeless_below=(),
            checkpoint=Path(scratch) / "run.pt",
            diary=Path(scratch) / "run.diary",
            kept=kept,
            start=place.start if place.taken else None,
            metric=place.metric,
        )
        repeated = perform(job)
    return Rerun(run.key, record.outcome, repeated, file if repeated.status == "complete" else None)


def _chosen(planned: Plan, point: str, seed: int, budget: str | None) -> Run:
    """The confirming run at a place of the study; raises StoreError where there is none, or several."""
    runs = [run for run in planned.runs if run.phase == "confirm"]
    labels = {run.point.label for run in runs}
    if point not in labels:
        raise StoreError(choose_from(f"point of {planned.study.name}", point, labels))
    budgets = [each.label for each in planned.study.budget]
    if budget is None and len(budgets) > 1:
        raise StoreError(
            "one run is made again, got a study of several budgets; give --budget (in Python budget=) one of "
            f"{in_a_row(budgets)}"
        )
    if budget is not None and budget not in budgets:
        raise StoreError(choose_from(f"budget of {planned.study.name}", budget, budgets))
    here = [run for run in runs if run.point.label == point and run.point.budget.label == (budget or budgets[0])]
    seeds = {str(run.seed): run for run in here}
    if str(seed) not in seeds:
        raise StoreError(
            f"the seeds of {planned.study.name} are 0 to {planned.study.most_seeds - 1}, got {seed}; give --seed (in "
            "Python seed=) one of them"
        )
    return seeds[str(seed)]


def _looked_up(
    run: Run, planned: Plan, home: Path, storage: str | None
) -> tuple[Record, KernelCosts | None, str | None]:
    """What the ledger has of a run: its record, the kernels and the data of the study."""
    with TemporaryDirectory(prefix="spectrum-") as scratch:
        address = checked_storage(storage) if storage is not None else _copied(home / "journal.log", Path(scratch))
        with open_ledger(planned.study.name, address) as ledger:
            check_start(run.point.start, ledger)
            record = ledger.records.get(run.key)
            if record is None:
                check_plan(planned, ledger, home)
            kernels, data = ledger.fact("kernels"), ledger.fact("data")
    if record is None or record.outcome is None:
        raise StoreError(
            f"a run is made again once it has a result, got seed {run.seed} of {as_argument(run.point.label)} without; "
            "run the study first"
        )
    return record, None if kernels is None else KernelCosts.from_json(kernels), data


def _copied(journal: Path, folder: Path) -> Path:
    """A copy to be read: opening a journal adds a line to it, and a process that runs the study may be writing."""
    if not journal.is_file():
        raise StoreError(
            f"a run is made again by what its ledger says, got no {journal}; give the storage that the study is in"
        )
    return Path(shutil.copy(journal, folder))


def _untimed(outcome: Outcome) -> Outcome:
    epochs: Any = tuple(replace(epoch, seconds=0.0) for epoch in outcome.epochs)
    return replace(outcome, epochs=epochs, step_seconds=None, train_seconds=0.0)
