"""What becomes of a job: a pure function of it, wherever it is made."""

import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

import spectrum as sp
from spectrum.errors import DataError, StoreError
from spectrum.search.execute.diary import Reader
from spectrum.search.execute.job import Job, perform
from spectrum.search.study import Study
from spectrum.training.data.fingerprint import fingerprint
from spectrum.training.data.loading import load
from spectrum.training.learner import Learner
from spectrum.training.loop import train
from spectrum.training.outcome import Epoch

MakeStudy = Callable[..., Study]


def test_a_job_is_trained_as_it_says(job: Job) -> None:
    outcome = perform(pickle.loads(pickle.dumps(job)))
    alone = train(job.network, load("digits"), recipe=job.recipe, seed=3, test=True)
    assert outcome.status == "complete"
    assert outcome.test == alone.test
    assert [epoch.train_loss for epoch in outcome.epochs] == [epoch.train_loss for epoch in alone.epochs]
    assert tuple(Reader(job.diary).entries()) == outcome.epochs
    assert pickle.loads(pickle.dumps(outcome)) == outcome


def test_a_tuning_job_never_sees_the_test_split(job: Job, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = load("digits")

    class Forbidden:
        def __len__(self) -> int:
            raise AssertionError("the test split was read")

    monkeypatch.setattr("spectrum.search.execute.job._data", lambda *_: data)
    object.__setattr__(data, "test", Forbidden())
    assert perform(replace(job, test=False)).test is None
    with pytest.raises(RuntimeError, match="AssertionError: the test split was read"):
        perform(replace(job, checkpoint=tmp_path / "other.pt"))


@pytest.mark.parametrize(("below", "epochs"), [((1.0,), 1), ((0.0,), 2), ((0.0, 1.0), 2), ((0.01, 0.02), 2)])
def test_a_hopeless_trial_is_pruned(job: Job, below: tuple[float, ...], epochs: int) -> None:
    outcome = perform(replace(job, hopeless_below=below, test=False))
    pruned = 1.0 in below
    assert (outcome.status, len(outcome.epochs)) == ("pruned" if pruned else "complete", epochs)


def test_the_best_so_far_counts_against_hopelessness(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    def scripted(*_: Any, on_epoch: Callable[[Epoch], bool], **__: Any) -> SimpleNamespace:
        return SimpleNamespace(
            outcome=[
                on_epoch(Epoch(number, 0.1, 2.0, 1.5, top1, 0.1)) for number, top1 in enumerate([0.5, 0.1, 0.1], 1)
            ]
        )

    monkeypatch.setattr("spectrum.training.loop.train", scripted)
    assert perform(replace(job, hopeless_below=(0.4, 0.45, 0.6))) == [True, True, False]


def test_data_that_have_changed_since_the_study_was_started(job: Job, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "own.npz", images=rng.integers(0, 255, (200, 8, 8), np.uint8), labels=np.arange(200) % 10)
    name = str(tmp_path / "own.npz")
    assert perform(replace(job, data=name, fingerprint=fingerprint(name))).status == "complete"
    np.savez(tmp_path / "other.npz", images=rng.integers(0, 255, (200, 8, 8), np.uint8), labels=np.arange(200) % 10)
    with pytest.raises(StoreError) as raised:
        perform(replace(job, data=str(tmp_path / "other.npz"), fingerprint=fingerprint(name)))
    assert str(raised.value) == (
        f"a study keeps its data, got other contents of {tmp_path / 'other.npz'} than when it was started; put the old "
        "data back, or give the study a new name"
    )


def test_a_job_with_bad_data(job: Job) -> None:
    with pytest.raises(DataError, match="there is no data set 'digit'"):
        perform(replace(job, data="digit"))


def test_whatever_goes_wrong_can_be_sent_back(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    class Local(Exception):
        """One that no other process knows."""

    def bad(*_: Any, **__: Any) -> None:
        raise Local("first line\n  second: [bold]")

    monkeypatch.setattr("spectrum.training.loop.train", bad)
    with pytest.raises(RuntimeError) as raised:
        perform(job)
    assert str(raised.value) == "Local: first line second: [bold]"
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)


def test_a_checkpoint_cut_short_starts_the_run_over_with_a_note(job: Job, tmp_path: Path) -> None:
    expected = perform(job)
    job.checkpoint.write_bytes(job.checkpoint.read_bytes()[:-100])
    reader = Reader(job.diary)
    reader.entries()
    assert perform(job).test == expected.test
    note, *_ = reader.entries()
    assert isinstance(note, str)
    assert note.endswith(
        f"cannot be used (damaged: its checksum is wrong); the file is kept as {tmp_path / 'run.damaged'}"
    )


def test_threads_of_one_process_do_not_take_each_others_random_numbers(job: Job, tmp_path: Path) -> None:
    def named(name: str, seed: int) -> Job:
        return replace(job, seed=seed, checkpoint=tmp_path / f"{name}.pt", diary=tmp_path / f"{name}.diary")

    alone = [perform(named(f"alone{seed}", seed)) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(perform, [named(f"together{seed}", seed) for seed in range(4)]))
    assert [each.test for each in together] == [each.test for each in alone]


def test_images_that_change_while_a_run_reads_them(job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)

    def draw() -> None:
        for number in range(60):
            folder = tmp_path / "images" / f"class{number % 10}"
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 255, (8, 8), np.uint8)).save(folder / f"{number}.png")

    draw()
    name = str(tmp_path / "images")
    own = replace(job, data=name, fingerprint=fingerprint(name), recipe=sp.Recipe(epochs=1, batch=32))
    assert perform(own).status == "complete"
    job.checkpoint.unlink()
    scored = Learner.grade
    monkeypatch.setattr(Learner, "grade", lambda self, split: (draw(), scored(self, split))[1])
    with pytest.raises(StoreError, match=r"a study keeps its data, got other contents of .*images than when it was"):
        perform(own)
    assert not job.checkpoint.exists()


def test_a_job_starts_from_the_weights_that_were_planned(job: Job, tiny: MakeStudy, given_weights: Path) -> None:
    point = sp.plan(tiny(start=given_weights)).points[0]
    started = replace(job, start=point.start)
    outcome = perform(pickle.loads(pickle.dumps(started)))
    alone = train(job.network, load("digits"), recipe=job.recipe, seed=3, start=given_weights)
    assert [epoch.train_loss for epoch in outcome.epochs] == [epoch.train_loss for epoch in alone.epochs]
    assert (
        outcome.epochs[0].train_loss
        != train(job.network, load("digits"), recipe=job.recipe, seed=3).epochs[0].train_loss
    )


def test_given_weights_that_have_changed_end_the_study(job: Job, tiny: MakeStudy, given_weights: Path) -> None:
    point = sp.plan(tiny(start=given_weights)).points[0]
    given_weights.write_bytes(given_weights.read_bytes() + b" ")
    with pytest.raises(
        StoreError, match="a study keeps the weights that its networks start from, got other contents of"
    ):
        perform(replace(job, start=point.start))
