"""A run made again has the same numbers to the last bit, and the study does not notice."""

import shutil
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

import spectrum as sp
from spectrum.errors import StoreError
from spectrum.search.rerun import Rerun
from spectrum.search.study import Study
from spectrum.training.model_file import read_model

MakeStudy = Callable[..., Study]


def test_every_seed_comes_to_the_same_numbers(undisturbed: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in undisturbed.rglob("*") if path.is_file() and path.name != "lock"}
    confirmed = sp.load(undisturbed).confirmed.set_index("key")
    kept = {path.stem: path for path in (undisturbed / "weights").iterdir()}
    for point, seed in ((1, 0), (1, 1), (sp.DEPTHWISE, 1)):
        made = sp.rerun(undisturbed, point=point, seed=seed, out=tmp_path / "network.safetensors")
        assert made.same
        assert made.repeated.test is not None
        row = confirmed.loc[made.key]
        assert (row["seed"], row["test_top1"]) == (seed, made.repeated.test.top1)
        assert made.file is not None
        assert read_model(made.file).card.origin is not None
        if made.key in kept:
            assert made.file.read_bytes() == kept[made.key].read_bytes()
    after = {path: path.read_bytes() for path in undisturbed.rglob("*") if path.is_file() and path.name != "lock"}
    assert after == before


def test_other_numbers_are_noticed_and_other_times_are_not(outcome: Any) -> None:
    run = outcome(test=True)
    slower = replace(run, train_seconds=9.0, step_seconds=9.0, epochs=tuple(replace(e, seconds=9) for e in run.epochs))
    assert Rerun("key", run, slower, None).same
    assert not Rerun("key", run, outcome(test=True, top1=0.5001), None).same
    other = replace(run, epochs=(replace(run.epochs[0], train_loss=0.1), *run.epochs[1:]))
    assert not Rerun("key", run, other, None).same


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"point": 3, "seed": 0}, "there is no point of tiny '3'; use one of 1, depthwise"),
        ({"point": "1", "seed": 2}, "the seeds of tiny are 0 to 1, got 2; give --seed (in Python seed=) one"),
        ({"point": 1, "seed": 0, "budget": "1 M"}, "there is no budget of tiny '1 M'; "),
    ],
)
def test_a_run_that_is_none(undisturbed: Path, asked: dict[str, Any], message: str) -> None:
    with pytest.raises(StoreError) as raised:
        sp.rerun(undisturbed, **asked)
    assert str(raised.value).startswith(message)


def test_a_run_that_cannot_be_looked_up(undisturbed: Path, tmp_path: Path) -> None:
    shutil.copy(undisturbed / "study.json", tmp_path)
    with pytest.raises(StoreError, match=r"a run is made again by what its ledger says, got no .*journal\.log; give"):
        sp.rerun(tmp_path, point=1, seed=0)
    (tmp_path / "journal.log").touch()
    with pytest.raises(StoreError, match="a run is made again once it has a result, got seed 0 of 1 without; run the"):
        sp.rerun(tmp_path, point=1, seed=0)


@pytest.mark.slow
def test_a_study_from_given_weights_and_one_of_its_runs_again(
    tiny: MakeStudy, runs: Path, given_weights: Path, in_process: Executor
) -> None:
    """From the plan to the verdict's caveat: every run starts from what fits its network."""
    declared = tiny(start=given_weights, recipe=sp.Recipe(epochs=1, batch=128))
    results = sp.load(sp.run(declared, executor=in_process, progress=False))
    shares = results.runs.groupby("point")["taken"].unique()
    planned = {point.label: point.taken for point in sp.plan(declared).points}
    assert {point: share.item() for point, share in shares.items()} == pytest.approx(planned)
    assert planned["1"] == 1
    said = " ".join(str(sp.verdict(results)).split())
    assert (
        "Networks start from given weights where these fit, and the more they take, the further ahead: 1 (100.0%)"
        in said
    )
    for point in (1, sp.DEPTHWISE):
        assert sp.rerun("tiny", point=point, seed=0).same
    other = {name: tensor + 1 for name, tensor in load_file(given_weights).items()}
    save_file(other, given_weights)
    with pytest.raises(StoreError, match=r"got other contents of .*given\.safetensors; put the old file back"):
        sp.rerun("tiny", point=1, seed=0)
