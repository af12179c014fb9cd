"""Which trained networks of a study stay on disk: of the best seed of each point, of all, or none.

A worker writes its network before its run is recorded, and the others at its point are deleted only then: whatever is
killed at whatever moment, the best that is recorded is on disk. What is kept is no part of a run's identity.
"""

from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spectrum.results.study_folder import WEIGHTS
from spectrum.search.plan import Plan, Point, Run
from spectrum.search.store.record import Record
from spectrum.training.model_card import SUFFIX, RunCard
from spectrum.training.outcome import AnyScores, Scores

if TYPE_CHECKING:
    from spectrum.training.trained import Trained


@dataclass(frozen=True)
class KeptRun:
    """Where the network of a run goes, and what is said of it there; it can be pickled."""

    path: Path
    study: str
    run: str
    point: str
    budget: str
    seed: int

    def write(self, trained: "Trained") -> None:
        """Keep the network of a run that is complete; raises StoreError where it cannot be written."""
        from spectrum.training.classifier import Classifier
        from spectrum.training.model_file import save_model

        if trained.status == "complete" and trained.validation is not None:
            card = trained.model.card.replace(origin=self.card(trained.validation))
            save_model(Classifier(trained.model.network, card), self.path)

    def card(self, validation: AnyScores) -> RunCard:
        """What is said of the run, with its scores on the validation split."""
        return RunCard(
            study=self.study,
            run=self.run,
            point=self.point,
            budget=self.budget,
            seed=self.seed,
            top1=validation.top1 if isinstance(validation, Scores) else None,
            map=None if isinstance(validation, Scores) else validation.map,
            cross_entropy=validation.cross_entropy,
        )


class KeptWeights:
    """The trained networks in the folder of a study.

    Args:
        records: by the key of the run; the ledger goes on adding to them.
    """

    def __init__(self, folder: Path, plan: Plan, records: Mapping[str, Record]) -> None:
        self._folder, self._study, self._records = (folder / WEIGHTS).resolve(), plan.study, records
        self._runs: dict[str, list[Run]] = defaultdict(list)
        for run in plan.runs:
            if run.phase == "confirm":
                self._runs[run.point.digest].append(run)

    def of(self, run: Run) -> KeptRun | None:
        """How the network of a run is kept; None where it is not: those of tuning trials never are."""
        if run.phase == "tune" or self._study.keep == "none":
            return None
        return self._kept(run)

    def prune(self, point: Point) -> None:
        """Delete what a better one at the point has made superfluous, and what killed workers left half written."""
        files: dict[str, list[Path]] = defaultdict(list)
        for path in self._folder.glob(f"*{SUFFIX}*"):
            files[path.name.partition(".")[0]].append(path)
        found = []
        for run in self._runs[point.digest]:
            record = self._records.get(run.key)
            if record is None or record.outcome is None or record.outcome.validation is None:
                continue
            for path in files[run.key]:
                if path.suffix == ".part":
                    _delete(path)
                elif path.suffix == SUFFIX:
                    found.append((self._kept(run).card(record.outcome.validation).rank, path))
        if self._study.keep == "best":
            for _, path in sorted(found)[:-1]:
                _delete(path)

    def _kept(self, run: Run) -> KeptRun:
        point = run.point
        return KeptRun(
            self._folder / f"{run.key}{SUFFIX}", self._study.name, run.key, point.label, point.budget.label, run.seed
        )


def _delete(path: Path) -> None:
    with suppress(OSError):  # what stays is in nobody's way
        path.unlink()
