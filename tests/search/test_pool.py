"""Worker processes: what they say arrives, whatever else they do, and none outlives its pool."""

import json
import os
import signal
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

import spectrum as sp
from spectrum.errors import SpectrumError
from spectrum.search import pool as pool_module
from spectrum.search.pool import Heard, Pool, Worker

JOB = {"name": "job"}


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Workers run a script instead, which starts at once."""

    def use(text: str) -> None:
        monkeypatch.setattr(pool_module, "COMMAND", (sys.executable, "-c", textwrap.dedent(text)))

    return use


def listen(pool: Pool, *, until_gone: bool = False) -> list[Any]:
    """The messages up to the first that says it is the last, or up to the end of the process."""
    messages: list[Any] = []
    while True:
        heard = pool.hear(seconds=60)
        assert heard is not None
        messages.append(heard.message)
        if heard.message is None or (not until_gone and "last" in heard.message):
            return messages


ECHO = """
import json, sys
for line in sys.stdin:
    print(json.dumps({"heard": json.loads(line), "last": True}), flush=True)
"""


def test_an_idle_worker_takes_the_next_job(script: Any, tmp_path: Path) -> None:
    script(ECHO)
    with Pool(1, log=tmp_path / "log") as pool:
        assert pool.free()
        first = pool.start(JOB)
        assert not pool.free()
        assert listen(pool) == [{"heard": JOB, "last": True}]
        pool.release(first, alive=True)
        assert pool.start({"second": "größer"}) is first
        assert listen(pool) == [{"heard": {"second": "größer"}, "last": True}]


def test_large_messages_pass_both_ways(script: Any, tmp_path: Path) -> None:
    script(ECHO)
    job = {"numbers": [number / 7 for number in range(200_000)]}
    with Pool(1, log=tmp_path / "log") as pool:
        pool.start(job)
        assert listen(pool) == [{"heard": job, "last": True}]


def test_what_is_no_message_is_passed_over(script: Any, tmp_path: Path) -> None:
    script(r"""
    import os
    os.write(1, b'hello\n\n[1, 2]\n3\nnull\n"epoch"\n\xff\xfe\x00\n{"epoch": 1}\n{"outcome": {"cut sho')
    """)
    with Pool(1, log=tmp_path / "log") as pool:
        worker = pool.start(JOB)
        assert listen(pool) == [{"epoch": 1}, None]
        assert worker.end == "ended with exit code 0"


def test_a_worker_that_dies_at_once(script: Any, tmp_path: Path) -> None:
    script("import sys; print('no such library', file=sys.stderr); sys.exit(3)")
    with Pool(1, log=tmp_path / "log") as pool:
        worker = pool.start(JOB)
        assert listen(pool) == [None]
        assert worker.end == "ended with exit code 3"
        pool.release(worker, alive=False)
        assert (tmp_path / "log").read_text() == "no such library\n"
        other = pool.start(JOB)
        assert other is not worker
        other.send(JOB)  # to a process that may be gone
        assert listen(pool) == [None]


def test_a_worker_that_is_killed_while_idle_gets_no_job(script: Any, tmp_path: Path) -> None:
    script(ECHO)
    with Pool(1, log=tmp_path / "log") as pool:
        first = pool.start(JOB)
        listen(pool)
        pool.release(first, alive=True)
        os.kill(first.pid, signal.SIGKILL)
        while first.alive:
            time.sleep(0.01)
        second = pool.start(JOB)
        assert second is not first
        heard = pool.hear(seconds=60) or pool.hear(seconds=60)  # the end of the first may be heard of, and is nobody's
        assert heard == Heard(second, {"heard": JOB, "last": True})
        assert first.end == "was killed by signal 9"


def test_what_a_worker_says_after_its_release_is_dropped(script: Any, tmp_path: Path) -> None:
    script(ECHO)
    with Pool(2, log=tmp_path / "log") as pool:
        first = pool.start(JOB)
        listen(pool)
        first.send({"late": True})
        pool.release(first, alive=True)
        assert pool.hear(seconds=60) is None


def test_no_worker_outlives_its_pool(script: Any, tmp_path: Path) -> None:
    script("import time; time.sleep(600)")
    workers: list[Worker] = []

    def interrupted() -> None:
        with Pool(2, log=tmp_path / "log") as pool:
            workers.extend([pool.start(JOB), pool.start(JOB)])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not any(worker.alive for worker in workers)
    assert [worker.end for worker in workers] == ["was killed by signal 9"] * 2


def test_workers_have_a_session_of_their_own(script: Any, tmp_path: Path) -> None:
    script(ECHO)
    with Pool(1, log=tmp_path / "log") as pool:  # so that the terminal's Ctrl-C does not reach them
        assert os.getsid(pool.start(JOB).pid) != os.getsid(0)


def test_a_machine_that_refuses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pool_module, "COMMAND", (str(tmp_path / "python"),))
    with pytest.raises(SpectrumError) as raised, Pool(1, log=tmp_path / "log") as pool:
        pool.start(JOB)
    assert str(raised.value) == (
        "a worker is a process of its own, got No such file or directory when starting one; free memory, space or "
        "processes, or use fewer workers"
    )


OWN = """
import os
import sys
import numpy as np

def digits():
    print('{"outcome": "forged"}', flush=True)
    os.write(1, b'{"outcome": "forged"}')
    sys.stdout.write("no end of line")
    try:
        input("Your name? ")
    except EOFError:
        pass
    rng = np.random.default_rng(0)
    return rng.integers(0, 255, (300, 8, 8), dtype=np.uint8), np.arange(300) % 10

def broken():
    raise ValueError("first line\\nsecond line: \\udcff [bold]")
"""


@pytest.mark.slow
def test_a_real_worker_with_a_users_own_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It prints, forges answers and reads, and its folder has modules named like Python's own: all to no effect."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "own_data.py").write_text(OWN)
    for name in ("random", "queue", "select", "torch"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('not meant to be imported')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path / "modules")
    job = {
        "network": sp.networks.small(classes=10, width=2, stem_stride=1).to_json(),
        "data": "own_data:digits",
        "recipe": sp.Recipe(epochs=1, batch=32).to_json(),
        "seed": 0,
        "checkpoint": str(tmp_path / "run.pt"),
        "test": True,
    }
    with Pool(1, log=tmp_path / "log") as pool:
        worker = pool.start(job)
        epoch = pool.hear(seconds=120)
        assert epoch is not None
        assert epoch.message is not None
        assert epoch.message["epoch"]["epoch"] == 1
        worker.send({"go_on": True})
        assert outcome_of(pool)["status"] == "complete"
        pool.release(worker, alive=True)
        assert '{"outcome": "forged"}' in (tmp_path / "log").read_text()

        assert pool.start({**job, "data": "own_data:broken"}) is worker
        assert answer(pool) == {
            "error": "the function own_data:broken must return images and labels, got ValueError: first line second "
            "line: \\udcff [bold]; correct it",
            "again": False,
        }
        pool.release(worker, alive=True)

        Path(job["checkpoint"]).write_bytes(b"PK\x03\x04 cut short")
        pool.start(job)
        note = answer(pool)
        assert note["note"] == (
            "the run starts over, since its checkpoint cannot be used (damaged: it does not begin as one); "
            f"the file is kept as {tmp_path / 'run.damaged'}"
        )
        assert answer(pool)["epoch"]["epoch"] == 1
        worker.send({"go_on": False})
        assert outcome_of(pool)["status"] == "pruned"


def answer(pool: Pool) -> dict[str, Any]:
    heard = pool.hear(seconds=120)
    assert heard is not None
    assert heard.message is not None
    return heard.message


def outcome_of(pool: Pool) -> dict[str, Any]:
    outcome: dict[str, Any] = answer(pool)["outcome"]
    return outcome


def test_a_worker_ends_with_its_parents_pipe(script: Any, tmp_path: Path) -> None:
    """As it does when the parent is killed: the system closes the pipe."""
    pool = Pool(1, log=tmp_path / "log")
    script(ECHO)
    worker = pool.start(JOB)
    assert json.loads(json.dumps(listen(pool)[0]))["heard"] == JOB
    assert isinstance(worker, Worker)
    worker._process.stdin.close()  # type: ignore[union-attr]
    assert worker.end == "ended with exit code 0"
    with pool:
        pass
