"""Which run comes next: a pure reading of the plan and the ledger.

Within a point, tuning trials that the sampler chooses wait for all before them, and confirming runs wait for the whole
tuning. Across points the order is by number, so that a study stopped early has done about the same at every point.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from spectrum.search.ledger import Record
from spectrum.search.plan import Plan, Point, Run
from spectrum.search.suggest import Params, Tried, ranges, spread_trials, suggest
from spectrum.training.recipe import Recipe


@dataclass(frozen=True)
class Entry:
    """One run of the plan with its point and its key."""

    point: Point
    run: Run
    key: str


class Agenda:
    """The runs of a plan in their order, and what the ledger's records say of each."""

    def __init__(self, plan: Plan, records: Mapping[str, Record]) -> None:
        self._records = records
        self._params: dict[str, Params] = {}
        self._runs = {
            id(point): {
                phase: [Entry(point, run, run.digest) for run in plan.runs(point, phase)]
                for phase in ("tune", "confirm")
            }
            for point in plan.points
        }
        self.entries = sorted(
            (entry for phases in self._runs.values() for entries in phases.values() for entry in entries),
            key=lambda entry: (entry.run.phase == "confirm", entry.run.number),
        )

    def finished(self, entry: Entry) -> bool:
        """Whether the ledger holds a result, be it complete, pruned or diverged."""
        record = self._records.get(entry.key)
        return record is not None and record.finished

    def ready(self) -> Iterator[Entry]:
        """The unfinished runs that wait for no other."""
        return (entry for entry in self.entries if not self.finished(entry) and self._may_start(entry))

    def params(self, entry: Entry) -> Params | None:
        """The tuned settings of a run; None while they still depend on runs to come."""
        if entry.key not in self._params and self._may_start(entry):
            self._params[entry.key] = self._choose(entry)  # for good: the runs it depends on are finished
        return self._params.get(entry.key)

    def recipe(self, entry: Entry, params: Params) -> Recipe:
        """The recipe that a run is trained with."""
        run = entry.run
        epochs = run.tune.epochs if run.phase == "tune" and run.tune.epochs else run.recipe.epochs
        return run.recipe.replace(**params, epochs=epochs)

    def history(self, entry: Entry) -> list[Tried]:
        """The point's tuning trials before this one, in their order."""
        return [
            _tried(self._records[other.key])
            for other in self._runs[id(entry.point)]["tune"][: entry.run.number]
            if self.finished(other)
        ]

    def _may_start(self, entry: Entry) -> bool:
        trials = self._runs[id(entry.point)]["tune"]
        if entry.run.phase == "tune":
            trials = trials[: entry.run.number] if entry.run.number >= spread_trials(entry.run.tune) else []
        return all(map(self.finished, trials))

    def _choose(self, entry: Entry) -> Params:
        run = entry.run
        return suggest(run.tune, run.number, self.history(entry)) if run.phase == "tune" else self._best(entry)

    def _best(self, entry: Entry) -> Params:
        """The settings with the best validation accuracy; of equals, the smaller cross-entropy, then the earlier."""
        records = [self._records[trial.key] for trial in self._runs[id(entry.point)]["tune"]]
        complete = [record for record in records if record.status == "complete"] or records
        best = max(complete, key=lambda record: (top1_of(record), -_cross_entropy_of(record)))
        return {name: best.params[name] for name in ranges(entry.run.tune)}


def top1_of(record: Record) -> float:
    """Validation accuracy at the end of a run; nought where it diverged, below anything that learned."""
    validation = record.outcome["validation"]
    return validation["top1"] if validation and record.status != "diverged" else 0.0


def _cross_entropy_of(record: Record) -> float:
    validation = record.outcome["validation"]
    return validation["cross_entropy"] if validation else float("inf")


def _tried(record: Record) -> Tried:
    curve = [epoch["validation_top1"] for epoch in record.outcome["epochs"]]
    return Tried(record.params, top1_of(record), curve, record.status == "pruned")
