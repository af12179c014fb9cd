"""The tables of a study: every planned run has its row, whatever became of it, as the report wants it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import spectrum as sp
from spectrum.results.checks import check
from spectrum.results.columns import EPOCHS, RUNS
from spectrum.results.results import load
from spectrum.search.execute import tables
from spectrum.search.execute.agenda import Agenda
from spectrum.search.execute.tables import Tables
from spectrum.search.store.record import Record
from spectrum.search.study import Study
from spectrum.training.outcome import Outcome

MakeStudy = Callable[..., Study]
Rows = Callable[[Path], list[dict[str, str]]]


class Written:
    """Tables of a study of which everything is in reach."""

    def __init__(self, study: Study, folder: Path, make: Callable[..., Outcome]) -> None:
        self.folder, self.records = folder, dict[str, Record]()
        self.plan = sp.plan(study)
        self.agenda = Agenda(self.plan, self.records)
        self.tables = Tables(folder, self.plan, self.agenda, self.records)
        self._make = make

    def finish(self, number: int, status: str = "complete", error: str | None = None) -> None:
        run, params = self.plan.runs[number], self.agenda.params(self.plan.runs[number])
        assert params is not None
        epochs = 0 if status == "diverged" else 2
        outcome = self._make(epochs, status=status, test=run.phase == "confirm", top1=1 / 3)
        self.records[run.key] = Record(run.key, params, None if status == "failed" else outcome, error)
        self.agenda.close(run)


@pytest.fixture
def written(tiny: MakeStudy, tmp_path: Path, outcome: Callable[..., Outcome]) -> Written:
    return Written(tiny(), tmp_path / "tiny", outcome)


def test_the_columns_are_the_reports(written: Written, rows: Rows) -> None:
    written.tables.write()
    assert list(rows(written.folder / "runs.csv")[0]) == list(RUNS)
    assert (written.folder / "epochs.csv").read_text() == ",".join(EPOCHS) + "\n"
    runs = check(pd.read_csv(written.folder / "runs.csv", dtype=str))
    assert len(runs) == 12
    assert set(runs["status"]) == {"missing"}
    assert runs["lr"].notna().tolist() == [True] * 8 + [False] * 4  # the others still depend on runs to come


def test_a_real_study_passes_the_reports_checks(undisturbed: Path) -> None:
    results = load(undisturbed)
    runs, epochs = results.runs, results.epochs
    assert set(runs["status"]) == {"complete"}
    assert len(epochs) == 12 * 2
    assert runs["chance"].unique() == [0.1]
    assert (runs["test_top1"].notna() == (runs["phase"] == "confirm")).all()  # tuning never scores the test split
    assert runs["validation_top1"].between(0.1, 1).all()
    assert runs["seed"].tolist() == [1_000_000 + number // 2 for number in range(8)] + [0, 0, 1, 1]
    last = epochs[epochs["epoch"] == 2].set_index("key")
    assert (last.loc[runs["key"], "validation_top1"].to_numpy() == runs["validation_top1"].to_numpy()).all()
    for _, point in runs.groupby("point"):
        tune, confirm = point[point["phase"] == "tune"], point[point["phase"] == "confirm"]
        assert confirm["lr"].nunique() == 1
        assert confirm["lr"].between(0.02, 1).all()
        assert tune["lr"].tolist() == pytest.approx(np.geomspace(0.02, 1.0, 4), rel=1e-3)


def test_rows_follow_their_runs(written: Written, rows: Rows) -> None:
    keys = [run.key for run in written.plan.runs]
    written.finish(0)
    written.tables.write(running={keys[1]})
    assert [row["status"] for row in rows(written.folder / "runs.csv")[:3]] == ["complete", "running", "missing"]
    written.finish(1, "failed", "a worker\nwas [killed], \"see\" log; '\udcff'")
    written.tables.write()
    failed = rows(written.folder / "runs.csv")[1]
    assert (failed["status"], failed["epochs"], failed["validation_top1"]) == ("failed", "0", "")
    assert failed["error"] == "a worker\nwas [killed], \"see\" log; '\\udcff'"
    written.tables.write(running={keys[1]})  # it is tried again
    again = rows(written.folder / "runs.csv")[1]
    assert (again["status"], again["error"], again["lr"]) == ("running", "", failed["lr"])
    written.finish(1)
    written.tables.write()
    assert rows(written.folder / "runs.csv")[1]["status"] == "complete"
    assert [row["key"] for row in rows(written.folder / "epochs.csv")] == [keys[0]] * 2 + [keys[1]] * 2


def test_numbers_are_exact(written: Written, rows: Rows) -> None:
    written.finish(0)
    written.tables.write()
    row = rows(written.folder / "runs.csv")[0]
    assert float(row["validation_top1"]) == 1 / 3
    assert float(row["lr"]) == written.records[row["key"]].params["lr"]
    assert [float(each["validation_top1"]) for each in rows(written.folder / "epochs.csv")] == [1 / 3] * 2


@pytest.mark.parametrize("status", ["diverged", "pruned"])
def test_a_run_that_diverged_or_was_pruned_keeps_its_row(written: Written, status: str) -> None:
    written.finish(0, status)
    written.tables.write()
    runs = check(pd.read_csv(written.folder / "runs.csv", dtype=str))
    assert runs.loc[0, "status"] == status
    assert pd.isna(runs.loc[0, "validation_top1"]) == (status == "diverged")


def test_weight_decay_is_the_recipes_unless_it_is_tuned(
    tiny: MakeStudy, tmp_path: Path, rows: Rows, outcome: Callable[..., Outcome]
) -> None:
    plain = Written(tiny(), tmp_path / "plain", outcome)
    plain.tables.write()
    assert {row["weight_decay"] for row in rows(tmp_path / "plain" / "runs.csv")} == {"0.0005"}
    tuned = Written(tiny(tune=sp.Tune(trials=7, weight_decay=(1e-6, 1e-2))), tmp_path / "tuned", outcome)
    tuned.finish(0)
    tuned.tables.write()
    decays = [row["weight_decay"] for row in rows(tmp_path / "tuned" / "runs.csv")]
    assert [float(decay) if decay else None for decay in decays[:2]] == pytest.approx([1e-4] * 2)
    assert decays[14:] == [""] * 4


def test_a_range_that_the_recipe_gives_is_in_the_table(
    tiny: MakeStudy, tmp_path: Path, rows: Rows, outcome: Callable[..., Outcome]
) -> None:
    written = Written(tiny(tune=sp.Tune(trials=4), recipe=sp.Recipe(epochs=2, lr=0.3)), tmp_path / "tiny", outcome)
    written.tables.write()
    assert {(row["lr_low"], row["lr_high"]) for row in rows(tmp_path / "tiny" / "runs.csv")} == {("0.06", "1.5")}


def test_a_row_is_only_worked_out_again_when_it_changes(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    worked_out: list[str] = []
    original = tables._planned
    monkeypatch.setattr(tables, "_planned", lambda run, params: worked_out.append(run.key) or original(run, params))
    keys = [run.key for run in written.plan.runs]
    written.tables.write()
    assert worked_out == keys
    for number in range(8):
        written.finish(number)
    written.tables.write(running={keys[8]})
    assert worked_out[12:] == keys  # the first eight have ended, the last four have learnt their learning rates
    before = (written.folder / "runs.csv").read_text()
    written.tables.write(running={keys[8]})
    assert len(worked_out) == 24
    assert (written.folder / "runs.csv").read_text() == before


def test_runs_that_a_race_has_dropped(tiny: MakeStudy, tmp_path: Path, rows: Rows) -> None:
    written = Written(tiny(seeds=sp.Seeds(2, 4)), tmp_path / "tiny", lambda *_, **__: None)  # type: ignore[arg-type]
    dropped = [run for run in written.plan.runs if run.phase == "confirm" and run.number >= 2]
    monkey = {run.key for run in dropped}
    written.agenda.dropped = lambda run: run.key in monkey  # type: ignore[method-assign]
    written.tables.write()
    assert [row["status"] for row in rows(tmp_path / "tiny" / "runs.csv")] == ["missing"] * 12 + ["dropped"] * 4
    assert check(pd.read_csv(tmp_path / "tiny" / "runs.csv", dtype=str))["status"].value_counts()["dropped"] == 4


def test_tables_take_but_a_part_of_the_time_and_are_never_forgotten(
    written: Written, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(tables, "monotonic", lambda: now[0])
    monkeypatch.setattr(tables, "write_atomically", lambda *_: now.__setitem__(0, now[0] + 0.5))  # two files: 1 s
    times = []
    for tenth in range(1_000):
        now[0] = 100 + tenth / 10 if not times else max(now[0], 100 + tenth / 10)
        before = now[0]
        if tenth in (3, 5, 7, 500):
            written.tables.note_change()
        written.tables.update()
        if now[0] > before:
            times.append(round(before - 100, 1))
    assert times == [0.3, 21.3, 50.0]  # the second shows both changes that had to wait


def test_the_images_of_a_real_study_that_were_right(undisturbed: Path) -> None:
    results = load(undisturbed)
    confirmed = results.confirmed
    assert set(results.correct) == set(confirmed["key"])
    for key, top1 in zip(confirmed["key"], confirmed["test_top1"], strict=True):
        assert results.correct[key].shape == (359,)
        assert results.correct[key].mean() == pytest.approx(top1, abs=1e-12)
