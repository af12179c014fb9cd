"""The journal file: cut short anywhere it is mended, and what is none stays as it is."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from spectrum.errors import StoreError
from spectrum.search.ledger import Ledger, Record
from spectrum.search.plan import Run
from spectrum.search.study import Study

MakeStudy = Callable[..., Study]


@pytest.fixture
def run(tiny: MakeStudy) -> Run:
    plan = tiny().plan()
    return plan.runs(plan.points[0], "tune")[0]


def record(key: str) -> Record:
    return Record(key, "complete", {"lr": 0.1}, {"epochs": [{"epoch": 1, "validation_top1": 1 / 3}]})


def test_a_journal_cut_short_is_mended_wherever_it_was_cut(tmp_path: Path, run: Run) -> None:
    journal = tmp_path / "journal.log"
    ledger = Ledger("study@1", storage=journal)
    ledger.add(run, record("a" * 16), value=0.5)
    whole = journal.read_bytes()
    ledger.add(run, record("b" * 16), value=0.6)
    full = journal.read_bytes()
    assert full.startswith(whole)
    for cut in [0, 1, 5, 13, *range(len(whole) - 3, len(full), 97), len(full) - 1]:
        journal.write_bytes(full[:cut])
        again = Ledger("study@1", storage=journal)
        lines = full[:cut].count(b"\n")
        assert list(again.records) == ["a" * 16][: max(0, lines - 1)]
        again.add(run, record("c" * 16), value=0.7)
        assert list(Ledger("study@1", storage=journal).records) == [*again.records]
        for line in journal.read_bytes().splitlines():
            json.loads(line)


def test_opening_a_journal_changes_no_line_of_it(tmp_path: Path, run: Run) -> None:
    journal = tmp_path / "journal.log"
    Ledger("study@1", storage=journal).add(run, record("a" * 16), value=0.5)
    before = journal.read_bytes()
    Ledger("study@1", storage=journal)
    assert journal.read_bytes().startswith(before)


@pytest.mark.parametrize(
    "content", [b"a letter\nwithout an end", b"a letter\n", b"\x00\xff\xd8", b'{"op": 1}\n{"op"', b'{"op_code":\n']
)
def test_another_programs_file_is_refused_unharmed(tmp_path: Path, content: bytes) -> None:
    journal = tmp_path / "journal.log"
    journal.write_bytes(content)
    with pytest.raises(
        StoreError, match=r"got .*journal\.log: .*; check its address, that it is not another program's"
    ):
        Ledger("study@1", storage=journal)
    assert journal.read_bytes() == content


def test_a_journal_that_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Is a directory"):
        Ledger("study@1", storage=tmp_path)
