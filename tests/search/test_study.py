"""The declaration of a study: what it accepts, what a bad one is told, and that it is the same wherever it is read."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

import spectrum as sp
from spectrum.errors import DefinitionError
from spectrum.search.study import Factors, Study
from spectrum.training import recipes

MakeStudy = Callable[..., Study]

BAD: list[tuple[dict[str, Any], str]] = [
    ({"name": "a/b"}, "a study's name is made of the letters a to z, digits, '-', '_' and '.', "),
    ({"name": 5}, "Study.name: input should be a valid string, got 5; change name"),
    (
        {"segments": (1, (3, 5))},
        "the segments of a study are counts, got the widths 3+5: to meet a budget the channels have to change, and "
        "with them the widths; use for example 2",
    ),
    ({"seeds": 0}, "seeds are a number from 1 to 100,000, or a race such as sp.Seeds(6, 10, 14, 20), got 0; use for"),
    ({"seeds": True}, "seeds are a number from 1 to 100,000, or a race such as sp.Seeds(6, 10, 14, 20), got True"),
    ({"seeds": 2.5}, "seeds are a number from 1 to 100,000, or a race such as sp.Seeds(6, 10, 14, 20), got 2.5"),
    ({"seeds": {"looks": (6, 6)}}, "the looks of a race are rising numbers of seeds, the first at least 2, got (6, 6)"),
    (
        {"seeds": sp.Seeds(4, 8), "segments": (4,)},
        "a race needs two points, got segments 4 alone; add segments, or give a number of seeds",
    ),
    ({"seed": 3}, "there is no field of Study named 'seed'; did you mean 'seeds'? known: budget, data, factors, keep"),
    ({"segments": ()}, "Study.segments: tuple should have at least 1 item after validation, not 0, got ()"),
    (
        {"segments": (1, 0)},
        "segments are a positive integer, 'depthwise', 'plain' or a tuple of positive widths, got 0",
    ),
    ({"segments": (1, True)}, "segments are a positive integer, 'depthwise', 'plain' or a tuple of positive widths"),
    (
        {"segments": (1, 4, sp.DEPTHWISE, 4)},
        "the segments of a study are distinct, got 1, 4, depthwise, 4; leave the repeated one out",
    ),
    ({"budget": ()}, "a study has a budget to which its points are matched, got none; add"),
    (
        {"budget": (sp.Budget(params=100_100, macs=3_000_000), sp.Budget(params=100_200, macs=3_000_000))},
        "the budgets of a study, to three digits, are distinct, got 100 k params, 3 M MACs, 100 k params, 3 M MACs; "
        "leave the repeated one out",
    ),
    ({"recipe": "xception-jtf"}, "there is no recipe 'xception-jtf'; did you mean 'xception-jft'? known: default"),
    ({"match": "width"}, "there is no way to match named 'width'; did you mean 'widths'? known: depth, inner, resnext"),
    ({"tune": {"trials": 0}}, "Tune.trials: input should be greater than or equal to 1, got 0; change trials"),
    (
        {"factors": {"residuals": (True,)}},
        "there is no field of Factors named 'residuals'; did you mean 'residual'? known: hidden, intermediate, ",
    ),
    (
        {
            "network": sp.Network(
                modules=(sp.Module(channels=(8,), separable=False), sp.Module(channels=(8,), segments=2)), classes=10
            )
        },
        "a study varies the segments of its network, got 2 values for one whose modules all have their own or are not "
        "separable; leave the segments of at least one separable module open",
    ),
    (
        {"network": "xception"},
        "the network of a study is a sp.Network, or names a function that returns a model, got 'xception'; use for",
    ),
    ({"network": {"classes": 3}}, "Network needs the field 'modules'; add modules=..."),
    (
        {"network": "my model:make"},
        "a model of one's own is named by its import path 'package.module:function', got 'my",
    ),
    ({"network": {"model": "a:b", "depth": 3}}, "there is no field of OwnNetwork named 'depth'"),
    (
        {"network": "own:model", "match": "inner"},
        "a model of one's own is matched layer by layer, got ",
    ),
    (
        {"network": "own:model", "factors": Factors(residual=(True, False))},
        "residuals of a model of one's own are in its code, got the factor residual=False; leave that out",
    ),
    (
        {"network": "own:model", "factors": Factors(hidden=((), (8,)))},
        "fully connected layers of a model of one's own are in its code, got the factor hidden=((), (8,)); leave that",
    ),
]


@pytest.mark.parametrize(("change", "message"), BAD, ids=str)
def test_a_bad_field_gets_a_sentence(tiny: MakeStudy, change: dict[str, Any], message: str) -> None:
    with pytest.raises(DefinitionError) as raised:
        tiny(**change)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"orders": ("bottleneck",)},
            "there is no field of Factors named 'orders'; did you mean 'order'? known: hidden, intermediate, order",
        ),
        (
            {"order": ("pointwise",)},
            "Factors.order.0: input should be 'pointwise-first', 'spatial-first' or 'bottleneck', got 'pointwise'",
        ),
        ({"intermediate": ("gelu",)}, "there is no norm or activation named 'gelu'; did you mean 'elu'? known: batch"),
        ({"residual": ()}, "Factors.residual: tuple should have at least 1 item after validation, not 0, got ()"),
        ({"hidden": ((8,), (0,))}, "channels are positive integers, got (0,); use at least 1"),
        ({"hidden": (8, 16)}, "Factors.hidden.0: input should be a valid tuple, got 8; change hidden.0"),
        (
            {"hidden": ((8,), (8,))},
            "the values of the factor 'hidden' are distinct, got 8, 8; leave the repeated one out",
        ),
        ({"residual": (1,)}, "Factors.residual.0: input should be a valid boolean, got 1; change residual.0"),
        (
            {"intermediate": ("relu", "none", "relu")},
            "the values of the factor 'intermediate' are distinct, got relu, none, relu; leave the repeated one out",
        ),
    ],
)
def test_a_bad_factor_gets_a_sentence(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DefinitionError) as raised:
        Factors(**change)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize("field", ["name", "network", "segments"])
def test_a_missing_field_is_named(tiny: MakeStudy, field: str) -> None:
    fields = dict(tiny())
    del fields[field]
    with pytest.raises(DefinitionError, match=rf"Study needs the field '{field}'; add {field}=\.\.\."):
        Study(**fields)


def test_a_study_of_a_spec_has_a_budget(tiny: MakeStudy) -> None:
    fields = dict(tiny())
    del fields["budget"]
    with pytest.raises(DefinitionError) as raised:
        Study(**fields)
    assert str(raised.value) == (
        "a study has a budget to which its points are matched, got none; add for example "
        "budget=sp.Budget(params=100_000, macs=3_000_000)"
    )


def everything(tiny: MakeStudy) -> Study:
    """A study in which every field differs from its default."""
    return tiny(
        name="Every-thing_1.0",
        segments=(sp.PLAIN, 3, 5, sp.DEPTHWISE),
        budget=(sp.Budget(params=5_000, macs=40_000), sp.Budget(params=9_000, macs=90_000, tolerance=0.02)),
        recipe=recipes.jft().replace(lr=0.1, weight_decay=5e-4),
        tune=sp.Tune(trials=7, lr=(1e-4, 1.0), weight_decay=(1e-6, 1e-2), epochs=1, sampler="random", pruner="median"),
        seeds=7,
        factors=Factors(
            order=("bottleneck", "spatial-first"),
            intermediate=("relu", "none"),
            residual=(True, False),
            hidden=((), (8,)),
        ),
        match="inner",
        keep="all",
        start="weights.safetensors",
        metric=sp.MeanAveragePrecision(k=5, class_weights=(0.5,) * 10),
    )


def test_json_both_ways(tiny: MakeStudy) -> None:
    for study in (tiny(), everything(tiny)):
        again = Study.from_json(study.to_json())
        assert again == study
        assert hash(again) == hash(study)
        assert again.digest == study.digest
        assert again.to_json() == study.to_json()


def test_any_change_changes_the_digest(tiny: MakeStudy) -> None:
    study, other = tiny(), everything(tiny)
    changed = {name: value for name, value in dict(other).items() if value != getattr(study, name)}
    assert set(changed) == set(Study.model_fields) - {"network", "data"}
    digests = {study.digest} | {study.replace(**{name: value}).digest for name, value in changed.items()}
    assert len(digests) == 1 + len(changed)


def test_the_digest_is_the_same_in_every_process(tiny: MakeStudy) -> None:
    study = everything(tiny)
    code = f"from spectrum.search.study import Study; print(Study.from_json({study.to_json()!r}).digest)"
    for seed in ("0", "1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == study.digest


def test_one_budget_and_a_named_recipe(tiny: MakeStudy) -> None:
    budget = sp.Budget(params=5_000, macs=40_000)
    assert tiny(budget=budget) == tiny(budget=(budget,))
    study = tiny(recipe="xception-jft", tune=sp.Tune())
    assert study.recipe == recipes.jft()
    assert study.tuning.lr == pytest.approx((0.0002, 0.005))  # around the recipe's own 0.001


@pytest.mark.parametrize(
    ("tune", "recipe", "got"),
    [
        ({"lr": (0.02, 0.5)}, {"lr": 0.3}, "got tune.lr=(0.02, 0.5) and recipe.lr=0.3; leave tune.lr out to tune"),
        (
            {"weight_decay": (1e-5, 1e-3)},
            {"weight_decay": 0.0},
            "got tune.weight_decay=(1e-05, 0.001) and recipe.weight",
        ),
    ],
)
def test_no_setting_is_silently_replaced(
    tiny: MakeStudy, tune: dict[str, Any], recipe: dict[str, Any], got: str
) -> None:
    with pytest.raises(DefinitionError, match=re.escape(got)):
        tiny(tune=sp.Tune(**tune), recipe=sp.Recipe(**recipe))
    assert tiny(tune=sp.Tune(), recipe=sp.Recipe(**recipe)).recipe == sp.Recipe(**recipe)
    assert tiny(tune=sp.Tune(**tune)).tune == sp.Tune(**tune)


def test_matching_by_name_and_by_value(tiny: MakeStudy) -> None:
    assert tiny(match="resnext").match == sp.Matching(solve="inner", multiples=True, one_scale=True)
    own = tiny(match=sp.Matching(solve="inner", multiples=True))
    assert Study.from_json(own.to_json()) == own
    assert '"match":"resnext"' in tiny(match="resnext").to_json()


def test_a_study_is_a_pure_value(tiny: MakeStudy) -> None:
    """Nothing is done by it: planning and running are functions of it."""
    assert tiny().tuning == tiny().tune
    assert not {"plan", "run"} & set(dir(tiny()))


def test_a_study_cannot_be_changed(tiny: MakeStudy) -> None:
    with pytest.raises(DefinitionError, match="a Study never changes, got seeds=3"):
        tiny().seeds = 3


def test_a_users_own_model_is_named_by_its_import_path(tiny: MakeStudy) -> None:
    study = tiny(network="package.module:function")
    assert study.network == sp.OwnNetwork(model="package.module:function")
    assert Study.from_json(study.to_json()) == study
    narrowed = study.replace(network=sp.OwnNetwork(model="a:b", only=("layer3.*",), intermediate="relu"))
    assert Study.from_json(narrowed.to_json()) == narrowed
    assert "identity" not in narrowed.to_json()
