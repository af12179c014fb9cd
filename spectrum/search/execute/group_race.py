"""Which runs of a group the race for the best point still wants: a pure reading of the finished ones."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from spectrum.comparison.race import race
from spectrum.search.plan import Run
from spectrum.search.race_seeds import Seeds
from spectrum.search.store.record import Record


class GroupRace:
    """The race between the points of one group, as far as their runs have come.

    Args:
        seeds: its looks.
        runs: the confirmation runs of each point [k], by their seeds [n].
        records: by the key of the run; the ledger goes on adding to them.
        over: whether a run will not be made again in this session: it is finished, or was given up.
    """

    def __init__(
        self,
        seeds: Seeds,
        runs: Sequence[Sequence[Run]],
        records: Mapping[str, Record],
        *,
        over: Callable[[Run], bool],
    ) -> None:
        self._declared, self._runs, self._records, self._over = seeds, runs, records, over
        self._keys = {run.key: point for point, each in enumerate(runs) for run in each}
        self._racing: NDArray[np.bool_] = np.ones(len(runs), dtype=bool)
        self._seeds = seeds.looks[0]

    def wants(self, run: Run) -> bool:
        """Whether the run is to be made, as things stand."""
        point = self._keys.get(run.key)
        return point is not None and bool(self._racing[point]) and run.number < self._seeds

    def may_want(self, run: Run) -> bool:
        """Whether the run may still come to be wanted."""
        point = self._keys.get(run.key)
        return point is not None and bool(self._racing[point]) and self._seeds > 0

    def due(self) -> bool:
        """Whether all runs are over that the last look asked for."""
        return self._seeds > 0 and all(
            self._over(run)
            for racing, each in zip(self._racing, self._runs, strict=True)
            if racing
            for run in each[: self._seeds]
        )

    def look(self, regrets: NDArray[np.float64] | None) -> None:
        """Decide who goes on, and with how many seeds; `regrets` [draws, k] is what tuning may have cost each point."""
        shape = (self._declared.looks[-1], len(self._runs))
        scores, ended = np.full(shape, np.nan), np.zeros(shape, dtype=bool)
        for point, each in enumerate(self._runs):
            for run in each:
                record = self._records.get(run.key)
                if record is not None and self._over(run):
                    ended[run.number, point] = True
                    if record.status == "complete" and record.outcome is not None and record.outcome.test is not None:
                        scores[run.number, point] = record.outcome.test.score
        declared = self._declared
        found = race(scores, ended, declared.looks, alpha=declared.alpha, margin=declared.margin, regrets=regrets)
        self._racing, self._seeds = found.racing, found.seeds
