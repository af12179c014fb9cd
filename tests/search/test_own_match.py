"""Studies of a user's own model: what is planned, that a run trains just that, and what is refused."""

import pickle
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

import pytest
import torch

import spectrum as sp
from spectrum.errors import BudgetError, DefinitionError
from spectrum.plan_table import show_plan, solved_at
from spectrum.rewriting.planned_model import identity, made_for_run
from spectrum.search.execute.job import Job, perform
from spectrum.search.plan import Plan
from spectrum.search.study import Factors, Study
from spectrum.training.data.loading import load

HERE = "tests.rewriting.own_models"
MakeStudy = Callable[..., Study]
OWN: dict[str, Any] = {
    "network": f"{HERE}:digits",
    "keep": "none",
    "segments": (sp.PLAIN, 1, sp.DEPTHWISE),
    "budget": sp.Budget(params=28_842, macs=903_808, tolerance=0.03),
}


@pytest.fixture(scope="module")
def planned(tiny: MakeStudy) -> Plan:
    return sp.plan(tiny(**OWN))


def test_every_point_is_the_model_rewritten_there(planned: Plan) -> None:
    assert [point.label for point in planned.points] == ["plain", "1", "depthwise"]
    plain, one, deep = planned.points
    assert (plain.match.params_error, plain.match.macs_error, plain.match.scale) == (0, 0, 1)
    assert solved_at(plain) == []
    assert [row["layer"] for row in solved_at(one)] == [row["layer"] for row in solved_at(deep)] == ["3", "6"]
    for point in planned.points:
        module = made_for_run(point.match.network, (1, 8, 8), seed=0)
        cost = sp.measure(module, image=(1, 8, 8))
        assert (cost.params, cost.macs) == (point.match.cost.params, point.match.cost.macs)
        assert sum(layer.macs for layer in point.match.cost.layers) == cost.macs
        assert point.row()["params_error"] == cost.params / 28_842 - 1
        assert abs(point.row()["macs_error"]) <= 0.03
    assert one.match.cost.effective_params < one.match.cost.params
    assert plain.match.cost.effective_params == plain.match.cost.params
    assert len({run.key for run in planned.runs}) == len(planned.runs)


def test_the_plan_is_printed(planned: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    show_plan(planned)
    out = capsys.readouterr().out
    assert "layers that are rewritten: 3, 6" in out
    assert "inner factor: the mean ratio of the inner to the output channels of a block" in out
    assert "as it is" in out


def test_weights_are_of_the_seed_and_the_shapes_of_the_plan(planned: Plan) -> None:
    network = planned.points[1].match.network
    one, two, three = (made_for_run(network, (1, 8, 8), seed=seed).state_dict() for seed in (4, 4, 5))
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not torch.equal(one["0.weight"], three["0.weight"])
    assert not torch.equal(one["3.pointwise.weight"], three["3.pointwise.weight"])


RECIPE = sp.Recipe(epochs=1, batch=256, lr=0.1)


def test_a_job_trains_the_planned_model(planned: Plan, job: Job) -> None:
    job = replace(job, network=planned.points[2].match.network, recipe=RECIPE)
    outcome = perform(pickle.loads(pickle.dumps(job)))
    module = made_for_run(job.network, (1, 8, 8), seed=3)  # type: ignore[arg-type]
    alone = sp.train(module, load("digits"), recipe=job.recipe, seed=3, test=True)
    assert outcome.status == "complete"
    assert outcome.test == alone.test


def test_threads_that_a_users_code_sets_do_not_last(planned: Plan, job: Job) -> None:
    """Another number of threads computes by other kernels, in the first run of a process alone."""
    network = planned.points[2].match.network
    job = replace(job, network=network.replace(model=f"{HERE}:two_threads"), recipe=RECIPE)  # type: ignore[arg-type]
    outcome = perform(job)
    assert torch.get_num_threads() == 1
    assert outcome.test == perform(replace(job, network=network)).test


def test_another_model_than_was_planned_is_no_run(
    tiny: MakeStudy, monkeypatch: pytest.MonkeyPatch, planned: Plan
) -> None:
    network = planned.points[1].match.network.replace(model=f"{HERE}:changing")  # type: ignore[arg-type]
    made_for_run(network, (1, 8, 8), seed=0)
    monkeypatch.setenv("SPECTRUM_TEST_WIDER", "1")
    with pytest.raises(
        DefinitionError, match="stays what it was when its study was planned, got other layers or shapes"
    ):
        made_for_run(network, (1, 8, 8), seed=0)


def test_identity_sees_names_shapes_precisions_and_kinds() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
    known = identity(model)
    assert identity(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())) == known
    others = [
        torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.ReLU()),
        torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ELU()),
        torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU()).double(),
        torch.nn.Sequential(torch.nn.ReLU(), torch.nn.Linear(2, 3)),
    ]
    assert len({known, *map(identity, others)}) == 5


def test_factors_are_crossed(tiny: MakeStudy) -> None:
    factors = Factors(order=("bottleneck", "pointwise-first"), intermediate=("none", "relu"))
    plan = sp.plan(tiny(**OWN | {"factors": factors, "segments": (sp.PLAIN, sp.DEPTHWISE)}))
    assert [point.label for point in plan.points] == [
        "plain, bottleneck, nothing in between",
        "depthwise, bottleneck, nothing in between",
        "depthwise, bottleneck, relu in between",
        "depthwise, pointwise-first, nothing in between",
        "depthwise, pointwise-first, relu in between",
    ]


@pytest.mark.slow
def test_a_study_runs_to_its_verdict(tiny: MakeStudy, in_process: Executor) -> None:
    study = tiny(**OWN | {"segments": (sp.PLAIN, sp.DEPTHWISE), "recipe": sp.Recipe(epochs=1, batch=256)})
    folder = sp.run(study, executor=in_process, progress=False)
    runs = sp.load(folder).runs
    assert set(runs["status"]) == {"complete"}
    assert list(runs["params"].unique()) == [28_842, sp.plan(study).points[1].match.cost.params]
    assert not list(folder.glob("weights/*"))
    assert "depthwise" in str(sp.verdict(sp.load(folder)))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"budget": sp.Budget(params=30_000)},
            BudgetError,
            r"keeps what it costs, got .* 28,842 params and 903,808 MACs",
        ),
        ({"budget": sp.Budget(params=30_000)}, BudgetError, r"use sp\.Budget\(params=28842, macs=903808\)$"),
        (
            {"network": f"{HERE}:five_classes"},
            DefinitionError,
            r"as many classes as its data, got outputs of \[\[1, 5\]\]",
        ),
        (
            {"network": f"{HERE}:small"},
            DefinitionError,
            "for images that it takes, got RuntimeError: .* of 1x8x8; give",
        ),
        ({"network": f"{HERE}:broken"}, DefinitionError, "got RuntimeError: no weights here; correct it"),
        (
            {"network": f"{HERE}:kills"},
            DefinitionError,
            "one that ends the process in which it is called, with exit code 7",
        ),
        ({"network": "nowhere:model"}, DefinitionError, "No module named 'nowhere'"),
        (
            {"network": f"{HERE}:kept"},
            DefinitionError,
            "got the same one from .*:kept when it was called again; make the model inside the function",
        ),
        (
            {"network": sp.OwnNetwork(model=f"{HERE}:digits", only=("0", "3")), "segments": (1,)},
            BudgetError,
            "0 cannot be rewritten: 1 to 32 channels are too few",
        ),
        (
            {"segments": (1,), "budget": sp.Budget(params=28_842, tolerance=1e-5)},
            BudgetError,
            "are too few for whole widt",
        ),
    ],
)
def test_what_cannot_be_planned_gets_a_sentence(
    tiny: MakeStudy, change: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        sp.plan(tiny(**{**OWN, "segments": (sp.PLAIN,), **change}))
