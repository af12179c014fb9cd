"""The lease in a database: one process runs a study, until it says so, dies, or is not heard of for too long."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, select, update

from spectrum.errors import StoreError
from spectrum.search.store.lease import LEASES, Lease
from spectrum.search.store.ledger import open_ledger

HOLD = """
import sys, time
from sqlalchemy import create_engine
from spectrum.search.store.lease import Lease
with Lease(create_engine(sys.argv[1]), "digits"):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/store.db"


@pytest.fixture
def engine(address: str) -> Engine:
    return create_engine(address)


def row(engine: Engine) -> Any:
    with engine.begin() as connection:
        return connection.execute(select(LEASES)).one()


def rewrite(engine: Engine, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(update(LEASES).values(**values))


def test_one_process_at_a_time_and_the_dead_give_way_at_once(address: str, engine: Engine) -> None:
    command = [sys.executable, "-c", HOLD, address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(StoreError) as raised, Lease(engine, "digits"):
            pass
        assert str(raised.value).startswith(
            f"a study is run by one process at a time, got a second one for 'digits' in the same store while process "
            f"{other.pid} on "
        )
        assert str(raised.value).endswith("wait for that one or stop it (one that was killed gives way after 60 s)")
        with Lease(engine, "fashion"):  # another study of the same store
            pass
        other.send_signal(signal.SIGKILL)
    with Lease(engine, "digits"):
        assert json.loads(next(iter(holders(engine)))).get("process")


def holders(engine: Engine) -> list[str]:
    with engine.begin() as connection:
        return [each.holder for each in connection.execute(select(LEASES).where(LEASES.c.study == "digits"))]


def test_a_second_ledger_on_the_same_database_is_refused(address: str) -> None:
    with (
        open_ledger("digits", address),
        pytest.raises(StoreError, match="got a second one for 'digits' in the same store while process"),
        open_ledger("digits", address),
    ):
        pass
    with open_ledger("digits", address):
        pass


def test_the_dead_of_another_host_give_way_when_their_lease_expires(engine: Engine) -> None:
    with Lease(engine, "digits"):
        pass
    elsewhere = json.dumps({"host": "elsewhere", "process": 1})
    rewrite(engine, holder=elsewhere, expires=time.time() + 600)
    with pytest.raises(StoreError, match="while process 1 on elsewhere runs it"), Lease(engine, "digits"):
        pass
    rewrite(engine, expires=time.time() - 10)
    with Lease(engine, "digits"):
        assert row(engine).holder != elsewhere


def test_a_holder_that_nobody_can_read_is_waited_for(engine: Engine) -> None:
    with Lease(engine, "digits"):
        pass
    rewrite(engine, holder="?", expires=time.time() + 600)
    with pytest.raises(StoreError, match=r"while process \? on another host runs it"), Lease(engine, "digits"):
        pass


def test_it_is_renewed_and_let_go(engine: Engine) -> None:
    with Lease(engine, "digits", seconds=2.0) as lease:
        first = row(engine).expires
        while row(engine).expires == first:
            time.sleep(0.05)
        lease.check()
    assert row(engine).expires == 0.0


def test_one_that_was_cut_off_too_long_stops_where_another_has_taken_over(engine: Engine) -> None:
    with Lease(engine, "digits") as lease:
        lease._renewed -= 120  # as if it had been suspended
        lease.check()  # nobody has taken over
        lease._renewed -= 120
        rewrite(engine, holder=json.dumps({"host": "elsewhere", "process": 1}))
        with pytest.raises(StoreError) as raised:
            lease.check()
    assert str(raised.value) == (
        "a study is run by one process at a time, got one that lost its lease of 'digits' after more than 60 s without "
        "contact to the store, and another process runs it now; wait for that one or stop it"
    )
    assert json.loads(row(engine).holder) == {"host": "elsewhere", "process": 1}
