"""Which trained networks stay: the best of each point by validation, at any moment, in any order."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
import torch

import spectrum as sp
from spectrum.results.results import load
from spectrum.search.execute.kept_weights import KeptWeights
from spectrum.search.plan import Plan, Run
from spectrum.search.store.record import Record
from spectrum.search.study import Study
from spectrum.training.data.loading import load as load_data
from spectrum.training.model_card import RunCard
from spectrum.training.model_file import read_card, read_model
from spectrum.training.outcome import Outcome

MakeStudy = Callable[..., Study]
MakeOutcome = Callable[..., Outcome]

SCORES = [(0.5, 1.0), (0.7, 2.0), (0.7, 1.5), (0.7, 1.5)]
"""Accuracy and cross-entropy of the seeds: the third is the best, before the fourth only by its number."""


def confirming(plan: Plan) -> list[Run]:
    return [run for run in plan.runs if run.phase == "confirm" and run.point is plan.points[0]]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_best_seed_stays_in_whatever_order_they_end(
    tiny: MakeStudy, tmp_path: Path, outcome: MakeOutcome, order: tuple[int, ...]
) -> None:
    plan = sp.plan(tiny(seeds=4))
    runs, records = confirming(plan), dict[str, Record]()
    kept = KeptWeights(tmp_path, plan, records)
    ended: list[int] = []
    for number in order:
        run, (top1, entropy) = runs[number], SCORES[number]
        # The test split would have it otherwise: it must not be looked at.
        made = replace(outcome(top1=top1, entropy=entropy, test=True), test=outcome(top1=1 - top1, test=True).test)
        file = kept.of(run)
        assert file is not None
        file.path.parent.mkdir(exist_ok=True)
        file.path.write_text(str(number))
        kept.prune(run.point)  # before it is recorded, nothing is lost
        assert str(number) in {path.read_text() for path in file.path.parent.iterdir()}
        (file.path.parent / f"{file.path.name}.99.part").write_text("half")
        records[run.key] = Record(run.key, {"lr": 0.1}, made)
        kept.prune(run.point)
        ended.append(number)
        best = max(ended, key=lambda seed: (SCORES[seed][0], -SCORES[seed][1], -seed))
        assert [path.read_text() for path in file.path.parent.iterdir()] == [str(best)]


def test_a_better_one_that_is_not_on_disk_deletes_nothing(
    tiny: MakeStudy, tmp_path: Path, outcome: MakeOutcome
) -> None:
    """As in a study that was begun before networks were kept."""
    plan = sp.plan(tiny())
    worse, better = confirming(plan)
    records = {run.key: Record(run.key, {}, outcome(top1=top1)) for run, top1 in ((worse, 0.4), (better, 0.6))}
    kept = KeptWeights(tmp_path, plan, records)
    file = kept.of(worse)
    assert file is not None
    file.path.parent.mkdir()
    file.path.write_text("worse")
    kept.prune(worse.point)
    assert file.path.read_text() == "worse"


def test_the_runs_of_a_study_are_the_same_whatever_is_kept(tiny: MakeStudy) -> None:
    keys = {tuple(run.key for run in sp.plan(tiny(keep=keep)).runs) for keep in ("best", "all", "none")}
    assert len(keys) == 1


def test_trials_are_never_kept(tiny: MakeStudy, tmp_path: Path) -> None:
    plan = sp.plan(tiny(keep="all"))
    kept = KeptWeights(tmp_path, plan, {})
    assert {run.phase for run in plan.runs if kept.of(run) is not None} == {"confirm"}
    none = KeptWeights(tmp_path, sp.plan(tiny(keep="none")), {})
    assert all(none.of(run) is None for run in plan.runs)


def test_a_run_that_diverged_has_nothing_to_keep(tiny: MakeStudy, in_process: Executor, runs: Path) -> None:
    sp.run(tiny(recipe=sp.Recipe(epochs=1, batch=128), tune=sp.Tune(trials=4, lr=(1e30, 1e31))), executor=in_process)
    assert set(load("tiny").confirmed["status"]) == {"diverged"}
    assert not (runs / "tiny" / "weights").exists()


@pytest.mark.parametrize("keep", ["best", "all", "none"])
def test_a_study_keeps_what_it_says(tiny: MakeStudy, in_process: Executor, runs: Path, keep: str) -> None:
    sp.run(tiny(keep=keep), progress=False, executor=in_process)
    confirmed = load("tiny").confirmed.set_index("key")
    ranked = confirmed.sort_values(["validation_top1", "validation_cross_entropy"], ascending=[False, True])
    expected = {"best": set(ranked.groupby("point").head(1).index), "all": set(confirmed.index), "none": set()}[keep]
    files = {path.stem: path for path in (runs / "tiny" / "weights").glob("*")}
    assert files.keys() == expected
    digits = load_data("digits")
    for key, path in files.items():
        row = confirmed.loc[key]
        assert read_card(path).origin == RunCard(
            study="tiny",
            run=key,
            point=row["point"],
            budget=row["budget"],
            seed=int(row["seed"]),
            top1=row["validation_top1"],
            cross_entropy=row["validation_cross_entropy"],
        )
        with torch.inference_mode():
            right = read_model(path)(digits.test.images).argmax(1) == digits.test.labels
        assert float(right.double().mean()) == row["test_top1"]


def test_a_study_that_is_to_keep_fewer_deletes_the_others(tiny: MakeStudy, in_process: Executor, runs: Path) -> None:
    sp.run(tiny(keep="all"), progress=False, executor=in_process)
    sp.run(tiny(keep="none"), progress=False, executor=in_process)
    assert len(list((runs / "tiny" / "weights").iterdir())) == 4  # what is there stays
    sp.run(tiny(keep="best"), progress=False, executor=in_process)
    assert len(list((runs / "tiny" / "weights").iterdir())) == 2
