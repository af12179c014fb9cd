"""The address of a store: no password of it is ever shown, whatever the shape of the URL."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum.errors import StoreError
from spectrum.search.store.address import checked_storage, shown, without_secrets
from spectrum.search.store.ledger import open_ledger


@pytest.mark.parametrize(
    ("storage", "text"),
    [
        (Path("/runs/digits/journal.log"), "/runs/digits/journal.log"),
        ("sqlite:///runs.db", "sqlite:///runs.db"),
        ("sqlite:////data/my runs.db", "sqlite:////data/my runs.db"),
        ("postgresql://host/db", "postgresql://host/db"),
        ("postgresql+psycopg://me@host:5432/db", "postgresql+psycopg://host/db"),
        ("mysql://me:hunter2@host/db?charset=utf8", "mysql://host/db"),
        ("postgresql://me:hun/ter2@host/db", "postgresql://..."),
        ("postgresql://host/db?user=me&password=hunter2", "postgresql://host/db"),
        ("postgresql://host/db?password=hun@ter2", "postgresql://..."),
        ("postgresql://me:hunter2", "postgresql://..."),
        ("me:hunter2@host/db", "an address that is no URL"),
        ("sqlite:///runs.db?key=hunter2", "sqlite://..."),
        ("hunter2 me@://host", "an address that is no URL"),
    ],
)
def test_what_is_shown_of_an_address(storage: str | Path, text: str) -> None:
    assert shown(storage) == text


@pytest.mark.parametrize(
    "storage",
    [
        "nosuchdb://me:{secret}@host/db",
        "nosuchdb://me:pass@{secret}:x@host/db",
        "nosuchdb://u/ser:{secret}@host/db",
        "nosuchdb://host/db?user=me&password={secret}",
        "sqlite:///no/such/folder/x.db?password={secret}",
        "nosuchdb:/me:{secret}@host/db",
        "me:{secret}@host/db",
        "{secret}",
    ],
)
@pytest.mark.parametrize("secret", ["hunter2", "h%40nter2", "tr0ub4dor&3"])
def test_no_password_in_a_message(storage: str, secret: str) -> None:
    with pytest.raises(StoreError) as raised, open_ledger("study", storage.format(secret=secret)):
        pass
    shown_text = str(raised.value)
    assert not any(part in shown_text for part in (secret, "hunter2", "h@nter2", "tr0ub4dor"))


SECRETS = st.text(st.characters(categories=["L", "N"]), min_size=4, max_size=20).map(lambda text: f"#{text}")


@given(secret=SECRETS, before=st.text(max_size=5), after=st.text(max_size=5))
def test_any_message_that_quotes_the_address(secret: str, before: str, after: str) -> None:
    storage = f"postgresql://{before}me:{secret}@host/{after}db"
    assert secret[1:] not in without_secrets(f"cannot reach {storage!r} as {secret}", storage).replace(
        shown(storage), ""
    )


def test_the_rest_of_a_message_stays() -> None:
    storage = "postgresql://me:hunter2@host/db?sslmode=require"
    message = 'connection to server at "host" failed: password authentication failed for user "me" (sslmode require)'
    assert without_secrets(message, storage) == (
        'connection to server at "host" failed: password authentication failed for user "***" (sslmode ***)'
    )
    assert without_secrets("all of it", Path("/all/of/it")) == "all of it"


def test_an_address_that_is_none() -> None:
    assert checked_storage("sqlite:///runs.db") == "sqlite:///runs.db"
    for other in (b"postgresql://me:hunter2@host/db", Path("postgresql://me:hunter2@host/db"), 5):
        with pytest.raises(StoreError, match="a storage is an Optuna URL"):
            checked_storage(other)
    with pytest.raises(StoreError) as raised:
        checked_storage("me:hunter2@host/db")
    assert str(raised.value) == (
        "a storage is an Optuna URL such as sqlite:///runs.db, got text without '://' (not shown, as it may hold a "
        "password); correct it, or leave it out for a journal file in the study's folder"
    )
