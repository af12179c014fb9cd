"""The plan as a reader sees it: what was solved, what to beware of, a legend that needs no source."""

import re
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import save_file

import spectrum as sp
from spectrum.architecture.modules import Inception, Module, Tower
from spectrum.architecture.networks import resnext50, small, xception
from spectrum.architecture.spec import Network
from spectrum.cost.budget import Budget
from spectrum.cost.quantities import quantity
from spectrum.plan_table import channels, depth, show_plan, solved
from spectrum.search.study import Factors, Study
from spectrum.training.recipe import Recipe

NETWORK = small(10, stem_stride=1)
KNOWN: dict[str, Any] = {
    "name": "made-up", "network": NETWORK, "segments": (1, 4), "data": "digits", "recipe": Recipe(epochs=2),
    "budget": Budget(params=40_000, macs=340_000), "seeds": 3,
}  # fmt: skip


def shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, **fields: Any) -> str:
    """The plan of a study on the digits, on a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    study = Study(**(KNOWN | fields))
    show_plan(sp.plan(study))
    return capsys.readouterr().out


@pytest.fixture
def plan(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda **fields: shown(capsys, monkeypatch, **fields)


def rows(text: str, head: str) -> list[list[str]]:
    """The cells of the table under that head."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if " ".join(line.split()).startswith(head)) + 1
    return [line.split() for line in lines[start : lines.index("", start)]]


def test_widths_are_shown_beside_those_declared(plan: Any) -> None:
    text = plan()
    declared, one, four = rows(text, "segments channels, module by module")
    assert " ".join(declared) == "declared 16 | 48 48 | 128 128 | 128 128 | 256"
    assert " ".join(one) == "1 2 | 7 7 | 23 23 | 23 23 | 43"
    assert " ".join(four) == "4 5 | 14 14 | 40 40 | 40 40 | 78"
    cost = sp.count(NETWORK, (1, 8, 8))
    costs, *matched = rows(text, "segments params")
    assert costs[:2] == ["declared", f"{cost.params:,}"]
    assert costs[2:] == quantity(cost.macs).split()
    assert [row[-2:] for row in matched] == [["x0.16", "x1.44"], ["x0.31", "x1.07"]]
    assert "declared: the network of the study, at segments depthwise\n" in text
    assert "width factor: the mean ratio of matched to declared widths\n" in text
    assert text.startswith("made-up: 40 k params, 340 k MACs, each within 1%\n")
    assert "2 points x (8 tuning trials + 3 seeds) = 22 runs: 44 epochs of 1,295 images\n" in text
    assert "warning" not in text
    assert "sat." not in text


def test_depth_is_shown_as_modules_and_never_as_a_width(plan: Any) -> None:
    text = plan(
        match="depth", budget=Budget(params=1_000_000, macs=6_000_000, tolerance=0.05), segments=(4, "depthwise")
    )
    declared, four, depthwise = rows(text, "segments modules")
    assert declared[:2] == ["declared", "5"]
    assert " ".join(four) == "4 8 10 | 41 41 | 149 149 | 4 x (149 149) | 300"
    assert depthwise[1] == "8"
    assert [row[-2] for row in rows(text, "segments params")[1:]] == ["x1.60", "x1.60"]
    assert "width" not in text.replace("stages' widths", "")
    assert "depth factor: the ratio of matched to declared modules\n" in text


def test_inner_widths_are_shown_beside_their_outputs(plan: Any) -> None:
    stem = Module(channels=(32,), separable=False, residual=False, before=())
    block = Module(channels=(64,), inner=(32,), order="bottleneck", repeat=3)
    network = Network(modules=(stem, block.replace(repeat=1, stride=2), block), classes=10)
    text = plan(match="inner", network=network, budget=Budget(params=50_000, tolerance=0.05), segments=(1, 8))
    declared, _, eight = rows(text, "segments channels, module by module (inner>output)")
    assert " ".join(declared) == "declared 32 | 32>64 | 3 x (32>64)"
    assert " ".join(eight) == "8 32 | 61>64 | 3 x (61>64)"
    assert rows(text, "segments params")[2][-2:] == ["x1.91", "x1.00"]
    assert "inner factor: the mean ratio of matched to declared widths inside the modules\n" in text


def test_layers_that_run_depthwise_are_named(plan: Any) -> None:
    text = plan(segments=(4, 32))
    assert [row[-1] for row in rows(text, "segments params")[1:]] == ["x1.07", "2"]
    assert "32 segments: depthwise in features.1.body.conv0.spatial,\nfeatures.1.body.conv1.spatial\n" in text
    assert "sat.: layers with fewer channels than segments; these run depthwise\n" in text


def test_a_change_of_shape_is_a_warning(plan: Any) -> None:
    text = plan(budget=Budget(params=60_000, macs=1_000_000, tolerance=0.05), segments=(1, 4, "plain"))
    changes = {row[0]: float(row[-1][1:]) for row in rows(text, "segments params")[1:]}
    assert changes["1"] > 2
    bent = ", ".join(name for name, change in changes.items() if change > 2)
    words = " ".join(text.split())
    assert f"warning: the network's shape changes by more than x2 at segments {bent}, and what" in words
    assert "choose a budget nearer to its own MACs per parameter, for example params=60_000, macs=510_000" in words
    nearer = plan(budget=Budget(params=60_000, macs=510_000, tolerance=0.05), segments=(1, 4, "plain"))
    assert "warning" not in nearer


@pytest.mark.parametrize(("match", "order"), [("widths", "pointwise-first"), ("inner", "bottleneck")])
def test_the_budget_that_a_warning_names_is_that_of_the_factors_there(plan: Any, match: str, order: str) -> None:
    """Fully connected layers add parameters and hardly a MAC."""
    given: dict[str, Any] = {"network": NETWORK.at(4, order=order), "match": match, "segments": (2, 4)}
    layers = ((), (64,))
    budget = Budget(params=60_000, macs=900_000, tolerance=0.05)
    words = " ".join(plan(**given, budget=budget, factors=Factors(hidden=layers)).split())
    named = [int(macs) for macs in re.findall(r"for example params=60_000, macs=([\d_]+)", words)]
    assert len(named) == 2
    assert named[0] > named[1]
    for macs, hidden in zip(named, layers, strict=True):
        assert "warning" not in plan(**given, budget=budget.replace(macs=macs), factors=Factors(hidden=(hidden,)))


def test_what_was_declared_is_at_no_segments_where_none_are_open(plan: Any) -> None:
    closed = NETWORK.replace(modules=tuple(m.replace(segments=4) if m.separable else m for m in NETWORK.modules))
    assert "declared: the network of the study\n" in plan(network=closed, segments=(4,))


def test_a_table_for_each_budget_and_combination_of_factors(plan: Any) -> None:
    budgets = (Budget(params=40_000, tolerance=0.025), Budget(macs=500_000, tolerance=0.02))
    factors = Factors(order=("pointwise-first", "spatial-first"), residual=(True, False))
    text = plan(budget=budgets, factors=factors, segments=(4, "depthwise"))
    titles = [line for line in text.splitlines() if line.startswith("made-up: ")]
    assert len(titles) == 8
    assert titles[0] == "made-up: 40 k params, each within 2.5%; pointwise-first, with residuals"
    assert titles[-1] == "made-up: 500 k MACs, each within 2%; spatial-first, no residuals"
    assert max(map(len, text.splitlines())) <= 80
    assert not any(line != line.rstrip() for line in text.splitlines())


TOWERS = Inception(towers=(Tower(channels=(8, 16), kernels=(1, 3)), Tower(pool="max")))


@pytest.mark.parametrize(
    ("network", "text", "modules"),
    [
        (xception(), "32 64 | 128 128 | 256 256 | 728 728 | 8 x (728 728 728) | 728 1024 | 1536 2048", 14),
        (resnext50().replace(modules=resnext50().modules[:2]), "64 | 3 x (128>256)", 4),
        (Network(modules=(Module(channels=(4,)), TOWERS), classes=2), "4 | 8 16 + pool", 2),
    ],
)
def test_channels_in_words(network: Network, text: str, modules: int) -> None:
    assert channels(network) == text
    assert depth(network) == modules


def test_channels_for_programs() -> None:
    assert solved(Network(modules=(Module(channels=(4, 8), repeat=2), TOWERS), classes=2)) == [
        {"repeat": 2, "channels": [4, 8]},
        {"towers": [[8, 16], []]},
    ]
    assert solved(resnext50())[1] == {"repeat": 3, "channels": [256], "inner": [128]}


def test_the_effort_of_a_race(plan: Any) -> None:
    text = " ".join(plan(segments=(1, 4, "depthwise"), seeds=sp.Seeds(4, 8), tune=sp.Tune(trials=6)).split())
    found = re.search(
        r"3 points x \(6 tuning trials \+ 4 to 8 seeds\), a race: at most 42 runs, 84 epochs of 1,295 images; about "
        r"(\d+) runs where points differ as usual",
        text,
    )
    assert found is not None
    assert 30 < int(found[1]) < 42


def test_a_sampler_with_few_trials_is_a_warning(plan: Any) -> None:
    text = " ".join(plan(tune=sp.Tune(trials=6, sampler="tpe")).split())
    assert "warning: 6 trials are few for tpe, which learns from about 20; use more trials, or sampler='grid'" in text
    assert "warning" not in plan(tune=sp.Tune(trials=6))


@pytest.mark.parametrize(
    ("segments", "trials", "words"),
    [
        ((4,), 4, "4 tuning trials at one point are too few for a response surface; a point is then"),
        ((4,), 5, "5 tuning trials at one point are too few for a response surface if some diverge; a point is then"),
        ((1, 4), 4, "4 tuning trials at each of 2 points are too few for a response surface if some diverge; a"),
        ((1, 2, 4), 4, None),
        ((1, 4), 5, None),
    ],
)
def test_trials_that_may_be_too_few_are_a_warning(
    plan: Any, segments: tuple[int, ...], trials: int, words: str | None
) -> None:
    text = " ".join(plan(segments=segments, tune=sp.Tune(trials=trials)).split())
    assert ("response surface" in text) == (words is not None)
    if words is not None:
        assert f"warning: {words}" in text
        assert text.endswith("the verdict cannot say what that may have cost; use for example trials=8")


def test_how_much_of_given_weights_each_point_takes(plan: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "given" not in plan()
    network = sp.plan(Study(**KNOWN)).points[1].match.network
    save_file(sp.build(network, image=(1, 8, 8)).state_dict(), "w.safetensors")
    text = " ".join(plan(start="w.safetensors").split())
    assert re.search(r"parameters that are taken from w\.safetensors, where it fits: 1 0\.\d%, 4 100\.0%$", text)
