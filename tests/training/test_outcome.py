"""Outcomes are plain values that survive JSON and need no torch; numpy unpacks what they pack."""

import base64
import json
import subprocess
import sys
from dataclasses import FrozenInstanceError, asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum.search.store.record import Record
from spectrum.training.outcome import Epoch, MultiLabelEpoch, MultiLabelScores, Outcome, Scores, packed

SCORES = Scores(top1=0.5, top5=0.9, cross_entropy=1.25)
EPOCH = Epoch(epoch=1, lr=0.1, train_loss=2.0, validation_loss=1.5, validation_top1=0.4, seconds=3.0)
OUTCOME = Outcome("complete", (EPOCH,), validation=SCORES, test=None, step_seconds=0.01, train_seconds=3.0)


def test_an_outcome_is_a_value_that_json_carries() -> None:
    held = json.loads(json.dumps(asdict(OUTCOME)))
    epochs = tuple(Epoch(**epoch) for epoch in held.pop("epochs"))
    assert Outcome(**held | {"epochs": epochs, "validation": Scores(**held["validation"])}) == OUTCOME
    with pytest.raises(FrozenInstanceError):
        OUTCOME.status = "pruned"  # type: ignore[misc]


def test_outcomes_need_no_torch() -> None:
    code = "import sys, spectrum.training.outcome; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@given(st.lists(st.booleans(), max_size=100))
def test_numpy_unpacks_what_was_packed(correct: list[bool]) -> None:
    bits = np.unpackbits(np.frombuffer(base64.b64decode(packed(correct)), np.uint8))
    assert bits[: len(correct)].astype(bool).tolist() == correct
    assert len(bits) == -(-len(correct) // 8) * 8
    assert not bits[len(correct) :].any()


def test_outcomes_of_several_classes_are_told_apart_by_their_fields() -> None:
    scores = MultiLabelScores(map=0.6, cross_entropy=0.2)
    epoch = scores.epoch(3, lr=0.1, train_loss=0.3, seconds=2.0)
    assert epoch == MultiLabelEpoch(3, 0.1, 0.3, validation_loss=0.2, validation_map=0.6, seconds=2.0)
    assert SCORES.epoch(3, lr=0.1, train_loss=0.3, seconds=2.0) == Epoch(3, 0.1, 0.3, 1.25, 0.5, 2.0)
    assert (scores.score, epoch.score, SCORES.score, EPOCH.score) == (0.6, 0.6, 0.5, 0.4)
    several = Outcome("complete", (epoch,), validation=scores, test=scores, step_seconds=0.01, train_seconds=3.0)
    for outcome in (several, OUTCOME):
        record = Record("key", {"lr": 0.1}, outcome)
        again = Record.from_attributes(json.loads(json.dumps(record.to_attributes())), {"lr": 0.1})
        assert again == record
        assert outcome.validation is not None
        assert record.score == outcome.validation.score
