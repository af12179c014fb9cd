"""Conducting a study, from its declaration to its folder full of results."""

from collections.abc import Sequence
from pathlib import Path

from spectrum.errors import DefinitionError, StoreError
from spectrum.search.conductor import Conductor
from spectrum.search.files import write_atomically
from spectrum.search.folder import claimed_folder
from spectrum.search.ledger import FINISHED, Ledger
from spectrum.search.plan import Plan
from spectrum.search.pool import Pool
from spectrum.search.progress import Progress
from spectrum.search.status import read_runs
from spectrum.search.study import Study
from spectrum.training.data.fingerprint import fingerprint

Rows = Sequence[dict[str, str]]


def conduct(study: Study, *, workers: int, storage: str | None, progress: bool) -> Path:
    """Run a study to its end; see `Study.run`."""
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise DefinitionError(f"a study runs on at least one worker, got {workers!r}; use for example workers=2")
    if storage is not None and "://" not in storage:
        raise StoreError(
            f"a storage is an Optuna URL such as sqlite:///runs.db, got {storage!r}; correct it, or leave it out for a "
            "journal file in the study's folder"
        )
    plan = study.plan()
    with claimed_folder(study) as folder:
        earlier = read_runs(folder)
        _refuse_other_runs(plan, earlier, folder)
        _refuse_other_data(study.data, earlier, folder)
        ledger = Ledger(f"{study.name}@{study.digest}", storage=storage or folder / "journal.log")
        _refuse_other_store(ledger, earlier, folder)
        with Progress(plan, shown=progress) as bar, Pool(workers, log=folder / "workers.log") as pool:
            Conductor(plan, ledger, pool, bar, folder).conduct()
    return folder


def _refuse_other_runs(plan: Plan, earlier: Rows, folder: Path) -> None:
    """The same definition leads to other networks where another version of the library matched the widths."""
    planned = {run.digest for point in plan.points for phase in ("tune", "confirm") for run in plan.runs(point, phase)}
    other = sum(row["key"] not in planned for row in earlier)
    if other:
        raise StoreError(
            f"a study keeps its runs, got a plan without {other} of the {len(earlier)} in {folder / 'runs.csv'}: "
            "another version of the library made them; go on with that one, or give the study a new name"
        )


def _refuse_other_data(data: str, earlier: Rows, folder: Path) -> None:
    """A user's own data keep their contents once a run is finished; until then they may still be put right."""
    path, found = folder / "data.fingerprint", fingerprint(data)
    used = path.read_text(encoding="utf-8").strip() if path.exists() else None
    if found is None or found == used:
        return
    if used is not None and any(row["status"] in FINISHED for row in earlier):
        raise StoreError(
            f"a study keeps its data, got other contents of {data} than the runs in {folder} were trained on; put the "
            "old data back, or give the study a new name"
        )
    for checkpoint in (folder / "checkpoints").glob("*.pt"):
        checkpoint.unlink()  # of a run on what the data were before
    write_atomically(path, f"{found}\n")


def _refuse_other_store(ledger: Ledger, earlier: Rows, folder: Path) -> None:
    """Runs are written to the ledger first: if the table has more of them, this is another store than before."""
    lost = sum(
        row["status"] in FINISHED and (row["key"] not in ledger.records or not ledger.records[row["key"]].finished)
        for row in earlier
    )
    if lost:
        raise StoreError(
            f"a study stays in one store, got one without {lost} of the finished runs in {folder / 'runs.csv'}; "
            "give the storage it was started with, or move that folder away"
        )
