"""The plan: which points and runs a study has, that seeds are paired and efforts equal, and that it needs no torch."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.torch import load_file, save_file

import spectrum as sp
from spectrum.errors import BudgetError, DataError, DefinitionError, StoreError
from spectrum.search.plan import TUNING_SEED
from spectrum.search.study import Factors, Study

MakeStudy = Callable[..., Study]


@pytest.mark.parametrize("given", [False, True])
def test_a_plan_loads_nothing_heavy(tiny: MakeStudy, given_weights: Path, given: bool) -> None:
    study = tiny(start=given_weights) if given else tiny()
    heavy = ["torch", "optuna", "pandas", "numpy", "scipy", "fvcore", "sklearn", "rich"]
    code = f"""
import sys
import spectrum as sp
plan = sp.plan(sp.Study.from_json({study.to_json()!r}))
print(plan.runs[-1].key)
print(*(name for name in {heavy} if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    key, loaded = done.stdout.split("\n")[:2]
    assert loaded == ""
    assert key == sp.plan(study).runs[-1].key


def test_every_point_meets_its_budget(tiny: MakeStudy) -> None:
    plan = sp.plan(tiny(segments=(sp.PLAIN, 1, 2, 5, sp.DEPTHWISE)))
    frame = pd.DataFrame([point.row() for point in plan.points])
    assert list(frame["point"]) == list(frame["segments"]) == ["plain", "1", "2", "5", "depthwise"]
    assert (frame["params"] / 5_000 - 1 - frame["params_error"]).abs().max() < 1e-12
    assert frame[["params_error", "macs_error"]].abs().to_numpy().max() <= 0.05
    assert set(frame["budget"]) == {"5 k params, 40 k MACs"}
    for point in plan.points:
        counted = sp.count(point.match.network, image=(1, 8, 8))
        assert (counted.params, counted.macs) == (point.row()["params"], point.row()["macs"])
        assert point.row()["effective_params"] <= counted.params


def test_a_plain_convolution_has_nothing_to_order(tiny: MakeStudy) -> None:
    factors = Factors(order=("pointwise-first", "spatial-first"), intermediate=("none", "relu"))
    plan = sp.plan(tiny(segments=(sp.PLAIN, 2), factors=factors))
    assert [point.label for point in plan.points] == [
        "plain, pointwise-first, nothing in between",
        "2, pointwise-first, nothing in between",
        "2, pointwise-first, relu in between",
        "2, spatial-first, nothing in between",
        "2, spatial-first, relu in between",
    ]
    assert [(point.factors["order"], point.factors["intermediate"]) for point in plan.points[1:]] == [
        ("pointwise-first", "none"),
        ("pointwise-first", "relu"),
        ("spatial-first", "none"),
        ("spatial-first", "relu"),
    ]


def test_factors_and_budgets_are_crossed(tiny: MakeStudy) -> None:
    budgets = (
        sp.Budget(params=5_000, macs=40_000, tolerance=0.05),
        sp.Budget(params=9_000, macs=72_000, tolerance=0.05),
    )
    plan = sp.plan(tiny(segments=(1, 2), budget=budgets, factors=Factors(residual=(True, False))))
    assert [point.label for point in plan.points] == [
        "1, with residuals",
        "1, no residuals",
        "2, with residuals",
        "2, no residuals",
    ] * 2
    assert [point.budget for point in plan.points] == [budgets[0]] * 4 + [budgets[1]] * 4
    assert len({point.match.network for point in plan.points}) == 8
    assert all(
        any(module.residual for module in point.match.network.modules) == point.factors["residual"]
        for point in plan.points
    )


def test_fully_connected_layers_are_within_the_budget(tiny: MakeStudy) -> None:
    plan = sp.plan(tiny(segments=(1, 2), factors=Factors(hidden=((), (16, 8)))))
    assert [point.label for point in plan.points] == [
        "1, no hidden layers",
        "1, with hidden layers 16+8",
        "2, no hidden layers",
        "2, with hidden layers 16+8",
    ]
    assert [point.match.network.hidden for point in plan.points] == [(), (16, 8)] * 2
    assert [point.row()["hidden"] for point in plan.points] == ["none", "16+8"] * 2
    assert all(abs(point.match.params_error) <= point.budget.tolerance for point in plan.points)


def test_a_network_without_residuals_is_one_point(tiny: MakeStudy) -> None:
    network = tiny().network.at(1, residual=False)
    plan = sp.plan(tiny(network=network, segments=(1,), factors=Factors(residual=(True, False))))
    assert len(plan.points) == 1


def test_seeds_are_paired_and_efforts_equal(tiny: MakeStudy) -> None:
    plan = sp.plan(tiny(segments=(1, 2, sp.DEPTHWISE), tune=sp.Tune(trials=5), seeds=4))
    for point in plan.points:
        runs = [run for run in plan.runs if run.point is point]
        assert [run.seed for run in runs if run.phase == "tune"] == [TUNING_SEED + number for number in range(5)]
        assert [run.seed for run in runs if run.phase == "confirm"] == [0, 1, 2, 3]
        assert point.tune == plan.study.tuning
    seeds = {phase: {run.seed for run in plan.runs if run.phase == phase} for phase in ("tune", "confirm")}
    assert not seeds["tune"] & seeds["confirm"]


def test_the_order_of_the_runs(tiny: MakeStudy) -> None:
    plan = sp.plan(tiny(segments=(1, 2), tune=sp.Tune(trials=4), seeds=1))
    assert [(run.phase, run.number, run.point.label) for run in plan.runs] == [
        *[("tune", number, point) for number in range(4) for point in ("1", "2")],
        ("confirm", 0, "1"),
        ("confirm", 0, "2"),
    ]  # fmt: skip


def test_every_run_has_a_key_of_its_own(tiny: MakeStudy) -> None:
    study = tiny(segments=(1, 2, sp.DEPTHWISE), tune=sp.Tune(trials=5), seeds=4)
    keys = [run.key for run in sp.plan(study).runs]
    assert len(keys) == 27 == len(set(keys))
    assert all(len(key) == 16 and int(key, 16) >= 0 for key in keys)
    assert keys == [run.key for run in sp.plan(study.replace(name="other")).runs]  # a run does not depend on it


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"seeds": 5}, True),
        ({"segments": (1, 2)}, True),
        ({"recipe": sp.Recipe(epochs=3, batch=128, schedule="one-cycle")}, False),
        ({"tune": sp.Tune(trials=5, lr=(0.02, 1.0))}, False),
    ],
)
def test_a_larger_study_has_the_runs_of_the_smaller(tiny: MakeStudy, change: dict[str, object], same: bool) -> None:
    """Only what a run depends on enters its key."""
    runs, more = (
        {run.key for run in sp.plan(study).runs if run.point.label == "1"} for study in (tiny(), tiny(**change))
    )
    assert (runs <= more) == same


def test_what_tuning_leaves_to_the_recipe_counts(tiny: MakeStudy) -> None:
    tune = sp.Tune(trials=4)
    slow, fast = (sp.plan(tiny(tune=tune, recipe=sp.Recipe(epochs=2, lr=lr))) for lr in (0.1, 0.2))
    assert slow.points[0].tune.lr == pytest.approx((0.02, 0.5))
    assert slow.runs[0].key != fast.runs[0].key


@pytest.mark.parametrize(("tune_epochs", "epochs"), [(None, 2 * (4 * 2 + 2 * 2)), (1, 2 * (4 * 1 + 2 * 2))])
def test_epochs_of_the_whole_study(tiny: MakeStudy, tune_epochs: int | None, epochs: int) -> None:
    assert sp.plan(tiny(tune=sp.Tune(trials=4, epochs=tune_epochs))).epochs == epochs


def test_classes_that_do_not_fit_the_data(tiny: MakeStudy) -> None:
    network = sp.networks.small(classes=7, stem_stride=1, width=4)
    with pytest.raises(DefinitionError) as raised:
        sp.plan(tiny(network=network))
    assert str(raised.value) == (
        "a network has as many classes as its data, got 7 for digits with 10; change the network's classes"
    )


def test_classes_are_read_from_a_set_of_ones_own(tiny: MakeStudy, tmp_path: Path) -> None:
    labels = np.arange(90) % 3
    np.savez(tmp_path / "own.npz", images=np.zeros((90, 8, 8), np.uint8), labels=labels)
    with pytest.raises(DefinitionError, match=r"got 10 for .*own\.npz with 3; change the network's classes"):
        sp.plan(tiny(data=str(tmp_path / "own.npz")))


def test_an_unknown_data_set(tiny: MakeStudy) -> None:
    with pytest.raises(DataError, match="there is no data set 'digit'; did you mean 'digits'"):
        sp.plan(tiny(data="digit"))


def test_a_budget_that_nothing_meets(tiny: MakeStudy) -> None:
    with pytest.raises(BudgetError, match="no widths of the network with segments=1 meet 10 params, 10 MACs"):
        sp.plan(tiny(budget=sp.Budget(params=10, macs=10)))


def test_a_module_of_explicit_widths_cannot_be_matched(tiny: MakeStudy) -> None:
    fixed = sp.Module(channels=(8,), segments=(3, 5), residual=False)
    network = sp.networks.small(10)
    with pytest.raises(DefinitionError, match="explicit segment widths hold the channels that matching has to change"):
        sp.plan(tiny(network=network.replace(modules=(*network.modules, fixed))))


def test_budgets_too_close_to_tell_apart(tiny: MakeStudy) -> None:
    budgets = tuple(sp.Budget(params=params, macs=40_000, tolerance=0.05) for params in (5_000, 5_010))
    with pytest.raises(DefinitionError) as raised:
        sp.plan(tiny(segments=(1,), budget=budgets))
    assert str(raised.value) == (
        "every point of a study has a network of its own, got one at 1 for 5 k params, 40 k MACs and for 5.01 k "
        "params, 40 k MACs; set the budgets further apart, or lower their tolerance"
    )


def test_segments_so_many_that_they_are_one_network(tiny: MakeStudy) -> None:
    with pytest.raises(DefinitionError) as raised:
        sp.plan(tiny(segments=(512, sp.DEPTHWISE)))
    assert str(raised.value) == (
        "every point of a study has a network of its own, got the same at 512 and at depthwise, where no layer has as "
        "many channels as segments; leave one of them out"
    )


def test_a_plan_in_a_notebook(tiny: MakeStudy) -> None:
    head, first, *_ = repr(sp.plan(tiny())).splitlines()
    assert head == "Plan of tiny: 2 points, at most 12 runs"
    assert re.fullmatch(r"  1: [45],\d\d\d params, \d\d,\d\d\d MACs", first)


def test_a_plan_says_how_much_each_point_takes_of_given_weights(tiny: MakeStudy, given_weights: Path) -> None:
    plan = sp.plan(tiny(start=given_weights))
    given = sp.build(plan.points[0].match.network, image=(1, 8, 8)).state_dict()
    for point in plan.points:
        own = dict(sp.build(point.match.network, image=(1, 8, 8)).named_parameters())
        taken = sum(w.numel() for name, w in own.items() if name in given and given[name].shape == w.shape)
        assert point.row()["taken"] == point.taken == taken / point.match.cost.params
    assert plan.points[0].taken == 1
    assert 0 < (plan.points[1].taken or 0) < 0.1
    assert [point.row()["taken"] for point in sp.plan(tiny()).points] == [None, None]


def test_runs_depend_on_the_content_of_given_weights_and_not_on_their_path(
    tiny: MakeStudy, given_weights: Path, tmp_path: Path
) -> None:
    def keys(**fields: object) -> set[str]:
        return {run.key for run in sp.plan(tiny(**fields)).runs}

    first = keys(start=given_weights)
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(given_weights.read_bytes())
    assert keys(start=str(copy)) == first
    state = load_file(given_weights)
    save_file({**state, "classifier.bias": state["classifier.bias"] + 1}, copy)
    other = keys(start=str(copy))
    assert not first & other
    assert not (first | other) & keys()


def test_given_weights_of_which_nothing_fits_anywhere(tiny: MakeStudy, tmp_path: Path) -> None:
    network = sp.networks.small(classes=3, width=64)
    save_file(sp.build(network).state_dict(), tmp_path / "wide.safetensors")
    with pytest.raises(DefinitionError) as raised:
        sp.plan(tiny(start=str(tmp_path / "wide.safetensors")))
    assert str(raised.value) == (
        "a network starts from given weights where they fit by name and shape, got none that do; give those of a "
        "network of as many channels"
    )
    with pytest.raises(StoreError, match=r"cannot read the weights .* No such file or directory; give the path of a"):
        sp.plan(tiny(start="nowhere.safetensors"))
    with pytest.raises(DefinitionError, match=r"a study starts from a \.safetensors file, got 'w\.pth'; load it with"):
        sp.plan(tiny(start="w.pth"))
    (tmp_path / "cut.safetensors").write_bytes((tmp_path / "wide.safetensors").read_bytes()[:-100])
    with pytest.raises(StoreError, match=r"is whole, got .*cut\.safetensors, which is damaged .*; save it again"):
        sp.plan(tiny(start=str(tmp_path / "cut.safetensors")))
