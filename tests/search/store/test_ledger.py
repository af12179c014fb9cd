"""The ledger of runs: what is recorded is there for good, once, and a store that is none is refused unharmed."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest

import spectrum as sp
from spectrum.errors import StoreError
from spectrum.search.plan import Run
from spectrum.search.store.ledger import open_ledger
from spectrum.search.store.record import Record
from spectrum.search.study import Study
from spectrum.training.outcome import Outcome

MakeStudy = Callable[..., Study]
MakeOutcome = Callable[..., Outcome]


@pytest.fixture
def run(tiny: MakeStudy) -> Run:
    return sp.plan(tiny()).runs[0]


@pytest.fixture(params=["journal", "sqlite"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    return tmp_path / "journal.log" if request.param == "journal" else f"sqlite:///{tmp_path}/store.db"


@pytest.fixture
def record(outcome: MakeOutcome) -> Callable[..., Record]:
    def make(key: str, status: str = "complete", error: str | None = None, **more: Any) -> Record:
        return Record(key, {"lr": 0.1}, None if status == "failed" else outcome(status=status, **more), error)

    return make


def test_what_is_recorded_is_read_back(storage: str | Path, run: Run, record: Callable[..., Record]) -> None:
    written = [record(f"{number:016x}", status) for number, status in enumerate(["complete", "pruned", "diverged"])]
    written.append(record("3".zfill(16), "failed", "no reason: [bold]\udcff\n"))
    with open_ledger("study", storage) as ledger:
        assert ledger.records == {}
        for each in written:
            ledger.add(run, each)
        assert ledger.records == {each.key: each for each in written}
        assert ledger.finished == 3
    with open_ledger("study", storage) as again:
        assert again.records == {each.key: each for each in written}


def test_studies_share_a_store_without_mixing(storage: str | Path, run: Run, record: Callable[..., Record]) -> None:
    with open_ledger("one", storage) as ledger:
        ledger.add(run, record("a" * 16))
        ledger.write_fact("data", "of the one")
    with open_ledger("two", storage) as other:
        assert (other.records, other.fact("data")) == ({}, None)
    with open_ledger("one", storage) as again:
        assert list(again.records) == ["a" * 16]
        assert again.fact("data") == "of the one"


def test_a_run_that_failed_and_then_did_not(storage: str | Path, run: Run, record: Callable[..., Record]) -> None:
    with open_ledger("study", storage) as ledger:
        ledger.add(run, record("a" * 16, "failed", "why"))
        ledger.add(run, record("a" * 16))
    with open_ledger("study", storage) as again:
        assert again.records["a" * 16].status == "complete"


def test_optunas_own_tools_can_read_it(storage: str | Path, run: Run, record: Callable[..., Record]) -> None:
    with open_ledger("study", storage) as ledger:
        for number, status in enumerate(["complete", "pruned", "diverged", "failed"]):
            ledger.add(run, record(str(number), status, epochs=3, top1=number / 10))
        trials = ledger._study.get_trials()
    assert [trial.state.name for trial in trials] == ["COMPLETE", "PRUNED", "COMPLETE", "FAIL"]
    assert [trial.value for trial in trials] == [0.0, 0.1, 0.0, None]
    assert [trial.params for trial in trials] == [{"lr": 0.1}] * 4
    assert trials[1].intermediate_values == {1: 0.1, 2: 0.1, 3: 0.1}
    assert trials[0].duration.total_seconds() == pytest.approx(1.5)  # type: ignore[union-attr]
    described = {"point": "1", "segments": "1", "budget": "5 k params, 40 k MACs", "phase": "tune", "seed": 1_000_000}
    assert described.items() <= trials[0].user_attrs.items()


def test_a_large_outcome(storage: str | Path, run: Run, record: Callable[..., Record]) -> None:
    large = record("k", epochs=5_000)
    with open_ledger("study", storage) as ledger:
        ledger.add(run, large)
    with open_ledger("study", storage) as again:
        assert again.records["k"] == large


def test_trials_of_others_are_left_alone(storage: str | Path, run: Run, record: Callable[..., Record]) -> None:
    with open_ledger("study", storage) as ledger:
        ledger._study.enqueue_trial({"lr": 0.3})
        ledger.add(run, record("a" * 16))
    with open_ledger("study", storage) as again:
        assert list(again.records) == ["a" * 16]


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
    with (
        pytest.raises(StoreError, match=rf"cannot open, read or write the study store .*: {reason}; check its address"),
        open_ledger("study", storage),
    ):
        pass
    assert (tmp_path / "letter.txt").read_text() == "Dear reader, " * 100


def test_another_programs_database_keeps_its_tables(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as database:
        database.execute("CREATE TABLE studies (name TEXT)")
    with (
        pytest.raises(StoreError, match="check its address, that it is not another program's file"),
        open_ledger("study", f"sqlite:///{tmp_path}/other.db"),
    ):
        pass


OPEN = """
import sys
from spectrum.search.store.ledger import open_ledger
with open_ledger(sys.argv[1], sys.argv[2]) as ledger:
    ledger.write_fact("data", sys.argv[1])
"""


@pytest.mark.slow
def test_an_empty_database_that_many_open_at_once(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path}/store.db"
    started = [
        subprocess.Popen([sys.executable, "-c", OPEN, f"study{number}", storage], stderr=subprocess.PIPE, text=True)
        for number in range(4)
    ]
    assert [(process.communicate()[1], process.returncode) for process in started] == [("", 0)] * 4


def test_a_run_without_its_outcome(storage: str | Path, run: Run, record: Callable[..., Record]) -> None:
    with open_ledger("study", storage) as ledger:
        ledger.add(run, record("a" * 16))
        damaged = {**ledger._study.get_trials()[0].user_attrs, "outcome": {"status": "complete"}}
        ledger._study.add_trial(optuna.trial.create_trial(value=0.5, user_attrs=damaged))
    with (
        pytest.raises(StoreError, match="a run is stored with its outcome, got 'aaaaaaaaaaaaaaaa' without a whole one"),
        open_ledger("study", storage),
    ):
        pass


def test_a_users_own_optuna_log_is_left_alone(tmp_path: Path, run: Run, record: Callable[..., Record]) -> None:
    before = optuna.logging.get_verbosity()
    try:
        optuna.logging.set_verbosity(optuna.logging.DEBUG)
        with open_ledger("study", tmp_path / "journal.log") as ledger:
            ledger.add(run, record("a" * 16))
        assert optuna.logging.get_verbosity() == optuna.logging.DEBUG
    finally:
        optuna.logging.set_verbosity(before)
