"""Which run comes next: a pure reading of the plan and the ledger.

Tuning trials that a sampler chooses wait for all before them at their point; confirming runs wait for the tuning of the
whole group, since the settings of its points are read off one response surface. Across points the order is by number,
so that a study stopped early has done about the same at every point. In a race, later seeds wait for its looks.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

import numpy as np

from spectrum.search.execute.group_race import GroupRace
from spectrum.search.execute.group_tuning import chosen_settings, surface_of
from spectrum.search.plan import Plan, Point, Run
from spectrum.search.point_groups import PointGroup, point_groups
from spectrum.search.race_seeds import Seeds
from spectrum.search.store.record import Params, Record
from spectrum.search.suggest import Tried, ranges, suggest
from spectrum.training.recipe import Recipe


class Agenda:
    """The runs of a plan in their order, and what the ledger's records say of each.

    Args:
        records: by the key of the run; the ledger goes on adding to them, and `close` is told of it.
    """

    def __init__(self, plan: Plan, records: Mapping[str, Record]) -> None:
        self._records = records
        self._settings: dict[str, Params] = {}
        self._trials: dict[str, list[Run]] = defaultdict(list)
        self._seeds: dict[str, list[Run]] = defaultdict(list)
        for run in plan.runs:
            (self._trials if run.phase == "tune" else self._seeds)[run.point.digest].append(run)
        self._groups = point_groups(plan.points)
        self._home = {point.digest: group for group in reversed(self._groups) for point in group.points}
        self._given_up: set[str] = set()
        self._races = self._begun_races(plan.study.seeds)
        self._open = {run.key: run for run in plan.runs if not self.finished(run)}
        self._dropped: dict[str, Run] = {}
        self._untuned = {id(group): self._open_trials(group) for group in self._groups}
        for run in plan.runs:
            if run.key not in self._open:
                self._keep_settings(run)
        self._look()

    def finished(self, run: Run) -> bool:
        """Whether the ledger holds a result, be it complete, pruned or diverged."""
        record = self._records.get(run.key)
        return record is not None and record.finished

    def all_dropped(self) -> Collection[Run]:
        """The runs that will not be made, since their points have left the race, or the race is over."""
        return self._dropped.values()

    def dropped(self, run: Run) -> bool:
        """Whether a run is one of these."""
        return run.key in self._dropped

    def ready(self) -> Iterator[Run]:
        """The unfinished runs that wait for no other."""
        return (run for run in self._open.values() if self._may_start(run))

    def close(self, run: Run) -> None:
        """Take note that a run is over: what is next is found as fast late in a long study as early."""
        if self.finished(run):
            self._open.pop(run.key, None)
            self._dropped.pop(run.key, None)  # it was being made when its point left the race
            self._keep_settings(run)
        else:
            self._given_up.add(run.key)
        if run.phase == "confirm":
            self._look()
            return
        for group in self._groups:
            if run.point in group:
                self._untuned[id(group)] = self._open_trials(group)

    def params(self, run: Run) -> Params | None:
        """The tuned settings of a run; None while they still depend on runs to come."""
        if run.phase == "tune":
            if run.key not in self._settings and self._trials_before_are_over(run):
                self._settings[run.key] = suggest(run.point.tune, run.number, self.history(run))
            return self._settings.get(run.key)
        point = run.point.digest
        if point not in self._settings:
            self._choose(run.point)  # for good: the runs it depends on are finished
        return self._settings.get(point)

    def recipe(self, run: Run, params: Params) -> Recipe:
        """The recipe that a run is trained with."""
        return run.point.recipe.replace(**params, epochs=run.epochs)

    def history(self, run: Run) -> list[Tried]:
        """The point's tuning trials before this one, in their order."""
        before = self._trials[run.point.digest][: run.number]
        return [_tried(self._records[other.key]) for other in before if self.finished(other)]

    def _may_start(self, run: Run) -> bool:
        if run.phase == "tune":
            return self._trials_before_are_over(run)
        return self._wanted(run) and self.params(run) is not None

    def _trials_before_are_over(self, run: Run) -> bool:
        before = self._trials[run.point.digest][: run.number]
        return run.number < run.point.tune.common or all(map(self.finished, before))

    def _keep_settings(self, run: Run) -> None:
        """The settings that a point was confirmed with are its settings for good, whatever its trials say later."""
        if run.phase == "confirm" and run.point.digest not in self._settings:
            names = ranges(run.point.tune)
            self._settings[run.point.digest] = {name: self._records[run.key].params[name] for name in names}

    def _choose(self, point: Point) -> None:
        """Let the trials of a point's group say the settings of all its points, once they are over."""
        group = self._home[point.digest]
        if self._untuned[id(group)]:
            return
        trials = [self._trials[each.digest] for each in group.points]
        for other, settings in zip(group.points, chosen_settings(trials, self._records), strict=True):
            if self._home[other.digest] is group:
                self._settings.setdefault(other.digest, settings)

    def _open_trials(self, group: PointGroup) -> int:
        """How many trials of a group are not over."""
        return sum(run.key in self._open for point in group.points for run in self._trials[point.digest])

    def _begun_races(self, seeds: int | Seeds) -> dict[PointGroup, GroupRace]:
        if isinstance(seeds, int):
            return {}
        return {
            group: GroupRace(
                seeds, [self._seeds[point.digest] for point in group.points], self._records, over=self._is_over
            )
            for group in self._groups
            if len(group.points) > 1
        }

    def _is_over(self, run: Run) -> bool:
        """Whether a run has a result, or has failed for good in this session; one that failed before is tried again."""
        return self.finished(run) or run.key in self._given_up

    def _wanted(self, run: Run, *, for_now: bool = True) -> bool:
        """Whether any race wants a confirming run: now, or perhaps later; there may be none."""
        races = [race for group, race in self._races.items() if run.point in group]
        return not races or any(race.wants(run) if for_now else race.may_want(run) for race in races)

    def _look(self) -> None:
        """Let every race look that has all the runs it waits for; what no race can want any more is dropped."""
        looked = False
        for group, race in self._races.items():
            while race.due():
                race.look(self._regrets(group))
                looked = True
        if looked:
            for run in list(self._open.values()):
                if run.phase == "confirm" and not self._wanted(run, for_now=False):
                    self._dropped[run.key] = self._open.pop(run.key)

    def _regrets(self, group: PointGroup) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]] | None":
        """What each point of a group may lose by its settings; None where that is not known."""
        settings = [self.params(self._seeds[point.digest][0]) for point in group.points]
        surface = surface_of([self._trials[point.digest] for point in group.points], self._records)
        if surface is None or None in settings:
            return None
        regrets: np.ndarray[tuple[int, int], np.dtype[np.float64]] = surface.regrets(
            np.array([list(each.values()) for each in settings if each])
        )
        return regrets


def _tried(record: Record) -> Tried:
    curve = [epoch.score for epoch in record.outcome.epochs] if record.outcome else []
    return Tried(record.params, record.score, curve, record.status == "pruned")
