"""What a worker does with a job, without its process."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import spectrum as sp
from spectrum.errors import DataError
from spectrum.search.study import Study
from spectrum.search.worker import perform
from spectrum.training.data.loading import load
from spectrum.training.loop import train
from spectrum.training.outcome import Epoch

MakeStudy = Callable[..., Study]


@pytest.fixture
def job(tiny: MakeStudy, tmp_path: Path) -> dict[str, Any]:
    return {
        "network": tiny().plan().points[0].match.network.to_json(),
        "data": "digits",
        "recipe": sp.Recipe(epochs=2, batch=128, lr=0.2).to_json(),
        "seed": 3,
        "checkpoint": str(tmp_path / "run.pt"),
        "test": True,
    }


def test_a_job_is_trained_as_it_says(job: dict[str, Any]) -> None:
    seen: list[Epoch] = []
    outcome = perform(job, lambda epoch: seen.append(epoch) or True, print)  # type: ignore[func-returns-value]
    network, recipe = sp.Network.from_json(job["network"]), sp.Recipe.from_json(job["recipe"])
    alone = train(network, load("digits"), recipe=recipe, seed=3, test=True)
    assert outcome["status"] == "complete"
    assert outcome["test"]["cross_entropy"] == alone.test.cross_entropy  # type: ignore[union-attr]
    assert [epoch["train_loss"] for epoch in outcome["epochs"]] == [epoch.train_loss for epoch in alone.epochs]
    assert [epoch.validation_top1 for epoch in seen] == [epoch.validation_top1 for epoch in alone.epochs]
    assert json.loads(json.dumps(outcome))["validation"] == outcome["validation"]


def test_a_tuning_job_never_sees_the_test_split(job: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    data = load("digits")

    class Forbidden:
        def __len__(self) -> int:
            raise AssertionError("the test split was read")

    monkeypatch.setattr("spectrum.search.worker._data", lambda name: data)
    object.__setattr__(data, "test", Forbidden())
    assert perform({**job, "test": False}, lambda epoch: True, print)["test"] is None
    with pytest.raises((AssertionError, AttributeError)):
        perform({**job, "checkpoint": job["checkpoint"] + "2"}, lambda epoch: True, print)


def test_a_stopped_job(job: dict[str, Any]) -> None:
    outcome = perform(job, lambda epoch: False, print)
    assert (outcome["status"], len(outcome["epochs"]), outcome["test"]) == ("pruned", 1, None)


def test_a_job_with_bad_data(job: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="there is no data set 'digit'"):
        perform({**job, "data": "digit"}, lambda epoch: True, print)


def test_a_checkpoint_cut_short_starts_the_run_over_with_a_note(job: dict[str, Any], tmp_path: Path) -> None:
    notes: list[str] = []
    expected = perform(job, lambda epoch: True, notes.append)
    path = Path(job["checkpoint"])
    path.write_bytes(path.read_bytes()[:-100])
    again = perform(job, lambda epoch: True, notes.append)
    assert again["test"] == expected["test"]
    (note,) = notes
    assert note.endswith(
        f"cannot be used (damaged: its checksum is wrong); the file is kept as {tmp_path / 'run.damaged'}"
    )
