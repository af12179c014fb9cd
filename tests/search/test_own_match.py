"""Studies of a user's own model: what is planned, that a run trains just that, and what is refused."""

import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

import spectrum as sp
from spectrum.errors import BudgetError, DefinitionError, StoreError
from spectrum.plan_table import show_plan, solved_at
from spectrum.rewriting.planned_model import identity, made_for_run, rewritten, seeded_model
from spectrum.search.execute.job import Job, perform
from spectrum.search.own_match import OwnMatch
from spectrum.search.plan import Plan
from spectrum.search.study import Factors, Study
from spectrum.training.data.loading import load

HERE = "tests.rewriting.own_models"
MakeStudy = Callable[..., Study]
OWN: dict[str, Any] = {
    "network": f"{HERE}:digits",
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
        module = made_for_run(point.match.network, (1, 8, 8), seed=0).module
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
    assert "2 of 3 k x k convolutions are rewritten at every point" in out
    assert "inner factor: the mean ratio of the inner to the output channels of a block" in out
    assert "as it is" in out


BLOCKS: dict[str, Any] = {
    "network": f"{HERE}:two_blocks",
    "segments": (sp.PLAIN, 4, sp.DEPTHWISE),
}


def test_the_plan_says_which_convolutions_are_left_and_what_would_take_them_in(
    tiny: MakeStudy, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    show_plan(sp.plan(tiny(**BLOCKS, budget=())))
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    words = " ".join(out.split())
    assert (
        "1 of 5 k x k convolutions is rewritten at every point, with 13% of the model's MACs: body.1.c1 "
        "left as it is: stem, since no whole width keeps the cost within 1% at segments 4, depthwise; a tolerance of "
        "0.09 would take it in left as it is: body.0.c1, body.0.c2, since no whole width keeps the cost within 1% at "
        "segments 4; a tolerance of 0.03 would take them in left as it is: body.1.c2, since no whole width keeps the "
        "cost within 1% at segments 4; a tolerance of 0.02 would take it in the tolerance is the budget's: "
        "budget=sp.Budget(params=19_898, macs=550_208, tolerance=...)"
    ) in words


@pytest.mark.parametrize(("tolerance", "left"), [(0.02, 3), (0.03, 1), (0.08, 1), (0.09, 0)])
def test_the_tolerances_that_a_plan_names_do_take_layers_in(tiny: MakeStudy, tolerance: float, left: int) -> None:
    network = sp.OwnNetwork(model=f"{HERE}:two_blocks", tolerance=tolerance)
    for point in sp.plan(tiny(**BLOCKS | {"network": network}, budget=())).points[1:]:
        assert point.row()["rewritten"] == 5 - left
        assert sum(len(layers.names) for layers in point.match.left) == left  # type: ignore[union-attr]


def test_how_much_of_a_model_is_rewritten_is_recorded(planned: Plan) -> None:
    """MACs by hand: three convolutions of 3 x 3 over 64, 64 and 16 pixels, and a classifier."""
    spatial = [9 * 32 * 64, 9 * 32 * 32 * 64, 9 * 32 * 64 * 16]
    whole = sum(spatial) + 64 * 10
    rows = [point.row() for point in planned.points]
    assert [row["convolutions"] for row in rows] == [3, 3, 3]
    assert [row["rewritten"] for row in rows] == [0, 2, 2]
    assert [row["rewritten_macs"] for row in rows] == pytest.approx([0, *[sum(spatial[1:]) / whole] * 2])
    assert [row["convolution_macs"] for row in rows] == pytest.approx([sum(spatial) / whole] * 3)


def test_what_the_network_does_not_name_is_left_for_that(tiny: MakeStudy) -> None:
    network = sp.OwnNetwork(model=f"{HERE}:digits", only=("3",), tolerance=0.03)
    (point,) = sp.plan(tiny(**OWN | {"network": network, "segments": (1,)})).points
    assert isinstance(point.match, OwnMatch)
    assert [layers.sentence(within=0.03) for layers in point.match.left] == [
        "left as it is: 0, 6, since the network's own `only` does not name it"
    ]


def test_without_a_budget_a_model_keeps_what_it_costs(tiny: MakeStudy) -> None:
    own = OWN | {"network": sp.OwnNetwork(model=f"{HERE}:digits", tolerance=0.03)}
    open_budget = sp.plan(tiny(**own | {"budget": ()}))
    assert open_budget.study == tiny(**own)
    assert [run.key for run in open_budget.runs] == [run.key for run in sp.plan(tiny(**own)).runs]
    assert sp.plan(open_budget.study).points == open_budget.points


def test_weights_are_of_the_seed_and_the_shapes_of_the_plan(planned: Plan) -> None:
    network = planned.points[1].match.network
    one, two, three = (made_for_run(network, (1, 8, 8), seed=seed).module.state_dict() for seed in (4, 4, 5))
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not torch.equal(one["0.weight"], three["0.weight"])
    assert not torch.equal(one["3.pointwise.weight"], three["3.pointwise.weight"])


RECIPE = sp.Recipe(epochs=1, batch=256, lr=0.1)


def test_a_job_trains_the_planned_model(planned: Plan, job: Job) -> None:
    job = replace(job, network=planned.points[2].match.network, recipe=RECIPE)
    outcome = perform(pickle.loads(pickle.dumps(job)))
    module = made_for_run(job.network, (1, 8, 8), seed=3).module  # type: ignore[arg-type]
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
    for change in ("wider", "kinds", "fewer convolutions"):
        monkeypatch.setenv("SPECTRUM_TEST_CHANGE", change)
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


def test_the_blocks_of_a_plan_are_those_that_rewriting_makes(planned: Plan) -> None:
    """With the widths that the plan solved, and to the last bit: neither is solved for nor drawn again otherwise."""
    for point in planned.points:
        network = point.match.network
        assert isinstance(network, sp.OwnNetwork)
        assert dict(zip(network.only, network.inner, strict=True)) == point.match.inner  # type: ignore[union-attr]
        model = seeded_model(network, seed=4)
        alone = rewritten(model, network, (1, 8, 8), seed=4).model.state_dict()
        found = made_for_run(network, (1, 8, 8), seed=4).module.state_dict()
        assert found.keys() == alone.keys()
        assert all(torch.equal(found[name], alone[name]) for name in alone)


SHORT: dict[str, Any] = OWN | {
    "segments": (sp.PLAIN, sp.DEPTHWISE),
    "recipe": sp.Recipe(epochs=2, batch=256),
    "tune": sp.Tune(trials=4, lr=(0.02, 1.0), epochs=1),
    "keep": "all",
}


def kept_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "weights").iterdir()}


@pytest.mark.slow
def test_a_study_runs_to_its_verdict_and_its_networks_are_used(
    tiny: MakeStudy, in_process: Executor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = tiny(**SHORT | {"network": f"{HERE}:changing"})
    folder = sp.run(study, executor=in_process, progress=False)
    results = sp.load(folder)
    assert set(results.runs["status"]) == {"complete"}
    assert list(results.runs["params"].unique()) == [28_842, sp.plan(study).points[1].match.cost.params]
    assert "depthwise" in str(sp.verdict(results))
    kept = kept_in(folder)
    assert len(kept) == 4
    confirmed = results.confirmed.set_index(["point", "seed"])
    test = load("digits").test
    for point in study.segments:
        model = sp.load_model("tiny", point=point, seed=1)
        assert model.card.network in [each.match.network for each in sp.plan(study).points]
        with torch.inference_mode():
            right = model(test.images).argmax(1) == test.labels
        assert float(right.double().mean()) == confirmed.loc[(str(point), 1), "test_top1"]
        made = sp.rerun("tiny", point=point, seed=1, out=tmp_path / "again.safetensors")
        assert made.same
        assert made.file is not None
        assert made.file.read_bytes() == kept[f"{made.key}.safetensors"]
    monkeypatch.setenv("SPECTRUM_TEST_CHANGE", "kinds")
    with pytest.raises(StoreError, match=f"got a plan without 12 of the 12 finished ones in .*{HERE}:changing or the"):
        sp.rerun("tiny", point=sp.PLAIN, seed=1)
    with pytest.raises(StoreError, match="got another model from it now: the same names and shapes in modules of oth"):
        sp.load_model("tiny", point=sp.PLAIN)


KILLED = """
import os, signal, sys
import spectrum as sp
from spectrum.search.execute.kept_weights import KeptRun
from tests.search.conftest import Rehearsal

original, written = KeptRun.write, 0

def write(self, trained):
    global written
    original(self, trained)
    written += 1
    if written == 2:
        os.kill(os.getpid(), signal.SIGKILL)  # the network is on disk, its run is not recorded

KeptRun.write = write
sp.run(sp.Study.from_json(sys.argv[1]), progress=False, executor=Rehearsal())
"""


@pytest.mark.slow
def test_a_study_that_is_killed_keeps_the_same_bytes(
    tiny: MakeStudy, in_process: Executor, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = tiny(**SHORT)
    command = [sys.executable, "-c", KILLED, study.to_json()]
    killed = subprocess.run(command, cwd=Path(__file__).parents[2])
    assert killed.returncode == -signal.SIGKILL
    assert len(kept_in(runs / "tiny")) == 2
    folder = sp.run(study, executor=in_process, progress=False)
    again = kept_in(folder)
    assert len(again) == 4
    monkeypatch.setenv("SPECTRUM_RUNS", str(runs / "undisturbed"))
    assert kept_in(sp.run(study, executor=in_process, progress=False)) == again


def test_it_starts_from_given_weights(tiny: MakeStudy, job: Job, tmp_path: Path) -> None:
    """Those of the layers that stay at every point; the model as it is takes all."""
    state = seeded_model(sp.OwnNetwork(model=f"{HERE}:digits"), seed=9).state_dict()
    save_file(state, tmp_path / "w.safetensors")
    plan = sp.plan(tiny(**OWN, start=tmp_path / "w.safetensors"))
    rewritten_away = 9 * 32 * (32 + 64)
    shares = [point.taken for point in plan.points]
    assert shares[0] == 1
    for point, share in zip(plan.points[1:], shares[1:], strict=True):
        assert share == pytest.approx((28_842 - rewritten_away) / point.match.cost.params)
    assert len({run.key for run in plan.runs} | {run.key for run in sp.plan(tiny(**OWN)).runs}) == 2 * len(plan.runs)
    deep = plan.points[2]
    started = replace(job, network=deep.match.network, recipe=RECIPE, start=deep.start)
    module = made_for_run(deep.match.network, (1, 8, 8), seed=3).module  # type: ignore[arg-type]
    module.load_state_dict(module.state_dict() | {k: v for k, v in state.items() if k in module.state_dict()})
    alone = sp.train(module, load("digits"), recipe=RECIPE, seed=3, test=True)
    assert perform(started).test == alone.test


def test_what_cannot_be_kept_is_refused_by_the_plan(tiny: MakeStudy) -> None:
    one = OWN | {"network": f"{HERE}:with_phases", "segments": (sp.PLAIN,)}
    with pytest.raises(DefinitionError) as raised:
        sp.plan(tiny(**one))
    assert str(raised.value) == (
        "a network is kept as dense tensors of real numbers, got torch.complex64, torch.strided at 'phases' in its "
        "state dict; keep that elsewhere, or set keep='none'"
    )
    assert sp.plan(tiny(**one, keep="none")).points[0].match.cost.params == 28_842


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"budget": sp.Budget(params=30_000)},
            BudgetError,
            r"keeps what it costs, got .* 28,842 params and 903,808 MACs",
        ),
        (
            {"budget": sp.Budget(params=30_000)},
            BudgetError,
            r"leave it out, or use sp\.Budget\(params=28842, macs=903808\)$",
        ),
        (
            {"network": f"{HERE}:five_classes"},
            DefinitionError,
            r"as many classes as its data, got an output of \[1, 5\] from",
        ),
        (
            {"network": f"{HERE}:in_a_tuple"},
            DefinitionError,
            "got an output of tuple from .* with 10; let it return a tensor with one logit for each class",
        ),
        (
            {"network": f"{HERE}:of_halves"},
            DefinitionError,
            r"trained on images in fp32, got RuntimeError: .*:of_halves; let it return the model with \.float\(\)$",
        ),
        (
            {"network": f"{HERE}:frozen"},
            DefinitionError,
            "needs weights that are trained, got none from .*:frozen; set requires_grad on its parameters",
        ),
        (
            {"network": f"{HERE}:without_memory"},
            DefinitionError,
            r"with its weights in memory, got '0\.weight' on the meta device; make it on the CPU, or give",
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
