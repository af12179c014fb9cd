"""Which run comes next: a pure reading of the plan and the ledger.

Within a point, tuning trials that the sampler chooses wait for all before them, and confirming runs wait for the whole
tuning. Across points the order is by number, so that a study stopped early has done about the same at every point.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from spectrum.search.plan import Plan, Run
from spectrum.search.store.record import Params, Record
from spectrum.search.suggest import Tried, ranges, spread_trials, suggest
from spectrum.training.recipe import Recipe


class Agenda:
    """The runs of a plan in their order, and what the ledger's records say of each.

    Args:
        records: by the key of the run; the ledger goes on adding to them.
    """

    def __init__(self, plan: Plan, records: Mapping[str, Record]) -> None:
        self._records = records
        self._params: dict[str, Params] = {}
        self._open = {run.key: run for run in plan.runs if not self.finished(run)}
        self._trials: dict[str, list[Run]] = defaultdict(list)
        for run in plan.runs:
            if run.phase == "tune":
                self._trials[run.point.digest].append(run)

    def finished(self, run: Run) -> bool:
        """Whether the ledger holds a result, be it complete, pruned or diverged."""
        record = self._records.get(run.key)
        return record is not None and record.finished

    def ready(self) -> Iterator[Run]:
        """The unfinished runs that wait for no other."""
        return (run for run in self._open.values() if self._may_start(run))

    def close(self, run: Run) -> None:
        """Take a finished run off the list, so that what is next is found as fast late in a long study as early."""
        self._open.pop(run.key, None)

    def params(self, run: Run) -> Params | None:
        """The tuned settings of a run; None while they still depend on runs to come."""
        if run.key not in self._params and self._may_start(run):
            self._params[run.key] = self._choose(run)  # for good: the runs it depends on are finished
        return self._params.get(run.key)

    def recipe(self, run: Run, params: Params) -> Recipe:
        """The recipe that a run is trained with."""
        return run.point.recipe.replace(**params, epochs=run.epochs)

    def history(self, run: Run) -> list[Tried]:
        """The point's tuning trials before this one, in their order."""
        return [_tried(self._records[other.key]) for other in self._trials_before(run) if self.finished(other)]

    def _trials_before(self, run: Run) -> list[Run]:
        trials = self._trials[run.point.digest]
        return trials[: run.number] if run.phase == "tune" else trials

    def _may_start(self, run: Run) -> bool:
        if run.phase == "tune" and run.number < spread_trials(run.point.tune):
            return True
        return all(map(self.finished, self._trials_before(run)))

    def _choose(self, run: Run) -> Params:
        if run.phase == "tune":
            return suggest(run.point.tune, run.number, self.history(run))
        return self._best(run)

    def _best(self, run: Run) -> Params:
        """The settings with the best validation accuracy; of equals, the smaller cross-entropy, then the earlier."""
        records = [self._records[trial.key] for trial in self._trials[run.point.digest]]
        complete = [record for record in records if record.status == "complete"] or records
        best = max(complete, key=lambda record: (record.top1, -record.cross_entropy))
        return {name: best.params[name] for name in ranges(run.point.tune)}


def _tried(record: Record) -> Tried:
    curve = [epoch.validation_top1 for epoch in record.outcome.epochs] if record.outcome else []
    return Tried(record.params, record.top1, curve, record.status == "pruned")
