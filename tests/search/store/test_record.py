"""A run as the ledger has it: whole when read back, and never better than it was."""

import json
import math
from collections.abc import Callable

import pytest

from spectrum.errors import StoreError
from spectrum.search.store.record import Record
from spectrum.training.outcome import Outcome


@pytest.mark.parametrize("status", ["complete", "pruned", "diverged"])
def test_the_way_through_json(outcome: Callable[..., Outcome], status: str) -> None:
    record = Record("k", {"lr": 0.1}, outcome(3, status=status, test=True, top1=1 / 3))
    assert Record.from_attributes(json.loads(json.dumps(record.to_attributes())), {"lr": 0.1}) == record
    assert (record.status, record.finished) == (status, True)


def test_a_failure() -> None:
    record = Record("k", {"lr": 0.1}, None, "no reason")
    assert Record.from_attributes(json.loads(json.dumps(record.to_attributes())), {"lr": 0.1}) == record
    assert (record.status, record.finished, record.score, record.cross_entropy) == ("failed", False, 0.0, math.inf)


def test_a_run_that_diverged_is_below_all_that_learned(outcome: Callable[..., Outcome]) -> None:
    diverged = Record("k", {}, outcome(0, status="diverged"))
    assert (diverged.score, diverged.cross_entropy) == (0.0, math.inf)
    assert (Record("k", {}, outcome()).score, Record("k", {}, outcome()).cross_entropy) == (0.5, 1.5)


@pytest.mark.parametrize(
    "attributes", [{}, {"key": "k"}, {"key": "k", "outcome": {"status": "complete"}, "error": None}]
)
def test_what_is_not_whole(attributes: dict[str, object]) -> None:
    with pytest.raises(StoreError, match=r"a run is stored with its outcome, got .* without a whole one .*; move the"):
        Record.from_attributes(attributes, {})
