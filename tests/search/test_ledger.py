"""The ledger of runs: what is recorded is there for good, once, and a store that is none is refused unharmed."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest

from spectrum.errors import StoreError
from spectrum.search.ledger import Ledger, Record
from spectrum.search.plan import Run
from spectrum.search.study import Study

MakeStudy = Callable[..., Study]

OUTCOME: dict[str, Any] = {
    "epochs": [{"epoch": 1, "validation_top1": 0.1 + 0.2}],
    "validation": {"top1": 1 / 3, "top5": 0.9, "cross_entropy": 1e-17},
    "test": None,
    "step_seconds": None,
}


@pytest.fixture
def run(tiny: MakeStudy) -> Run:
    plan = tiny().plan()
    return plan.runs(plan.points[0], "tune")[0]


@pytest.fixture(params=["journal", "sqlite"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    return tmp_path / "journal.log" if request.param == "journal" else f"sqlite:///{tmp_path}/store.db"


def record(key: str, status: str = "complete", error: str | None = None) -> Record:
    return Record(key, status, {"lr": 0.1}, {} if status == "failed" else OUTCOME, error)


def test_what_is_recorded_is_read_back(storage: str | Path, run: Run) -> None:
    written = [record(f"{number:016x}", status) for number, status in enumerate(["complete", "pruned", "diverged"])]
    written.append(record("3".zfill(16), "failed", "no reason: [bold]\udcff\n"))
    ledger = Ledger("study@1", storage=storage)
    assert ledger.records == {}
    for each in written:
        ledger.add(run, each, value=None if each.status == "failed" else 1 / 3)
    assert ledger.records == {each.key: each for each in written}
    assert Ledger("study@1", storage=storage).records == ledger.records
    assert [each.finished for each in written] == [True, True, True, False]


def test_definitions_share_a_store_without_mixing(storage: str | Path, run: Run) -> None:
    Ledger("study@1", storage=storage).add(run, record("a" * 16), value=0.5)
    assert Ledger("study@2", storage=storage).records == {}
    assert list(Ledger("study@1", storage=storage).records) == ["a" * 16]


def test_a_run_that_failed_and_then_did_not(storage: str | Path, run: Run) -> None:
    ledger = Ledger("study@1", storage=storage)
    ledger.add(run, record("a" * 16, "failed", "why"), value=None)
    ledger.add(run, record("a" * 16), value=0.5)
    assert Ledger("study@1", storage=storage).records["a" * 16].status == "complete"


def test_each_run_is_one_finished_trial_of_optuna(storage: str | Path, run: Run) -> None:
    ledger = Ledger("study@1", storage=storage)
    for number, status in enumerate(["complete", "pruned", "diverged", "failed"]):
        ledger.add(run, record(str(number), status), value=None if status == "failed" else number / 10)
    trials = ledger._study.get_trials()
    assert [trial.state.name for trial in trials] == ["COMPLETE", "PRUNED", "COMPLETE", "FAIL"]
    assert [trial.value for trial in trials] == [0.0, 0.1, 0.2, None]
    assert {trial.user_attrs["phase"] for trial in trials} == {"tune"}
    assert [trial.params for trial in trials] == [{"lr": 0.1}] * 4


def test_a_large_outcome(storage: str | Path, run: Run) -> None:
    epochs = [{"epoch": epoch, "validation_top1": epoch / 7919} for epoch in range(5_000)]
    Ledger("study@1", storage=storage).add(run, Record("k", "complete", {"lr": 0.1}, {"epochs": epochs}), value=0.5)
    assert Ledger("study@1", storage=storage).records["k"].outcome == {"epochs": epochs}


def test_trials_of_others_are_left_alone(storage: str | Path, run: Run) -> None:
    ledger = Ledger("study@1", storage=storage)
    ledger._study.enqueue_trial({"lr": 0.3})
    ledger.add(run, record("a" * 16), value=0.5)
    assert list(Ledger("study@1", storage=storage).records) == ["a" * 16]


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("nowhere", "Could not parse SQLAlchemy URL from given URL string"),
        ("sqlite:///{folder}", r"\(sqlite3\.OperationalError\) unable to open database file"),
        ("sqlite:///{folder}/no/such/folder.db", r"\(sqlite3\.OperationalError\) unable to open database file"),
        ("sqlite:///{folder}/letter.txt", r"\(sqlite3\.DatabaseError\) file is not a database"),
        ("oracel://somewhere/db", "Can't load plugin: sqlalchemy.dialects:oracel"),
    ],
)
def test_a_store_that_cannot_be_opened(tmp_path: Path, address: str, reason: str) -> None:
    (tmp_path / "letter.txt").write_text("Dear reader, " * 100)
    storage = address.format(folder=tmp_path)
    with pytest.raises(StoreError, match=rf"the store of a study can be opened, read and written, got .*: {reason}"):
        Ledger("study@1", storage=storage)
    assert (tmp_path / "letter.txt").read_text() == "Dear reader, " * 100


def test_another_programs_database_keeps_its_tables(tmp_path: Path, run: Run) -> None:
    with sqlite3.connect(tmp_path / "other.db") as database:
        database.execute("CREATE TABLE studies (name TEXT)")
    with pytest.raises(StoreError, match="check its address, that it is not another program's file"):
        Ledger("study@1", storage=f"sqlite:///{tmp_path}/other.db")


def test_passwords_are_not_shown(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as raised:
        Ledger("study@1", storage="nosuchdb://me:pass@word:x@host/db")
    assert "got nosuchdb://me:***@host/db:" in str(raised.value)
    assert "word" not in str(raised.value)


def test_a_users_own_optuna_log_is_left_alone(tmp_path: Path, run: Run) -> None:
    before = optuna.logging.get_verbosity()
    try:
        optuna.logging.set_verbosity(optuna.logging.DEBUG)
        Ledger("study@1", storage=tmp_path / "journal.log").add(run, record("a" * 16), value=0.5)
        assert optuna.logging.get_verbosity() == optuna.logging.DEBUG
    finally:
        optuna.logging.set_verbosity(before)
