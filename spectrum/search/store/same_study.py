"""Whether a study is the one that its ledger and its folder were begun with: by definition, plan, data and store.

All of it is decided from what the ledger holds, never from tables that are derived from it.
"""

import uuid
from contextlib import suppress
from pathlib import Path

from spectrum.architecture.kernel_costs import KernelCosts
from spectrum.architecture.own_network import OwnNetwork
from spectrum.errors import DefinitionError, StoreError
from spectrum.results.files import write_atomically
from spectrum.results.study_folder import DIGESTS
from spectrum.search.plan import Plan
from spectrum.search.store.growth import FIELDS, check_growth, extended_from, note_growth, points_before
from spectrum.search.store.ledger import Ledger
from spectrum.search.study import Study
from spectrum.training.data.fingerprint import fingerprint
from spectrum.weights.start import Start, other_start

IDENTITY = "ledger.id"
"""The file that says which ledger the folder of a study belongs to."""
NOT_OF_RUNS = {"keep", "start"}
"""Fields that no run depends on: they may change at any time. Of the file that runs start from, the content counts."""


def check_same_study(
    plan: Plan, ledger: Ledger, folder: Path, *, kernels: KernelCosts | None = None, may_grow: bool = False
) -> None:
    """Write down what the runs belong to, or compare it with what was written down.

    A study that `may_grow` may have more seeds, points or budgets than before: its finished runs are among its runs.

    Raises:
        StoreError: where something differs that finished runs depend on.
    """
    _check_store(ledger, folder)
    _keep_start(plan.points[0].start, ledger)
    _check_definition(plan.study, ledger, folder, may_grow=may_grow)
    check_plan(plan, ledger, folder)
    _check_data(plan.study.data, ledger, folder)
    _check_kernels(kernels, ledger)


def _check_store(ledger: Ledger, folder: Path) -> None:
    path = folder / IDENTITY
    begun_with = path.read_text(encoding="utf-8", errors="replace").strip() if path.is_file() else None
    identity = ledger.fact("identity")
    if begun_with is not None and begun_with != identity:
        raise StoreError(
            f"a study stays in one store, got another one than {folder} was begun with; give the storage it was begun "
            "with, or move that folder away"
        )
    if identity is None:
        identity = uuid.uuid4().hex
        ledger.write_fact("identity", identity)
    if begun_with is None:
        write_atomically(path, f"{identity}\n")


def _keep_start(start: Start | None, ledger: Ledger) -> None:
    if ledger.finished:
        check_start(start, ledger)
    elif (start.digest if start else None) != ledger.fact("start"):
        ledger.write_fact("start", start.digest if start else None)


def check_start(start: Start | None, ledger: Ledger) -> None:
    """Raise StoreError where networks start from other weights than those of the finished runs did."""
    used = ledger.fact("start")
    if (start.digest if start else None) == used:
        return
    if start is None:
        raise other_start("none where its runs have some")
    raise other_start(f"{start.path} where its runs have none" if used is None else f"other contents of {start.path}")


def _check_definition(study: Study, ledger: Ledger, folder: Path, *, may_grow: bool) -> None:
    used = ledger.fact("definition")
    if used == study.to_json():
        return
    if used is not None and ledger.records:
        changed = _changed(used, study)
        if may_grow and set(changed) <= FIELDS:
            before = Study.from_json(used)
            check_growth(before, study)
            note_growth(before, study, ledger)
        elif changed and set(changed) <= FIELDS and (extended_from(ledger) or points_before(ledger)):
            raise StoreError(
                f"a study keeps its definition, got other {' and '.join(changed)} than {study.name} has since it was "
                f"extended; go on with `spectrum extend {study.name}`, or give the changed study a new name"
            )
        elif changed:
            raise StoreError(
                f"a study keeps its definition, got other values of {', '.join(changed)} than the runs in {folder} "
                "have; give the changed study a new name, or move that folder away"
            )
    ledger.write_fact("definition", study.to_json())


def _changed(used: str, study: Study) -> list[str]:
    """Which fields differ, nested ones with a dot."""
    try:
        before = Study.from_json(used)
    except DefinitionError:  # of another version of the library
        return ["fields that this version does not know"]
    return [
        f"{name}.{inner}" if inner else name
        for name in type(study).model_fields
        if name not in NOT_OF_RUNS and (old := getattr(before, name)) != (new := getattr(study, name))
        for inner in (
            [field for field in type(new).model_fields if getattr(old, field) != getattr(new, field)]
            if type(old) is type(new) and hasattr(type(new), "model_fields")
            else [""]
        )
    ]


def check_plan(plan: Plan, ledger: Ledger, folder: Path) -> None:
    """Raise StoreError where the same definition leads to other networks than those of the finished runs.

    Another version of the library may match the widths otherwise, and a user's function may return another model.
    """
    planned = {run.key for run in plan.runs}
    other = sum(record.finished and key not in planned for key, record in ledger.records.items())
    if other and isinstance(plan.study.network, OwnNetwork):
        raise StoreError(
            f"a study keeps its runs, got a plan without {other} of the {ledger.finished} finished ones in {folder}: "
            f"{plan.study.network.model} or the library has changed since; go on with the old, or give the study a new "
            "name"
        )
    if other:
        raise StoreError(
            f"a study keeps its runs, got a plan without {other} of the {ledger.finished} finished ones in {folder}: "
            "another version of the library made them; go on with that one, or give the study a new name"
        )


def _check_data(data: str, ledger: Ledger, folder: Path) -> None:
    """A user's own data keep their contents once a run is finished; until then they may still be put right."""
    found, used = fingerprint(data, cache=folder / DIGESTS), ledger.fact("data")
    if found == used:
        return
    if ledger.finished:
        raise StoreError(
            f"a study keeps its data, got other contents of {data} than the runs in {folder} were trained on; put the "
            "old data back, or give the study a new name"
        )
    for checkpoint in (folder / "checkpoints").glob("*.pt"):
        with suppress(OSError):  # a folder in its place is no checkpoint of anybody's
            checkpoint.unlink()  # of a run on what the data were before
    ledger.write_fact("data", found)


def _check_kernels(kernels: KernelCosts | None, ledger: Ledger) -> None:
    """Convolutions computed in another way round otherwise: a run that is resumed would not be what it was."""
    if kernels is None or ledger.fact("kernels") == kernels.to_json():
        return
    if ledger.records:
        raise StoreError(
            "a study keeps the kernels that it was begun with, got others; leave them out to go on, or give the study "
            "a new name"
        )
    ledger.write_fact("kernels", kernels.to_json())
