"""The journal file: cut short anywhere it is mended, and what is none stays as it is."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import spectrum as sp
from spectrum.errors import StoreError
from spectrum.search.plan import Run
from spectrum.search.store.ledger import Ledger, open_ledger
from spectrum.search.store.record import Record
from spectrum.search.study import Study
from spectrum.training.outcome import Outcome

MakeStudy = Callable[..., Study]


@pytest.fixture
def run(tiny: MakeStudy) -> Run:
    return sp.plan(tiny()).runs[0]


@pytest.fixture
def record(outcome: Callable[..., Outcome]) -> Callable[[str], Record]:
    return lambda key: Record(key, {"lr": 0.1}, outcome())


def opened(journal: Path) -> Ledger:
    """The ledger in a journal, which nobody else has open."""
    with open_ledger("study", journal) as ledger:
        return ledger


def test_a_journal_cut_short_is_mended_wherever_it_was_cut(
    tmp_path: Path, run: Run, record: Callable[[str], Record]
) -> None:
    journal = tmp_path / "journal.log"
    ledger = opened(journal)
    ledger.add(run, record("a" * 16))
    whole = journal.read_bytes()
    ledger.add(run, record("b" * 16))
    full = journal.read_bytes()
    assert full.startswith(whole)
    for cut in [0, 1, 5, 13, *range(len(whole) - 3, len(full), 97), len(full) - 1]:
        journal.write_bytes(full[:cut])
        again = opened(journal)
        lines = full[:cut].count(b"\n")
        assert list(again.records) == ["a" * 16][: max(0, lines - 1)]
        again.add(run, record("c" * 16))
        assert list(opened(journal).records) == [*again.records]
        for line in journal.read_bytes().splitlines():
            json.loads(line)


def test_opening_a_journal_changes_no_line_of_it(tmp_path: Path, run: Run, record: Callable[[str], Record]) -> None:
    journal = tmp_path / "journal.log"
    opened(journal).add(run, record("a" * 16))
    before = journal.read_bytes()
    opened(journal)
    assert journal.read_bytes().startswith(before)


@pytest.mark.parametrize(
    "content", [b"a letter\nwithout an end", b"a letter\n", b"\x00\xff\xd8", b'{"op": 1}\n{"op"', b'{"op_code":\n']
)
def test_another_programs_file_is_refused_unharmed(tmp_path: Path, content: bytes) -> None:
    journal = tmp_path / "journal.log"
    journal.write_bytes(content)
    with pytest.raises(
        StoreError, match=r"the study store .*journal\.log: .*; check its address, that it is not another program's"
    ):
        opened(journal)
    assert journal.read_bytes() == content


def test_a_journal_that_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Is a directory"):
        opened(tmp_path)
