"""Who runs a study whose ledger is a database: one process at a time, on this host or another.

A row of the database names the holder and when its lease expires, by the database's own clock. The holder renews it
while it lives; a process of the same host that is gone is seen to be gone at once.
"""

import json
import os
import socket
import threading
import time
import uuid
from contextlib import suppress
from datetime import UTC
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Column, Connection, Engine, Float, MetaData, String, Table, Text, func, insert, select, update
from sqlalchemy.exc import DatabaseError, IntegrityError, SQLAlchemyError

from spectrum.errors import StoreError

SECONDS = 60.0
"""How long a lease lasts unless it is renewed."""

LEASES = Table(
    "spectrum_leases",
    MetaData(),
    Column("study", String(255), primary_key=True),
    Column("holder", Text, nullable=False),
    Column("expires", Float, nullable=False),
)


class Lease:
    """The right to run one study of a database, from entering to leaving the context.

    Args:
        engine: of the database.
        study: the study's name.
        seconds: how long the lease lasts unless it is renewed, which happens four times in that time.

    Raises:
        StoreError: where another process holds it; from `check`, where another has taken it over.
    """

    def __init__(self, engine: Engine, study: str, *, seconds: float = SECONDS) -> None:
        self._engine, self._study, self._seconds = engine, study, seconds
        self._me = json.dumps({**_this_host(), "process": os.getpid(), "token": uuid.uuid4().hex})
        self._renewed = -float("inf")
        self._over = threading.Event()
        self._renewal = threading.Thread(target=self._keep_renewing, daemon=True)

    def __enter__(self) -> Self:
        with suppress(DatabaseError), self._engine.begin() as connection:  # another process may be quicker
            LEASES.create(connection, checkfirst=True)
        self._acquire()
        self._renewed = time.monotonic()
        self._renewal.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._renewal.join()
        with suppress(SQLAlchemyError), self._engine.begin() as connection:  # else it expires
            self._set(connection, expires=0.0)

    def check(self) -> None:
        """Raise StoreError where the lease is another's by now: this process was suspended or cut off for too long."""
        if time.monotonic() - self._renewed > self._seconds and not self._renew():
            raise StoreError(
                f"a study is run by one process at a time, got one that lost its lease of {self._study!r} after more "
                f"than {self._seconds:g} s without contact to the store, and another process runs it now; wait for "
                "that one or stop it"
            )

    def _acquire(self) -> None:
        try:
            with self._engine.begin() as connection:
                row = connection.execute(select(LEASES).where(LEASES.c.study == self._study)).one_or_none()
                expires = _now(connection) + self._seconds
                if row is None:
                    connection.execute(insert(LEASES).values(study=self._study, holder=self._me, expires=expires))
                    return
                if row.expires <= _now(connection) or _is_gone(row.holder):
                    same = (LEASES.c.holder == row.holder) & (LEASES.c.expires == row.expires)
                    taken = update(LEASES).where(LEASES.c.study == self._study, same)
                    if connection.execute(taken.values(holder=self._me, expires=expires)).rowcount == 1:
                        return
                other = _named(row.holder)
        except IntegrityError:  # another process was quicker to insert its row
            other = "another process"
        raise StoreError(
            f"a study is run by one process at a time, got a second one for {self._study!r} in the same store while "
            f"{other} runs it; wait for that one or stop it (one that was killed gives way after {self._seconds:g} s)"
        )

    def _set(self, connection: Connection, *, expires: float) -> bool:
        """Whether the row was still this process's."""
        mine = (LEASES.c.study == self._study) & (LEASES.c.holder == self._me)
        return connection.execute(update(LEASES).where(mine).values(expires=expires)).rowcount == 1

    def _renew(self) -> bool:
        with self._engine.begin() as connection:
            held = self._set(connection, expires=_now(connection) + self._seconds)
        if held:
            self._renewed = time.monotonic()
        return held

    def _keep_renewing(self) -> None:
        while not self._over.wait(self._seconds / 4):
            with suppress(SQLAlchemyError):  # the database may be back in time
                self._renew()


def _now(connection: Connection) -> float:
    """Seconds by the database's clock, which all hosts share."""
    now = connection.execute(select(func.current_timestamp())).scalar_one()
    return float((now if now.tzinfo else now.replace(tzinfo=UTC)).timestamp())  # one zone for all, whichever it is


def _this_host() -> dict[str, str]:
    """What tells the processes that this one could see from all others: containers of one host count as hosts."""
    host = {"host": socket.gethostname()}
    with suppress(OSError):
        host["boot"] = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        host["processes"] = os.readlink("/proc/self/ns/pid")
    return host


def _is_gone(holder: str) -> bool:
    """Whether a holder was a process of this host that does not exist any more."""
    known = _read(holder)
    here = _this_host()
    if "boot" not in here or any(known.get(name) != value for name, value in here.items()):
        return False
    try:
        os.kill(int(known["process"]), 0)
    except ProcessLookupError:
        return True
    except (KeyError, TypeError, ValueError, OSError):
        return False
    return False


def _named(holder: str) -> str:
    known = _read(holder)
    return f"process {known.get('process', '?')} on {known.get('host', 'another host')}"


def _read(holder: str) -> dict[str, Any]:
    with suppress(ValueError):
        known = json.loads(holder)
        if isinstance(known, dict):
            return known
    return {}
