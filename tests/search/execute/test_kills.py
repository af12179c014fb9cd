"""Real processes killed at random moments: the final table is that of an undisturbed run, cell for cell.

Each test runs the tiny study by a process of its own and kills what it says, at moments drawn with a fixed seed.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from spectrum.results.study_progress import status
from spectrum.search.study import Study

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

MakeStudy = Callable[..., Study]

CONDUCT = """
import sys
import spectrum as sp
sp.run(sp.Study.from_json(sys.argv[1]), workers=int(sys.argv[2]), progress=False)
"""
TIMES = {"step_seconds", "train_seconds", "seconds"}
WAIT = 300.0


class Session:
    """A process that conducts a study, and the workers that it started."""

    def __init__(self, study: Study, *, workers: int) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", CONDUCT, study.to_json(), str(workers)])

    @property
    def over(self) -> bool:
        return self.process.poll() is not None

    def workers(self) -> list[int]:
        """Its living workers, those first that were started first."""
        children = []
        for thread in Path(f"/proc/{self.process.pid}/task").glob("*/children"):
            with suppress(OSError):
                children += map(int, thread.read_text().split())
        return sorted(filter(is_alive, children))

    def kill(self, number: int = signal.SIGKILL) -> None:
        self.process.send_signal(number)
        self.process.wait(WAIT)


def is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


def wait_until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WAIT
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.002)


class Journal:
    """The ledger's file, watched from outside: moments are counted in runs and checkpoints, not in seconds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def runs(self) -> Counter[str]:
        """How often each run stands in it."""
        path = self.folder / "journal.log"
        lines = path.read_text().splitlines() if path.exists() else []
        entries = [json.loads(line) for line in lines if line.endswith("}") and '"key"' in line]
        return Counter(entry["user_attrs"]["key"] for entry in entries)

    def moments(self) -> int:
        """Goes up with every checkpoint that is put in its place and with every run that is recorded."""
        checkpoints = self.folder / "checkpoints"
        inodes = {path.stat().st_ino for path in found(checkpoints)}
        return hash((frozenset(inodes), len(self.runs())))


def found(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.pt") if path.exists()]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def check(undisturbed: Path, runs: Path, rows: Any) -> Iterator[Callable[[], None]]:
    """Compares the study's tables with those of an undisturbed run, and looks into its journal."""

    def untimed(path: Path) -> list[dict[str, str]]:
        return [{name: cell for name, cell in row.items() if name not in TIMES} for row in rows(path)]

    def compare() -> None:
        folder = runs / "tiny"
        for table in ("runs.csv", "epochs.csv"):
            assert untimed(folder / table) == untimed(undisturbed / table)
        assert contents(folder / "weights") == contents(undisturbed / "weights")
        assert len(contents(folder / "weights")) == 2
        assert set(Journal(folder).runs().values()) == {1}
        assert len(Journal(folder).runs()) == 12
        assert list((folder / "checkpoints").iterdir()) == []
        assert status("tiny").finished

    return compare  # type: ignore[return-value]


def pause(journal: Journal, rng: random.Random, session: Session) -> None:
    """Until something new is on disk, and a random part of an epoch more."""
    before = journal.moments()
    wait_until(lambda: session.over or journal.moments() != before, "the study makes no progress")
    time.sleep(rng.random() * 0.3)


def test_two_workers_come_to_the_same_table(tiny: MakeStudy, check: Callable[[], None]) -> None:
    session = Session(tiny(), workers=2)
    assert session.process.wait(WAIT) == 0
    check()


def test_workers_killed_at_random_moments(tiny: MakeStudy, runs: Path, check: Callable[[], None]) -> None:
    rng, journal = random.Random(1), Journal(runs / "tiny")
    session = Session(tiny(), workers=1)
    killed = 0
    while not session.over and killed < 4:
        wait_until(lambda: session.over or bool(session.workers()), "no worker is started")
        if killed == 0:
            time.sleep(rng.random())  # while it starts
        else:
            pause(journal, rng, session)
        for worker in session.workers():
            kill(worker)
            killed += 1
    assert session.process.wait(WAIT) == 0
    assert killed == 4
    check()


def test_parent_and_workers_killed_at_random_moments(tiny: MakeStudy, runs: Path, check: Callable[[], None]) -> None:
    rng, journal = random.Random(2), Journal(runs / "tiny")
    for _ in range(4):
        session = Session(tiny(), workers=2)
        wait_until(lambda: bool(session.workers()), "no worker is started")  # noqa: B023
        pause(journal, rng, session)
        workers = session.workers()
        assert not session.over
        if rng.random() < 0.5:
            kill(workers[0])
        session.kill()
        wait_until(lambda: not any(map(is_alive, workers)), "a worker outlives its parent")  # noqa: B023
        assert not status("tiny").running
        assert status("tiny").counts["tune"]["running"] == 0
    assert Session(tiny(), workers=2).process.wait(WAIT) == 0
    check()


def test_ctrl_c_stops_at_once_and_goes_on(tiny: MakeStudy, runs: Path, check: Callable[[], None], rows: Any) -> None:
    rng, journal = random.Random(3), Journal(runs / "tiny")
    for _ in range(2):
        session = Session(tiny(), workers=2)
        wait_until(lambda: bool(session.workers()), "no worker is started")  # noqa: B023
        pause(journal, rng, session)
        workers = session.workers()
        session.kill(signal.SIGINT)
        assert session.process.returncode in (-signal.SIGINT, 130)
        assert not any(map(is_alive, workers))
        table = rows(runs / "tiny" / "runs.csv")
        assert not any(row["status"] in ("running", "failed") for row in table)
        assert {row["key"] for row in table if row["status"] == "complete"} == set(journal.runs())
    assert Session(tiny(), workers=2).process.wait(WAIT) == 0
    check()


def test_what_a_kill_cut_short_is_mended(tiny: MakeStudy, runs: Path, check: Callable[[], None]) -> None:
    """The last line of the journal, a checkpoint and the table, each half written."""
    journal = Journal(runs / "tiny")
    session = Session(tiny(), workers=1)
    wait_until(lambda: len(journal.runs()) == 2 and bool(found(journal.folder / "checkpoints")), "no third checkpoint")
    session.kill()
    path = journal.folder / "journal.log"
    path.write_bytes(path.read_bytes()[:-40])
    checkpoint = found(journal.folder / "checkpoints")[0]
    checkpoint.write_bytes(checkpoint.read_bytes()[:-40])
    (journal.folder / "checkpoints" / f"{checkpoint.name}.99.part").write_bytes(b"half")
    (journal.folder / "runs.csv").unlink()
    assert Session(tiny(), workers=1).process.wait(WAIT) == 0
    aside = checkpoint.with_suffix(".damaged")
    assert aside.exists()
    aside.unlink()
    check()
