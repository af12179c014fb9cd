"""Extending a study that has runs: more seeds, points or budgets, while all that it has stays."""

import json
from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

from spectrum.cost.budget import Budget
from spectrum.errors import DefinitionError
from spectrum.public import public
from spectrum.results.study_folder import EXTENDED, POINTS_BEFORE, find_folder, read_definition_of
from spectrum.results.study_progress import status
from spectrum.search.run_study import run_or_extend
from spectrum.search.study import Study
from spectrum.segments import SegmentsValue


@public
def extend(
    study: str | Path,
    *,
    seeds: int | None = None,
    segments: Sequence[SegmentsValue] = (),
    budgets: Sequence[Budget] = (),
    workers: int = 1,
    storage: str | None = None,
    progress: bool = True,
    executor: Executor | None = None,
) -> Path:
    """Give a study more seeds, points or budgets, and run what is new.

    Old runs stay as they are, and old points keep their settings. The verdict says what looking again costs: who leads
    was chosen by the old seeds, so that the contenders are judged on the new ones alone. Points that are added join the
    family of those that are compared.

    Args:
        study: its name, or the path of its folder.
        seeds: how many each point is to have.
        segments, budgets: those that are added.
        workers, storage, progress, executor: as in `run`.

    Returns:
        The study's folder.

    Raises:
        StoreError: as in `run`; or where the study would shrink, or is a race that is given more seeds.
        DefinitionError: where nothing is added.
    """
    home = find_folder(study)
    before = declared_in(home)
    after = before.replace(
        seeds=before.seeds if seeds is None else seeds,
        segments=(*before.segments, *segments),
        budget=(*before.budget, *budgets),
    )
    if after == before and status(home).finished:
        raise DefinitionError(
            f"a study is extended by seeds, segments or budgets, got none that {before.name} does not have; add for "
            f"example seeds={2 * before.most_seeds}"
        )
    return run_or_extend(
        after,
        workers=workers,
        storage=storage,
        progress=progress,
        executor=executor,
        kernels=None,
        may_grow=True,
        folder=home,
    )


def declared_in(folder: Path) -> Study:
    """The study of a folder."""
    fields = read_definition_of(folder)
    for name in (EXTENDED, POINTS_BEFORE):
        fields.pop(name, None)
    return Study.from_json(json.dumps(fields))
